// The report: its charts, and the forms above them. All of it works without,
// with a click more.

import { drawCharts } from "../shared/chart";
import { waitForFirst } from "../shared/watch";

/** A choice made with the mouse is shown at once. The keys walk through the
    choices: with them it is the button that shows. */
function showAtOnce(form: HTMLFormElement): void {
  let pointed = false;
  form.addEventListener("pointerdown", () => (pointed = true));
  form.addEventListener("keydown", () => (pointed = false));
  form.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement | HTMLSelectElement;
    if (!pointed || field.type === "date" || field.value === "custom") return;
    form.requestSubmit();
  });
  // What is as usual is not worth a word in the address.
  form.addEventListener("submit", () => {
    const range = form.elements.namedItem("date_range") as HTMLSelectElement;
    for (const field of form.querySelectorAll<HTMLInputElement>("[type=date]")) field.disabled = range.value !== "custom";
  });
  addEventListener("pageshow", () => {
    for (const field of form.querySelectorAll<HTMLInputElement>("[type=date]")) field.disabled = false;
  });
}

/** Addresses that fit what is typed are offered: the most seen of the range. */
function offerPages(input: HTMLInputElement, list: HTMLElement, query: string): void {
  let asked = "";
  let timer = 0;
  const ask = async () => {
    const text = input.value.trim();
    if (text === asked || text.length < 2) return;
    asked = text;
    const filters = JSON.stringify([["contains", "url", [text]]]);
    const answer = await fetch(`${query}&filters=${encodeURIComponent(filters)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok || input.value.trim() !== text) return;
    const { results } = (await answer.json()) as { results: { dimensions: string[] }[] };
    list.replaceChildren(...results.map((row) => new Option("", row.dimensions[0])));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask().catch(() => undefined), 200); // what is offered is a help, no more
  });
}

drawCharts();
waitForFirst();
const form = document.querySelector<HTMLFormElement>("form.ask");
if (form) showAtOnce(form);
const url = document.querySelector<HTMLInputElement>("#url");
if (url?.list && url.dataset.query) offerPages(url, url.list, url.dataset.query);
