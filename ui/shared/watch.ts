// What the server tells of the moment, as long as somebody looks.

/** What happens now. */
export interface Live {
  at: string;
  visitors: number;
  pages: { path: string; visitors: number; page_views: number }[];
  minutes: { start: string; page_views: number; interactions: number }[];
  events: {
    kind: string; id: number; time: string; path: string; label: string; element?: string;
    country_name?: string; browser?: string; session?: number;
  }[];
}

export /** Watches a stream while the page is seen. */
function watch(stream: string, told: (live: Live) => void, lost: () => void): void {
  let source: EventSource | null = null;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(stream);
    source.addEventListener("live", (event) => told(JSON.parse((event as MessageEvent<string>).data) as Live));
    source.addEventListener("error", () => {
      lost();
      if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
      source = null;
      setTimeout(open, 10_000);
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else {
      open();
    }
  });
  open();
}

/** How long the news of the first event can be read, in milliseconds. */
const reading = 2500;

/** Waits for the very first event, says so, and shows the page as it then is. */
export function waitForFirst(): void {
  const first = document.querySelector<HTMLElement>("[data-first]");
  const text = first?.querySelector("[data-wait]");
  if (!first || !text) return;
  const waiting = "Waiting for the first event…";
  text.textContent = waiting;
  watch(
    first.dataset.first ?? "",
    ({ events: [event] }) => {
      if (first.classList.contains("come")) return;
      if (!event) {
        text.textContent = waiting;
        return;
      }
      first.classList.add("come");
      text.textContent = `The first event has come: ${event.label} ${event.path}`;
      setTimeout(() => location.reload(), reading);
    },
    () => {
      if (!first.classList.contains("come")) text.textContent = "Connecting again…";
    },
  );
}
