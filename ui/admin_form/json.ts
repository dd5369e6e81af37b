// A textarea for JSON: laid out at the press of a button, and told while
// typing where it is wrong.

/** Gives a textarea for JSON a button and a line for what is wrong. */
export function jsonEditor(root: HTMLElement): void {
  const area = root.querySelector("textarea");
  if (!area) return;
  const tools = document.createElement("div");
  tools.className = "tools";
  const format = document.createElement("button");
  format.type = "button";
  format.textContent = "Format";
  const fault = document.createElement("span");
  fault.className = "small bad";
  fault.setAttribute("role", "status");
  tools.append(format, fault);
  root.append(tools);

  const check = () => {
    const wrong = area.value.trim() ? whatIsWrong(area.value) : "";
    fault.textContent = wrong;
    format.disabled = wrong !== "";
    return !wrong;
  };
  let timer = 0;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(check, 300);
  });
  format.addEventListener("click", () => {
    if (!check() || !area.value.trim()) return;
    area.value = layOut(area.value);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  check();
}

/** Says where a text stops being JSON; empty when it is JSON. */
function whatIsWrong(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const position = /position (\d+)/.exec(message)?.[1];
    const place = /line (\d+) column (\d+)/.exec(message);
    if (place) return `Not valid JSON at line ${place[1]}, column ${place[2]}.`;
    const before = text.slice(0, position ? Number(position) : text.length).split("\n");
    return `Not valid JSON at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.`;
  }
}

/**
 * Lays JSON out without reading its values: numbers keep all their digits and
 * keys their order, which JSON.parse would not promise.
 */
function layOut(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let out = "";
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    if (token === "}" || token === "]") {
      depth--;
      out += before === "{" || before === "[" ? token : line() + token;
      return;
    }
    if (before === "{" || before === "[" || before === ",") out += line();
    out += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth++;
  });
  return out;
}
