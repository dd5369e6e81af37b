// What every page has: the theme, the menus, and fields for passwords. Without
// it all of them work as well, with a load of the page more.

const themes = ["auto", "dark", "light"] as const;

/** The button for the theme changes it in place, and tells the server. */
function themeButton(form: HTMLFormElement): void {
  const button = form.querySelector("button");
  if (!button) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const now = button.value;
    const next = themes[(themes.indexOf(now as (typeof themes)[number]) + 1) % themes.length] ?? "auto";
    const body = new URLSearchParams({ theme: now });
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined); // it lasts for this page then
    document.documentElement.dataset.theme = now;
    const text = `Theme: ${now}. Change to ${next}.`;
    button.value = next;
    button.title = text;
    for (const label of button.querySelectorAll("span")) label.textContent = text;
  });
}

/** Menus close when somebody turns to something else, and by Escape. */
function closeMenus(): void {
  const opened = () => [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")];
  const close = (keep: Node | null) => {
    for (const menu of opened()) if (!(keep && menu.contains(keep))) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target as Node));
  document.addEventListener("focusin", (event) => close(event.target as Node));
  document.addEventListener("keydown", (event) => {
    const [open] = opened();
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
}

/** A button beside a password shows and hides it. */
function showButton(button: HTMLButtonElement): void {
  const input = document.getElementById(button.dataset.show ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  const word = button.firstChild;
  button.hidden = false;
  const show = (on: boolean) => {
    input.type = on ? "text" : "password";
    button.setAttribute("aria-pressed", String(on));
    if (word) word.textContent = on ? "Hide" : "Show";
  };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false)); // for password managers
}

/** Which rules a password keeps. Those that only the server can tell are left out. */
const rules: Record<string, (password: string, repeated: string, name: string) => boolean> = {
  length: (password) => [...password].length >= 8,
  numeric: (password) => /\D/.test(password),
  similar: (password, _, name) => !alike(password.toLowerCase(), name.toLowerCase()),
  match: (password, repeated) => password === repeated,
};

function alike(password: string, name: string): boolean {
  return name.length > 2 && (password.includes(name) || (password.length > 2 && name.includes(password)));
}

/** The rules of a new password are ticked off while it is typed. */
function tickRules(list: HTMLElement): void {
  const input = (id: string | undefined) => document.getElementById(id ?? "") as HTMLInputElement | null;
  const password = input(list.dataset.rules);
  const repeated = input(list.dataset.repeated);
  const name = input(list.dataset.name);
  const look = () => {
    for (const item of list.querySelectorAll<HTMLElement>("[data-rule]")) {
      const rule = rules[item.dataset.rule ?? ""];
      if (!rule || !password) continue;
      const met = password.value !== "" && rule(password.value, repeated?.value ?? "", name?.value ?? list.dataset.user ?? "");
      item.classList.toggle("met", met);
    }
  };
  for (const field of [password, repeated, name]) field?.addEventListener("input", look);
}

/** The bar tells how many visit the site at the moment: anew each minute, while the page is seen. */
function countVisitors(link: HTMLElement): void {
  const count = link.querySelector("b");
  const ask = async () => {
    if (document.hidden || !count) return;
    const answer = await fetch(link.dataset.now ?? "", { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    count.textContent = part.querySelector("[data-visitors]")?.textContent ?? "";
  };
  const tell = () => void ask().catch(() => undefined); // the page has other things to tell
  tell();
  setInterval(tell, 60_000);
  document.addEventListener("visibilitychange", tell);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form.theme")) themeButton(form);
for (const link of document.querySelectorAll<HTMLElement>("[data-now]")) countVisitors(link);
closeMenus();
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-show]")) showButton(button);
for (const list of document.querySelectorAll<HTMLElement>("[data-rules]")) tickRules(list);

export {};
