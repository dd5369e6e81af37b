// Reading a drawing: by pointer a note beside the value, by keys the same and a
// sentence for screen readers. The plot is one stop of the tab key.

import type { Data } from "./chart_data";
import type { Drawing, Spot } from "./chart_svg";

interface Words {
  head: string;
  lines: [name: string, value: string][];
}

/** What is told of a place. */
function wordsOf(data: Data, spot: Spot): Words {
  const row = data.rows[spot.row];
  const lines: [string, string][] = [];
  data.columns.forEach((name, column) => {
    if (spot.column === undefined || spot.column === column) lines.push([name, row?.cells[column]?.text ?? ""]);
  });
  return { head: (row?.name ?? "") + (row?.partial ? ", so far" : ""), lines };
}

function element(name: string, className: string, ...inner: (Node | string)[]): HTMLElement {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...inner);
  return node;
}

/** Lets a plot be read. One reader lasts as long as its plot; drawings change. */
export class Reader {
  private drawing: Drawing | null = null;
  private now = -1; // the place that is told of
  private readonly tip = element("div", "tip");
  private readonly said = element("p", "unseen");

  constructor(
    private readonly plot: HTMLElement,
    private data: Data,
  ) {
    this.tip.hidden = true;
    this.said.setAttribute("aria-live", "polite");
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-roledescription", "chart");
    plot.setAttribute("aria-label", `${data.title}. Arrow keys read the values, Escape leaves.`);
    plot.append(this.tip, this.said);
    plot.addEventListener("pointermove", (event) => this.point(event));
    plot.addEventListener("pointerdown", (event) => this.point(event));
    plot.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.leave());
    plot.addEventListener("blur", () => this.leave());
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener("click", (event) => this.follow(event));
    // Escape takes the note away wherever the focus is.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.now < 0) return;
      this.leave();
      event.stopPropagation();
    }, { capture: true, signal: this.gone.signal });
  }

  private readonly gone = new AbortController();

  /** Ends what listens outside of the plot. */
  stop(): void {
    this.gone.abort();
  }

  /** Another drawing takes the place of the last: what was told is gone. */
  show(drawing: Drawing, data: Data): void {
    this.leave();
    this.drawing?.root.remove();
    this.drawing = drawing;
    this.data = data;
    this.plot.prepend(drawing.root);
  }

  private point(event: PointerEvent): void {
    if (!this.drawing || this.tip.contains(event.target as Node)) return;
    const box = this.drawing.root.getBoundingClientRect();
    this.tell(this.drawing.at(event.clientX - box.left, event.clientY - box.top));
  }

  private key(event: KeyboardEvent): void {
    const spots = this.drawing?.spots ?? [];
    if (event.ctrlKey || event.metaKey || event.altKey || spots.length === 0) return;
    if (event.key === "Enter" && this.now >= 0) {
      this.open(event);
      return;
    }
    const to = this.target(event.key, spots.length);
    if (to === null) return;
    event.preventDefault();
    this.tell(to);
    const spot = spots[to];
    if (!spot) return;
    const words = wordsOf(this.data, spot);
    this.said.textContent = `${words.head}: ${words.lines.map(([name, value]) => `${name} ${value}`).join(", ")}`;
  }

  /** Where a key leads to; null for another key. */
  private target(key: string, n: number): number | null {
    const down = this.drawing?.stride || 1;
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: down, ArrowUp: -down };
    const step = steps[key];
    if (key === "Home") return 0;
    if (key === "End") return n - 1;
    if (step === undefined) return null;
    if (this.now < 0) return step > 0 ? 0 : n - 1;
    const to = this.now + step;
    return to < 0 || to >= n ? this.now : to;
  }

  private tell(at: number): void {
    if (at === this.now) return;
    this.leave();
    const spot = this.drawing?.spots[at];
    if (!spot || !this.drawing) return;
    this.now = at;
    for (const mark of spot.marks) mark.classList.add("told");
    this.drawing.root.classList.add("telling");
    const words = wordsOf(this.data, spot);
    const list = element("dl", "", ...words.lines.map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value))));
    this.tip.replaceChildren(element("b", "", words.head), list);
    this.tip.hidden = false;
    this.place(spot);
    this.plot.classList.toggle("leads", Boolean(this.data.rows[spot.row]?.link));
  }

  /** The note stands beside its place, where there is room for it. */
  private place(spot: Spot): void {
    const [width, height] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const gap = 12;
    const right = spot.x + gap + width <= this.plot.clientWidth;
    const x = right ? spot.x + gap : Math.max(0, spot.x - gap - width);
    const y = Math.max(0, Math.min(spot.y - height / 2, this.plot.clientHeight - height));
    this.tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  private leave(): void {
    if (this.now < 0) return;
    for (const mark of this.drawing?.spots[this.now]?.marks ?? []) mark.classList.remove("told");
    this.drawing?.root.classList.remove("telling");
    this.now = -1;
    this.tip.hidden = true;
    this.said.textContent = "";
    this.plot.classList.remove("leads");
  }

  private follow(event: MouseEvent): void {
    if (this.tip.contains(event.target as Node) || this.now < 0) return;
    this.open(event);
  }

  /** Follows the link of the row that is told of, as a click on it would. */
  private open(event: MouseEvent | KeyboardEvent): void {
    const link = this.data.rows[this.drawing?.spots[this.now]?.row ?? -1]?.link;
    if (!link) return;
    event.preventDefault();
    const { altKey, ctrlKey, metaKey, shiftKey } = event;
    link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window, altKey, ctrlKey, metaKey, shiftKey }));
  }
}
