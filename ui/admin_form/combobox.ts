// An editable combobox with list autocomplete, by the ARIA practices: the
// focus stays in the input, aria-activedescendant names the option.

/** A page of sessions, as the server finds them. */
interface Answer {
  results: { id: string; text: string }[];
  pagination: { more: boolean };
}

/** The field that names a session. */
export interface Combobox {
  root: HTMLElement;
  name: string;
  choose(id: string, text: string): void;
}

const delay = 150; // ms between the last key and the question

/** Turns a text input for an id into a combobox. The id goes into a hidden input. */
export function combobox(root: HTMLElement): Combobox {
  const input = root.querySelector("input") as HTMLInputElement;
  const box = new Box(root, input);
  return { root, name: box.value.name, choose: (id, text) => box.choose(id, text) };
}

class Box {
  readonly value = document.createElement("input");
  private readonly list = document.createElement("ul");
  private readonly status = document.createElement("p");
  private readonly chosen: HTMLElement | null;
  private active = -1;
  private page = 1;
  private timer = 0;
  private asked: AbortController | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly input: HTMLInputElement,
  ) {
    this.chosen = root.querySelector("[data-text]");
    this.value.type = "hidden";
    this.value.name = input.name;
    this.value.value = input.value;
    input.removeAttribute("name");
    input.after(this.value);
    root.querySelector("[data-unscripted]")?.remove();
    const text = this.chosen?.textContent ?? "";
    if (text) input.value = text;
    this.label();
    if (root.dataset.combo) this.setUp(root.dataset.combo);
  }

  private setUp(address: string): void {
    const { input, list, status } = this;
    list.id = input.id + "_options";
    list.className = "options";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Sessions");
    list.hidden = true;
    status.className = "unseen";
    status.setAttribute("role", "status");
    this.root.append(list, status);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, placeholder: "Search for a session",
    })) input.setAttribute(name, value);

    input.addEventListener("input", () => {
      this.setValue(input.value.trim(), "");
      this.ask(address, delay);
    });
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => {
      if (list.hidden) this.ask(address, 0);
    });
    input.addEventListener("keydown", (event) => this.key(event, address));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus
    list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest("li");
      if (option) this.take(option, address);
    });
  }

  choose(id: string, text: string): void {
    this.input.value = text;
    this.setValue(id, text);
    this.close();
    this.input.focus();
  }

  /** Notes what the form sends. What is typed is sent as it is: the server takes an id or a session_id. */
  private setValue(value: string, text: string): void {
    this.value.value = value;
    if (this.chosen) this.chosen.textContent = text;
    this.label();
    const id = /^\d+$/.test(value) ? value : "";
    for (const link of this.root.querySelectorAll<HTMLAnchorElement>("a[data-pattern]")) {
      link.hidden = !id;
      link.href = (link.dataset.pattern ?? "").replace("__id__", id);
    }
  }

  /** The whole text stands below where the input is too short for it. */
  private label(): void {
    const fits = this.input.scrollWidth <= this.input.clientWidth;
    if (this.chosen?.parentElement) this.chosen.parentElement.hidden = fits || !this.chosen.textContent;
  }

  private options(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("li")];
  }

  private key(event: KeyboardEvent, address: string): void {
    const open = !this.list.hidden;
    const options = this.options();
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (!open) this.ask(address, 0);
        else this.move(event.key === "ArrowDown" ? this.active + 1 : Math.max(this.active, 0) - 1, options);
        return;
      case "Enter": {
        const option = options[this.active];
        if (!open || !option) return;
        event.preventDefault();
        this.take(option, address);
        return;
      }
      case "Escape":
        if (!open) return;
        event.preventDefault();
        this.close();
    }
  }

  private move(to: number, options: HTMLElement[]): void {
    if (!options.length) return;
    this.active = (to + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    const option = options[this.active];
    if (!option) return;
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  private take(option: HTMLElement, address: string): void {
    if (option.dataset.id) return this.choose(option.dataset.id, option.textContent ?? "");
    this.page++;
    void this.load(address);
  }

  private ask(address: string, wait: number): void {
    clearTimeout(this.timer);
    this.page = 1;
    this.timer = window.setTimeout(() => void this.load(address), wait);
  }

  private async load(address: string): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    const term = this.input.value === this.chosen?.textContent ? "" : this.input.value;
    try {
      const answer = await fetch(`${address}&${new URLSearchParams({ term, page: String(this.page) })}`, { signal: asked.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show((await answer.json()) as Answer);
    } catch {
      if (!asked.signal.aborted) this.say("The sessions could not be searched. An id can be typed.");
    }
  }

  private show(answer: Answer): void {
    if (document.activeElement !== this.input) return;
    const start = this.page > 1 ? this.options().length - 1 : 0;
    if (this.page > 1) this.list.lastElementChild?.remove();
    else this.list.replaceChildren();
    for (const { id, text } of answer.results) this.add(text, id);
    if (answer.pagination.more) this.add("More sessions …", "");
    this.list.hidden = !this.list.childElementCount;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    if (start) this.move(start, this.options());
    const n = this.options().length - (answer.pagination.more ? 1 : 0);
    this.say(n ? `${n} ${n === 1 ? "session" : "sessions"}${answer.pagination.more ? ", and more" : ""}` : "No session found");
  }

  private add(text: string, id: string): void {
    const option = document.createElement("li");
    option.id = `${this.list.id}_${this.list.childElementCount}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dir = "auto";
    option.textContent = text;
    if (id) option.dataset.id = id;
    else option.className = "more";
    this.list.append(option);
  }

  private say(text: string): void {
    this.status.textContent = text;
  }

  private close(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
