// Lists of records: choosing many, keys, and what a browser remembers. The
// list is complete without it.

/** A browser that keeps nothing is no reason to fail. */
function kept(store: "localStorage" | "sessionStorage", key: string, value?: string): string | null {
  try {
    if (value !== undefined) window[store].setItem(key, value);
    return window[store].getItem(key);
  } catch {
    return null;
  }
}

/** Boxes of the rows: all at once, ranges by shift, and how many are chosen. */
function selection(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=_selected_action]")];
  const all = form.querySelector<HTMLInputElement>("[data-all]");
  const count = form.querySelector<HTMLElement>("[data-count]");
  const across = form.querySelector<HTMLElement>("[data-across]");
  const taken = form.querySelector<HTMLElement>("[data-taken]");
  const clear = form.querySelector<HTMLElement>("[data-clear]");
  const field = form.elements.namedItem("select_across") as HTMLInputElement | null;
  if (!all || !count || !field) return;
  let anchor = -1;

  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    const full = n === boxes.length;
    if (!full) field.value = "0";
    const every = field.value === "1";
    all.checked = full;
    all.indeterminate = n > 0 && !full;
    count.textContent = `${n} of ${boxes.length} selected`;
    count.hidden = every;
    if (across) across.hidden = !full || every;
    if (taken) taken.hidden = !every;
    if (clear) clear.hidden = n === 0;
  };
  const set = (on: boolean, from = 0, to = boxes.length - 1) => {
    for (const box of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = on;
    show();
  };

  all.hidden = false;
  all.addEventListener("click", () => set(all.checked));
  boxes.forEach((box, i) => {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && anchor >= 0) set(box.checked, anchor, i);
      anchor = i;
      show();
    });
    // Shift would select text on the way.
    box.parentElement?.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
  });
  across?.addEventListener("click", () => {
    field.value = "1";
    show();
    clear?.focus();
  });
  clear?.addEventListener("click", () => {
    set(false);
    all.focus();
  });
  window.addEventListener("pageshow", show); // a browser that goes back checks boxes by itself
  show();
}

/** j and k move through the rows, x selects, Enter opens, / searches. */
function keys(list: HTMLElement, details: HTMLDetailsElement | null): void {
  const rows = [...list.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  const box = details?.querySelector<HTMLInputElement>("[data-keys]");
  const search = list.querySelector<HTMLInputElement>("#q");
  if (!details || !box) return;
  details.hidden = false;
  box.checked = kept("localStorage", "keys") !== "off";
  box.addEventListener("change", () => kept("localStorage", "keys", box.checked ? "on" : "off"));
  let at = -1;

  const go = (to: number) => {
    const row = rows[to];
    if (!row) return;
    rows[at]?.classList.remove("here");
    at = to;
    row.classList.add("here");
    row.querySelector<HTMLElement>("[data-open]")?.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  list.addEventListener("focusin", (event) => {
    const row = rows.findIndex((row) => row.contains(event.target as Node));
    if (row < 0 || row === at) return;
    rows[at]?.classList.remove("here");
    rows[(at = row)]?.classList.add("here");
  });
  const acts: Record<string, () => void> = {
    j: () => go(Math.min(at + 1, rows.length - 1)),
    k: () => go(Math.max(at - 1, 0)),
    x: () => rows[at]?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
    "/": () => search?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = target.matches("input:not([type=checkbox]), textarea, select") || target.isContentEditable;
    if (event.key === "Escape") {
      if (typing || rows[at]?.contains(target)) target.blur();
      rows[at]?.classList.remove("here");
      at = -1;
      return;
    }
    const act = acts[event.key];
    if (!act || typing || !box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.documentElement.dataset.shortcuts === "off") return;
    event.preventDefault();
    act();
  });
}

/** Filters stay open or closed while the tab is there. */
function remember(list: HTMLElement): void {
  for (const filter of list.querySelectorAll<HTMLDetailsElement>("[data-filter]")) {
    const key = `filter ${list.dataset.list} ${filter.dataset.filter}`;
    const was = kept("sessionStorage", key);
    if (was) filter.open = was === "open";
    filter.addEventListener("toggle", () => kept("sessionStorage", key, filter.open ? "open" : "closed"));
  }
}

/** Copies the id beside a button. */
function copier(button: HTMLButtonElement): void {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const word = button.querySelector("span");
    const before = word?.textContent ?? "";
    const text = await navigator.clipboard.writeText(button.dataset.copy ?? "").then(() => "Copied", () => "Not copied");
    button.title = text;
    button.classList.add("good");
    if (word) word.textContent = text;
    setTimeout(() => {
      button.title = "";
      button.classList.remove("good");
      if (word) word.textContent = before;
    }, 2000);
  });
}

/** In a small window a record is not opened but chosen, for the form that opened the window. */
function picker(link: HTMLAnchorElement): void {
  link.addEventListener("click", (event) => {
    if (!window.opener) return;
    event.preventDefault();
    const { pick, pickText } = link.dataset;
    window.opener.postMessage({ behaviorPick: { id: pick, text: pickText, field: window.name } }, location.origin);
    window.close();
  });
}

/** What was not filled in stays out of the address. */
function tidy(form: HTMLFormElement): void {
  const inputs = [...form.querySelectorAll<HTMLInputElement>("input:not([type=hidden])")];
  form.addEventListener("submit", () => inputs.forEach((input) => (input.disabled = input.value === "")));
  window.addEventListener("pageshow", () => inputs.forEach((input) => (input.disabled = false)));
}

for (const list of document.querySelectorAll<HTMLElement>("[data-list]")) {
  const form = list.querySelector<HTMLFormElement>("form.records");
  if (form) selection(form);
  keys(list, list.querySelector<HTMLDetailsElement>(".keys"));
  remember(list);
  list.querySelectorAll<HTMLButtonElement>("[data-copy]").forEach(copier);
  list.querySelectorAll<HTMLAnchorElement>("[data-pick]").forEach(picker);
  list.querySelectorAll<HTMLFormElement>("form[method=get]").forEach(tidy);
}
