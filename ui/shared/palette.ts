// The palette: all that the page can do, found by typing.

interface Entry {
  text: string;
  link: HTMLElement;
}

/** What can be done: the links of the page that do not belong to a single row. */
function entries(): Entry[] {
  const list: Entry[] = [];
  const add = (selector: string, before: (link: HTMLElement) => string) => {
    for (const link of document.querySelectorAll<HTMLElement>(selector)) {
      const words = [...link.childNodes].filter((node) => !(node instanceof HTMLElement && node.matches("kbd, .unseen, .change, .value")));
      const text = words.map((node) => node.textContent?.trim() ?? "").filter(Boolean).join(" ");
      if (text) list.push({ text: before(link) + text, link });
    }
  };
  const title = (link: HTMLElement) => `${link.closest("figure, section")?.querySelector("h2")?.textContent?.trim() ?? ""}: `;
  add('[data-menu="range"] .pop a', () => "Range: ");
  add('[data-menu="compare"] .pop a', () => "Compare: ");
  add('[data-menu="segments"] .pop li > a', () => "Segment: ");
  add(".kpis a.kpi", () => "Show ");
  add(".dashboard .tabs a", title);
  add(".chips .clear", () => "Filters: ");
  add("main a.place:not(.back), header.top nav a", () => "Go to ");
  return list;
}

/** The entries that have all words of a text, those that begin with it first. */
function find(all: Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = all.filter((entry) => words.every((word) => entry.text.toLowerCase().includes(word)));
  const rank = (entry: Entry) => (words[0] && entry.text.toLowerCase().includes(` ${words[0]}`) ? 0 : 1);
  return has.sort((a, b) => rank(a) - rank(b)).slice(0, 12);
}

export function preparePalette(): void {
  const dialog = document.getElementById("palette") as HTMLDialogElement | null;
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  if (!dialog || !input || !list) return;
  let all: Entry[] = [];
  let found: Entry[] = [];
  let at = 0;
  const choose = (entry: Entry | undefined) => {
    dialog.close();
    entry?.link.click();
  };
  const show = () => {
    list.replaceChildren(
      ...found.map((entry, i) => {
        const item = document.createElement("li");
        item.id = `palette-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(i === at));
        item.textContent = entry.text;
        item.addEventListener("click", () => choose(entry));
        return item;
      }),
    );
    input.setAttribute("aria-activedescendant", found.length > 0 ? `palette-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    [found, at] = [find(all, input.value), 0];
    show();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) {
      event.preventDefault();
      at = (at + step + found.length) % found.length;
      show();
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(found[at]);
    }
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("palette", () => {
    if (dialog.open) return;
    all = entries();
    input.value = "";
    search();
    dialog.showModal();
  });
}
