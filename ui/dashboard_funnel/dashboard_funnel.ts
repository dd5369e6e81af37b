// The page of funnels. Every link and form of it leads to an address; with this
// script what is there is put into the page, without it the page is loaded.

import { listen, prepareFilter, suggestions } from "../shared/keys";
import { preparePalette } from "../shared/palette";
import { begin, load, regionOf, root, say, whenNew } from "../shared/regions";
import { waitForFirst } from "../shared/watch";

let asking: AbortController | null = null;
let shown = location.pathname + location.search;

/** Shows the page of another address in the place of this one. */
async function show(target: URL, button: HTMLButtonElement | null = null, remember = true): Promise<void> {
  asking?.abort();
  const control = (asking = new AbortController());
  const late = setTimeout(() => regionOf("figure")?.classList.add("loading"), 200);
  try {
    const answer = await fetch(target, { signal: control.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (control.signal.aborted) return;
    const made = page.querySelector(".dashboard");
    if (!made) {
      location.assign(target); // it is another page: a sign-in, an error
      return;
    }
    if (remember) history.pushState(null, "", answer.url);
    shown = location.pathname + location.search;
    const focus = document.activeElement?.id ?? "";
    for (const part of made.querySelectorAll<HTMLElement>(":scope > [data-region]")) put(part);
    move(button, focus);
  } catch {
    if (!control.signal.aborted) location.assign(target); // the browser says what is wrong
  } finally {
    clearTimeout(late);
    if (asking === control) regionOf("figure")?.classList.remove("loading");
  }
}

/** Puts a part into its place. The figure stays until there is another. */
function put(part: HTMLElement): void {
  const name = part.dataset.region ?? "";
  const old = regionOf(name);
  if (!old) return;
  if (name === "figure" && part.hasAttribute("data-unasked") && old.querySelector(".funnel")) {
    old.classList.add("stale");
    return;
  }
  if (name !== "figure" || !part.hasAttribute("data-waiting") || old.hasAttribute("data-unasked")) {
    old.replaceWith(part);
    for (const act of whenNew) act(part);
  } else {
    old.dataset.url = part.dataset.url;
  }
  if (name === "figure" && part.hasAttribute("data-waiting")) load(["figure"]);
}

/** Moves the focus to what a button of the form has changed, or back to where it was. */
function move(button: HTMLButtonElement | null, focus: string): void {
  const form = regionOf("form");
  const [verb = "", step = "", filter = ""] = (button?.value ?? "").split(".");
  const n = Number(step);
  const steps = form?.querySelectorAll("[id^=step-]").length ?? 0;
  const wrong = form?.querySelector<HTMLElement>("[aria-invalid]");
  if (verb === "" && wrong) {
    wrong.focus();
    return;
  }
  const at: Record<string, string> = {
    add: `of${steps}`, up: `of${n - 1}`, down: `of${n + 1}`, remove: `of${Math.min(n, steps)}`, and: `of${n}`, drop: `of${n}`,
  };
  const told: Record<string, string> = {
    add: `Step ${steps} is new.`, up: `Step ${n} is step ${n - 1} now.`, down: `Step ${n} is step ${n + 1} now.`,
    remove: `Step ${n} is removed.`, and: "There is one more condition.", drop: `Condition ${filter} is removed.`,
  };
  if (told[verb]) say(told[verb]);
  const fields = form?.querySelectorAll<HTMLElement>(`#step-${n} .by select:first-of-type`) ?? [];
  const field = verb === "and" ? fields[fields.length - 1] : document.getElementById(at[verb] ?? focus);
  field?.focus();
}

/** What a form asks for, as an address. */
function targetOf(form: HTMLFormElement, button: HTMLElement | null): URL {
  const url = new URL(form.action);
  const fields = [...new FormData(form, button)].map(([name, value]): [string, string] => [name, String(value)]);
  url.search = new URLSearchParams(fields).toString();
  return url;
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "post" || !root?.contains(form)) return;
  event.preventDefault();
  const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
  void show(targetOf(form, button), button);
}

function onClick(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  if (!link || !root?.contains(link) || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.pathname !== location.pathname) return;
  event.preventDefault();
  if (link.closest(".alert")) load(["figure"]);
  else void show(new URL(link.href));
}

/** Proposes values of what a field is compared with, and what is asked first of
    another kind of step. */
function prepareSteps(part: HTMLElement): void {
  if (part.dataset.region !== "form") return;
  let timer = 0;
  const suggest = (event: Event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.name.startsWith("value")) return;
    const field = (name: string) => document.getElementById(name + input.name.slice(5)) as HTMLInputElement | null;
    const by = field("by")?.value === "metadata:" ? `metadata:${field("key")?.value ?? ""}` : (field("by")?.value ?? "");
    clearTimeout(timer);
    timer = window.setTimeout(() => void suggestions(by, input.value).then((found) => {
      let list = document.getElementById("values");
      if (!list) {
        list = document.createElement("datalist");
        list.id = "values";
        part.append(list);
      }
      list.replaceChildren(...found.map((text) => new Option(text, text)));
      input.setAttribute("list", "values");
    }), 250);
  };
  part.addEventListener("focusin", suggest);
  part.addEventListener("input", suggest);
  part.addEventListener("change", (event) => {
    const kind = event.target;
    if (!(kind instanceof HTMLSelectElement) || !kind.name.startsWith("of")) return;
    const [by, value] = ["by", "value"].map((name) => document.getElementById(`${name}${kind.name.slice(2)}.1`) as HTMLInputElement | null);
    if (by && !value?.value) by.value = kind.value === "interaction" ? "event_type" : "path";
  });
}

/** Says what a new figure shows. */
function tell(part: HTMLElement): void {
  if (part.dataset.region === "figure") say(part.querySelector(".summary, .alert, figure .muted")?.textContent?.trim() ?? "");
}

if (root) {
  const form = regionOf("form");
  if (form) prepareSteps(form);
  const controls = regionOf("controls");
  if (controls) prepareFilter(controls);
  begin(root);
  whenNew.push(prepareFilter, prepareSteps, tell);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) void show(new URL(location.href), null, false);
  });
}
listen();
preparePalette();
waitForFirst();
