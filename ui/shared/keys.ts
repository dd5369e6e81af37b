// Keys, menus and sheets. Single keys can be switched off, and never act while
// somebody types.

import { say } from "./regions";

const off = "behavior-keys"; // in the browser's storage: "off"

function enabled(): boolean {
  try {
    return localStorage.getItem(off) !== "off";
  } catch {
    return true; // there is no storage
  }
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea") || target.closest(".plot, .scroll") !== null);
}

function sheet(id: string): HTMLDialogElement | null {
  return document.getElementById(id) as HTMLDialogElement | null;
}

/** Opens a menu of the bar, and puts the focus into one of its fields. */
function openMenu(name: string, field: string): void {
  const menu = document.querySelector<HTMLDetailsElement>(`[data-menu="${name}"]`);
  if (!menu) return;
  menu.open = true;
  menu.querySelector<HTMLElement>(field)?.focus();
}

function click(selector: string): boolean {
  const link = document.querySelector<HTMLElement>(selector);
  if (!link) return false;
  link.click();
  say(link.textContent?.trim() ?? "");
  return true;
}

/** The next interval of the main chart, and from the last one the first. */
function nextInterval(): void {
  const tabs = [...document.querySelectorAll<HTMLElement>("#region-main .tabs a")];
  const now = tabs.findIndex((tab) => tab.getAttribute("aria-current") === "true");
  tabs[(now + 1) % tabs.length]?.click();
}

/** Closes what is open; with nothing open the filters are cleared. */
function escape(): void {
  const menu = document.querySelector<HTMLDetailsElement>(".dashboard details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
    return;
  }
  click(".chips .clear");
}

const places: Record<string, string> = { d: "dashboard/", f: "dashboard/funnel/", r: "report/", a: "admin/" };

/** Leads to a page that this one has a link to, in the same view if it can, or
    that the bar at the top has. */
function leave(place: string): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("main a.place"), ...document.querySelectorAll<HTMLAnchorElement>("header.top nav a")];
  links.find((a) => a.pathname.endsWith(`/${place}`))?.click();
}

let leader = 0; // when g was pressed

function onKey(event: KeyboardEvent): void {
  const dialog = document.querySelector("dialog[open], [popover]:popover-open");
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.dispatchEvent(new Event("palette"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog) return;
  if (event.key === "Escape") {
    escape();
    return;
  }
  if (typing(event.target) || !enabled()) return;
  if (act(event)) event.preventDefault();
}

/** Does what a single key asks for; false where it asks for nothing. */
function act(event: KeyboardEvent): boolean {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Date.now() - leader < 1500 && places[key]) {
    leader = 0;
    leave(places[key]);
    return true;
  }
  leader = key === "g" ? Date.now() : 0;
  switch (key) {
    case "g": return true;
    case "?": sheet("keys")?.showModal(); return true;
    case "c": openMenu("range", "#from"); return true;
    case "/": openMenu("filter", "#filter-by"); return true;
    case "i": nextInterval(); return true;
    case "ArrowLeft": return click(".toolbar [rel=prev]");
    case "ArrowRight": return click(".toolbar [rel=next]");
  }
  return /^[a-z]$/.test(key) && click(`.toolbar [data-key="${key.toUpperCase()}"]`);
}

/** One menu is open at a time; a click elsewhere closes it. */
function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(".dashboard details.menu[open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
}

/** Which key of the metadata is meant is asked for where it matters. */
export function prepareFilter(part: ParentNode): void {
  const form = part.querySelector<HTMLFormElement>("[data-form=filter]");
  if (!form) return;
  const [by, key, value] = ["filter_by", "filter_key", "filter_value"].map((name) => form.elements.namedItem(name) as HTMLInputElement);
  const list = form.querySelector("datalist");
  if (!by || !key || !value || !list) return;
  const show = () => form.querySelector(".metadata")?.toggleAttribute("hidden", by.value !== "metadata:");
  let timer = 0;
  const suggest = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void suggestions(by.value === "metadata:" ? `metadata:${key.value}` : by.value, value.value).then((found) => {
      list.replaceChildren(...found.map((text) => new Option(text, text)));
    }), 250);
  };
  show();
  by.addEventListener("change", () => { show(); suggest(); });
  value.addEventListener("focus", suggest);
  value.addEventListener("input", suggest);
}

/** Values that a dimension has in the range of the view. */
export async function suggestions(dimension: string, text: string): Promise<string[]> {
  const params = new URLSearchParams({ metrics: "sessions", dimensions: dimension, limit: "20" });
  const range = new URLSearchParams(location.search).get("date_range") ?? "28d";
  params.set("date_range", range);
  if (text) params.set("f", `contains,${dimension},${text.replaceAll("%", "%25").replaceAll(",", "%2C")}`);
  try {
    const answer = await fetch(`${location.pathname.replace(/dashboard\/.*$/, "query/")}?${params}`);
    if (!answer.ok) return [];
    const { results } = (await answer.json()) as { results: { dimensions: string[] }[] };
    return results.map((row) => row.dimensions[0] ?? "").filter(Boolean);
  } catch {
    return [];
  }
}

export function listen(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", closeMenus);
  document.addEventListener("focusin", closeMenus);
  for (const button of document.querySelectorAll<HTMLElement>("[data-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => sheet(button.dataset.open ?? "")?.showModal());
  }
  const box = document.querySelector<HTMLInputElement>("[data-keys]");
  if (!box) return;
  box.checked = enabled();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(off, box.checked ? "on" : "off");
    } catch {
      say("This browser does not let pages remember that.");
    }
  });
}
