// The view of the dashboard changes in place. The address of the page says all
// that is to be seen.

import { begin, busy, load, names, regionOf, root } from "../shared/regions";

/** Parts that show a parameter alone. Any other parameter changes all of them. */
const concerned: Record<string, string[]> = {
  metric: ["kpis", "main", "hours"],
  interval: ["main"],
  pages: ["pages"],
  sources: ["sources"],
  devices: ["devices"],
  places: ["places"],
  behaviour: ["behaviour"],
  users: ["users"],
};

const page = location.pathname;
let shown = new URL(location.href);

/** Shows the view of another address without loading the page. */
export function go(target: URL | string, remember = true): void {
  const url = new URL(target, location.href);
  const live = (at: URL) => at.searchParams.get("date_range") === "realtime";
  if (!root || url.pathname !== page || live(url) !== live(shown)) {
    location.assign(url);
    return;
  }
  const changed = changes(shown, url);
  if (changed.length === 0) return;
  if (remember) history.pushState(null, "", url);
  shown = url;
  const parts = new Set<string>();
  for (const key of changed) for (const name of concerned[key] ?? names()) parts.add(name);
  for (const name of names()) {
    const part = regionOf(name);
    if (part) part.dataset.url = `${page}panels/${name}/${url.search}`;
    if (part && !parts.has(name)) follow(part, changed, url);
  }
  load([...parts]);
}

function changes(from: URL, to: URL): string[] {
  const keys = new Set([...from.searchParams.keys(), ...to.searchParams.keys()]);
  return [...keys].filter((key) => from.searchParams.getAll(key).join("\n") !== to.searchParams.getAll(key).join("\n"));
}

/** The links and forms of a part that stays lead on from the new view. */
function follow(part: HTMLElement, changed: string[], url: URL): void {
  for (const link of part.querySelectorAll<HTMLAnchorElement>("a[href]")) {
    const to = new URL(link.href);
    if (!to.pathname.startsWith(page)) continue;
    for (const key of changed) {
      to.searchParams.delete(key);
      for (const value of url.searchParams.getAll(key)) to.searchParams.append(key, value);
    }
    link.href = to.pathname + to.search;
  }
  for (const form of part.querySelectorAll<HTMLFormElement>("form:not([method=post])")) {
    for (const key of changed) {
      for (const input of form.querySelectorAll(`input[type=hidden][name="${key}"]`)) input.remove();
      for (const value of url.searchParams.getAll(key)) {
        const input = document.createElement("input");
        [input.type, input.name, input.value] = ["hidden", key, value];
        form.prepend(input);
      }
    }
  }
}

/** Links within the page change the view in place; with Alt a row is excluded. */
function onClick(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  if (!link || !root?.contains(link) || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.closest(".alert")) {
    event.preventDefault();
    load([link.closest<HTMLElement>("[data-region]")?.dataset.region ?? ""]);
    return;
  }
  const aside = event.altKey ? link.closest("th")?.querySelector<HTMLAnchorElement>("a.aside") : null;
  const to = new URL((aside ?? link).href);
  if (to.pathname !== page || (event.altKey && !aside)) return;
  event.preventDefault();
  const menu = link.closest<HTMLDetailsElement>("details.menu");
  if (menu) menu.open = false;
  go(to);
}

/** What a form asks for, as the address of a view. */
function formTarget(form: HTMLFormElement): URL {
  const data = new FormData(form);
  const url = new URL(shown);
  const text = (name: string) => String(data.get(name) ?? "").trim();
  const days = (from: string, to: string) => [text(from), text(to)].sort().join(",");
  if (data.has("from")) url.searchParams.set("date_range", days("from", "to"));
  if (data.has("compare_from")) url.searchParams.set("compare", days("compare_from", "compare_to"));
  if (data.has("metadata_key")) url.searchParams.set("behaviour", `metadata:${text("metadata_key")}`);
  if (data.has("filter_by")) {
    const by = text("filter_by") === "metadata:" ? `metadata:${text("filter_key")}` : text("filter_by");
    const value = String(data.get("filter_value") ?? "").replaceAll("%", "%25").replaceAll(",", "%2C");
    url.searchParams.append("f", `${text("filter_how")},${by},${value}`);
  }
  return url;
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "post" || !root?.contains(form)) return;
  event.preventDefault();
  go(formTarget(form));
}

/** What is left open is asked for again. */
function keepFresh(seconds: number): void {
  let last = Date.now();
  let counted = Date.now();
  setInterval(() => {
    if (document.hidden || busy.size > 0 || root?.querySelector("details.menu[open], .tip:not([hidden])")) return;
    if (seconds > 0 && Date.now() - last > seconds * 1000) {
      last = counted = Date.now();
      load();
    } else if (Date.now() - counted > 20_000) {
      counted = Date.now();
      load(["now"]);
    }
  }, 1000);
}

/** Takes over the page. */
export function takeOver(): void {
  if (!root) return;
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  window.addEventListener("popstate", () => go(location.href, false));
  window.addEventListener("online", () => load());
  keepFresh(Number(root.dataset.refresh ?? 0));
  begin(root);
}
