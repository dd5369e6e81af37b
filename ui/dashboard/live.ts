// The live part: what the server tells of the moment is put into the page.

import { drawCharts } from "../shared/chart";
import { type Live, watch } from "../shared/watch";

const count = new Intl.NumberFormat("en");

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, ...inner: (Node | string)[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...inner);
  return node;
}

/** A stranger's text: its direction stays its own. */
function foreign(text: string): HTMLElement {
  return element("bdi", "", text);
}

/** Writes the time of day as the server does: in the zone of the site, as far as the browser knows it. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", parts);
  }
}

/** The view with a filter by a page besides. */
function filterBy(view: string, path: string): string {
  const url = new URL(view, location.href);
  url.searchParams.append("f", `is,path,${path.replaceAll("%", "%25").replaceAll(",", "%2C")}`);
  return url.pathname + url.search;
}

/** The live part of the page. */
class LivePart {
  private readonly figure: HTMLElement | null;
  private readonly clock: Intl.DateTimeFormat;

  constructor(private readonly part: HTMLElement) {
    // The chart is drawn from a copy each time: from as it came from the server.
    this.figure = part.querySelector<HTMLElement>("figure")?.cloneNode(true) as HTMLElement | null;
    this.clock = clockOf(part.dataset.zone ?? "UTC");
  }

  show(live: Live): void {
    for (const place of document.querySelectorAll("[data-visitors]")) place.textContent = count.format(live.visitors);
    this.state(`As of ${this.time(live.at)}`, true);
    this.minutes(live);
    this.pages(live);
    this.events(live);
  }

  private time(at: string): string {
    return this.clock.format(new Date(at));
  }

  state(text: string, good: boolean): void {
    const place = this.part.querySelector("[data-state]");
    if (place) place.textContent = text;
    this.part.classList.toggle("lost", !good);
  }

  /** The table is filled anew, and the chart drawn from it, unless somebody reads it. */
  private minutes(live: Live): void {
    const old = this.part.querySelector<HTMLElement>("figure");
    const body = this.figure?.querySelector("tbody");
    if (!old || !body || !this.figure || old.contains(document.activeElement) || old.querySelector(".tip:not([hidden]), [open]")) return;
    body.replaceChildren(
      ...live.minutes.map((minute, i) => {
        const row = element("tr", i === live.minutes.length - 1 ? "partial" : "");
        const time = element("time", "", this.time(minute.start).slice(0, 5));
        time.dateTime = minute.start;
        const head = element("th", "", element("span", "name", time));
        head.scope = "row";
        const cells = [minute.page_views, minute.interactions].map((n) => {
          const cell = element("td", "number", count.format(n));
          cell.dataset.v = String(n);
          return cell;
        });
        row.append(head, ...cells);
        return row;
      }),
    );
    const fresh = this.figure.cloneNode(true) as HTMLElement;
    old.replaceWith(fresh);
    drawCharts(this.part);
  }

  private pages(live: Live): void {
    const body = this.part.querySelector<HTMLElement>("[data-pages]");
    if (!body || body.contains(document.activeElement)) return;
    const rows = live.pages.map((page) => {
      const link = element("a", "", foreign(page.path));
      link.href = filterBy(this.part.dataset.filterBy ?? "", page.path);
      const head = element("th", "", link);
      head.scope = "row";
      return element("tr", "", head, element("td", "number", count.format(page.visitors)), element("td", "number", count.format(page.page_views)));
    });
    body.replaceChildren(...rows);
    this.part.querySelector("[data-no-pages]")?.toggleAttribute("hidden", rows.length > 0);
  }

  private events(live: Live): void {
    const list = this.part.querySelector<HTMLElement>("[data-events]");
    if (!list || list.contains(document.activeElement)) return;
    const known = new Set([...list.children].map((item) => (item as HTMLElement).dataset.id));
    const first = known.has(undefined);
    const items = live.events.map((event) => {
      const time = element("time", "", this.time(event.time));
      time.dateTime = event.time;
      let when: HTMLElement = time;
      if (event.session && this.part.dataset.sessions) {
        const link = element("a", "", time);
        link.href = `${this.part.dataset.sessions}${event.session}/timeline/`;
        when = link;
      }
      const what = element("span", "what", foreign(event.path));
      if (event.element) what.append(" ", element("code", "", foreign(event.element)));
      const place = [event.country_name, event.browser].filter(Boolean).join(" · ");
      const item = element("li", "", when, " ", element("b", "", event.label), " ", what, " ", element("span", "muted small", foreign(place)));
      item.dataset.id = `${event.kind} ${event.id}`;
      if (!first && !known.has(item.dataset.id)) item.classList.add("new");
      return item;
    });
    list.replaceChildren(...items);
    this.part.querySelector("[data-no-events]")?.toggleAttribute("hidden", items.length > 0);
  }
}

let current: LivePart | null = null;

/** Keeps the live part up to date, if the page has one. */
export function watchLive(part: ParentNode): void {
  const live = part.querySelector<HTMLElement>(".live");
  if (!live) return;
  const first = current === null;
  current = new LivePart(live);
  if (!first) return;
  const lost = () => current?.state("Connecting again…", false);
  watch(live.dataset.stream ?? "", (told) => current?.show(told), lost);
}
