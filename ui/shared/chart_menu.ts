// The menu of a figure: what a browser can do by itself goes before and behind
// what the server has put there.

import type { Data } from "./chart_data";
import { picture, savePNG, saveSVG } from "./chart_picture";

/** A button in the menu. */
function entry(list: Element, text: string, act: () => void | Promise<void>, first = false): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = text;
  button.addEventListener("click", () => {
    const menu = button.closest("details");
    void Promise.resolve(act()).finally(() => {
      if (menu) menu.open = false;
      menu?.querySelector("summary")?.focus();
    });
  });
  const item = document.createElement("li");
  item.append(button);
  if (first) list.prepend(item);
  else list.append(item);
  return button;
}

/** The address of the figure on this page. */
function addressOf(id: string): string {
  const url = new URL(location.href);
  url.hash = id;
  return url.href;
}

/** The table is shown, and the focus goes there. */
function showTable(numbers: HTMLDetailsElement): void {
  numbers.open = true;
  setTimeout(() => numbers.querySelector<HTMLElement>("[tabindex]")?.focus());
}

/** Fills the menu. drawing makes what a picture is to be made of. */
export function fillMenu(figure: HTMLElement, data: Data, drawing: () => SVGSVGElement | null): void {
  const menu = figure.querySelector<HTMLElement>(":scope > header .menu");
  const list = menu?.querySelector("ul");
  if (!menu || !list) return;
  const numbers = figure.querySelector<HTMLDetailsElement>("details.numbers");
  if (numbers) entry(list, "View as table", () => showTable(numbers), true);
  const copy = entry(list, "Copy link", async () => {
    await navigator.clipboard.writeText(addressOf(data.id));
  });
  copy.hidden = navigator.clipboard === undefined; // there is none on an insecure page
  const save = (as: typeof saveSVG | typeof savePNG) => () => {
    const root = drawing();
    if (root) return as(picture(figure, data, root), data.id);
  };
  entry(list, "Save as SVG", save(saveSVG));
  entry(list, "Save as PNG", save(savePNG));
  menu.hidden = false;
}
