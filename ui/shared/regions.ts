// The parts of a page of the dashboard. Each has an address of its own: it is
// asked for, and fails, alone.

import { drawCharts } from "./chart";

/** How many parts are asked for at a time: a page must not take the server from all others. */
const atOnce = 2;

export const root = document.querySelector<HTMLElement>(".dashboard");
let waiting: string[] = [];
export const busy = new Map<string, AbortController>();

/** What is done to a part of the page each time that it is new. */
export const whenNew: ((part: HTMLElement) => void)[] = [drawCharts];

export function say(text: string): void {
  const said = document.querySelector("[data-said]");
  if (said) said.textContent = text;
}

export function regionOf(name: string): HTMLElement | null {
  return root?.querySelector<HTMLElement>(`[data-region="${name}"]`) ?? null;
}

export function names(): string[] {
  return [...(root?.querySelectorAll<HTMLElement>(":scope > [data-region]") ?? [])].map((part) => part.dataset.region ?? "");
}

/** Asks for parts again, in the order in which they stand on the page. */
export function load(list: string[] = names()): void {
  for (const name of list) {
    busy.get(name)?.abort();
    if (!waiting.includes(name)) waiting.push(name);
  }
  const order = names();
  waiting.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  next();
}

function next(): void {
  while (busy.size < atOnce && waiting.length > 0) {
    const name = waiting.shift();
    if (name) void fetchRegion(name);
  }
}

async function fetchRegion(name: string): Promise<void> {
  const part = regionOf(name);
  if (!part) return;
  const control = new AbortController();
  busy.set(name, control);
  part.setAttribute("aria-busy", "true");
  const late = setTimeout(() => part.classList.add("loading"), 200);
  try {
    const answer = await fetch(part.dataset.url ?? "", { signal: control.signal, headers: { Accept: "text/html" } });
    if (answer.headers.get("X-Region") !== name) {
      location.reload(); // somebody has signed out, or the server is another
      return;
    }
    replace(part, await answer.text());
  } catch {
    if (!control.signal.aborted) unreachable(part);
  } finally {
    clearTimeout(late);
    part.classList.remove("loading");
    part.removeAttribute("aria-busy");
    if (busy.get(name) === control) busy.delete(name);
    next();
  }
}

/** Puts a new part in the place of the old one. The focus stays where it was. */
function replace(part: HTMLElement, html: string): void {
  const made = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!(made instanceof HTMLElement)) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const index = focused ? places(part).indexOf(focused) : -1;
  const text = focused?.textContent?.trim();
  if (part.dataset.region === "now") {
    part.replaceChildren(...made.childNodes);
  } else {
    part.replaceWith(made);
  }
  const here = part.isConnected ? part : made;
  for (const act of whenNew) act(here);
  if (!focused) return;
  const all = places(here);
  const same = all.find((place) => place.textContent?.trim() === text && text !== "") ?? all[index] ?? here;
  (same as HTMLElement).focus({ preventScroll: true });
}

function places(part: HTMLElement): Element[] {
  return [...part.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
}

/** What is seen stays, and is known to be old. */
function unreachable(part: HTMLElement): void {
  const note = document.querySelector("[data-updated]");
  if (note && !note.textContent?.startsWith("Not reached")) note.textContent = `Not reached. ${note.textContent ?? ""}`;
  part.classList.add("stale");
  if (!part.hasAttribute("data-waiting")) return;
  const alert = document.createElement("p");
  alert.className = "alert";
  const again = document.createElement("a");
  again.className = "button dense";
  again.href = location.href;
  again.textContent = "Try again";
  alert.append("The server was not reached. ", again);
  part.querySelector(".waiting")?.replaceWith(alert);
}

/** Begins: from now on the browser asks for the slower parts by itself. */
export function begin(page: HTMLElement): void {
  document.cookie = `dashboard=lazy; path=${location.pathname}; max-age=31536000; samesite=lax`;
  for (const act of whenNew) act(page);
  load([...page.querySelectorAll<HTMLElement>("[data-waiting]")].map((part) => part.dataset.region ?? ""));
}
