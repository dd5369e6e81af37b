// What makes a form of a record pleasant. Without it all of it works as well:
// a session is typed by its id, JSON is checked by the server.

import { combobox, type Combobox } from "./combobox";
import { jsonEditor } from "./json";

/** What a small window tells the one that opened it. */
interface Pick {
  id: string;
  text: string;
  field: string;
}

/** A small window that has saved a record says so, and closes. */
function sendPick(card: HTMLElement): void {
  const { pick: id = "", text = "", field = "" } = card.dataset;
  const opener: unknown = window.opener;
  if (!opener) return;
  const pick: Pick = { id, text, field };
  (opener as Window).postMessage({ behaviorPick: pick }, location.origin);
  window.close();
}

function isPick(value: unknown): value is Pick {
  const pick = value as Partial<Pick> | null | undefined;
  return typeof pick?.id === "string" && /^\d+$/.test(pick.id) && typeof pick.text === "string";
}

/** Links beside a session open small windows, which choose for the form. */
function windows(boxes: Combobox[]): void {
  let asking = boxes[0];
  for (const box of boxes) {
    for (const link of box.root.querySelectorAll<HTMLAnchorElement>("a[data-window]")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        const opened = window.open(link.href, "behavior_" + box.name, "popup,width=860,height=640,resizable,scrollbars");
        if (!opened) return;
        event.preventDefault();
        asking = box;
        opened.focus();
      });
    }
  }
  window.addEventListener("message", (event: MessageEvent<{ behaviorPick?: unknown } | null>) => {
    if (event.origin !== location.origin || !isPick(event.data?.behaviorPick)) return;
    asking?.choose(event.data.behaviorPick.id, event.data.behaviorPick.text);
  });
}

/** A moment gets a button for now, by the clocks of the server's time zone. */
function moment(root: HTMLElement, zone: string, offset: number): void {
  const input = root.querySelector("input");
  if (!input) return;
  const tools = document.createElement("div");
  tools.className = "tools";
  const now = document.createElement("button");
  now.type = "button";
  now.textContent = "Now";
  now.addEventListener("click", () => {
    input.value = new Date(Date.now() + offset * 60_000).toISOString().slice(0, 19);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  root.append(now);
  const ahead = -new Date().getTimezoneOffset() - offset;
  if (ahead === 0) return;
  const note = document.createElement("span");
  note.className = "note small";
  note.textContent = `Note: You are ${hours(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} server time (${zone}).`;
  tools.append(note);
  root.after(tools);
}

function hours(minutes: number): string {
  const number = minutes / 60;
  return `${Number.isInteger(number) ? number : number.toFixed(2)} ${number === 1 ? "hour" : "hours"}`;
}

/** Leaving a form that has been changed asks first. */
function guard(form: HTMLFormElement): void {
  const state = () => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const before = state();
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("pageshow", () => {
    sending = false; // somebody came back
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && (form.querySelector(".faults") || state() !== before)) event.preventDefault();
  });
}

/** A link of the summary opens the part that its field is in. */
function faultLinks(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>(".faults")?.focus();
  for (const link of form.querySelectorAll<HTMLAnchorElement>(".faults a")) {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      const part = field.closest("details");
      if (part) part.open = true;
      field.focus();
    });
  }
}

const pick = document.querySelector<HTMLElement>("[data-pick]");
if (pick) sendPick(pick);

const form = document.querySelector<HTMLFormElement>("form[data-zone]");
if (form) {
  windows([...form.querySelectorAll<HTMLElement>("[data-combo]")].map(combobox));
  for (const root of form.querySelectorAll<HTMLElement>("[data-moment]")) moment(root, form.dataset.zone ?? "", Number(form.dataset.offset));
  for (const root of form.querySelectorAll<HTMLElement>("[data-json]")) jsonEditor(root);
  faultLinks(form);
  guard(form);
}
