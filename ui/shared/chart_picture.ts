// A chart as a picture of its own, SVG or PNG: with its title and sentence, its
// colours written out, and nothing that needs the page's style sheet.

import type { Data } from "./chart_data";
import { svg } from "./chart_svg";

/** What a style sheet says of a shape, and a picture has to say itself. */
const painted = [
  "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline",
] as const;

/** Colours as every program reads them. */
function plainColor(color: string): string {
  if (!/^(color|oklab|oklch|lab|lch)/.test(color)) return color;
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!brush) return color;
  brush.fillStyle = color;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${(a ?? 255) / 255})`;
}

/** Writes into the copy of an element, and all in it, how the original looks.
    What it has from the element around it goes without saying. */
function paint(original: Element, copy: Element, around?: CSSStyleDeclaration): void {
  const style = getComputedStyle(original);
  if (style.display === "none" || style.visibility === "hidden") {
    copy.setAttribute("display", "none");
    return;
  }
  for (const name of painted) {
    const value = style.getPropertyValue(name);
    const said = name === "opacity" ? value === "1" : value === around?.getPropertyValue(name);
    if (value && !said) copy.setAttribute(name, name === "fill" || name === "stroke" ? plainColor(value) : value);
  }
  copy.removeAttribute("class");
  [...original.children].forEach((child, i) => {
    const twin = copy.children[i];
    if (twin) paint(child, twin, style);
  });
}

const margin = 16;

/** A box and a name for each series, when there are several. */
function legend(data: Data, y: number, width: number): SVGGElement {
  const group = svg("g");
  if (data.series.length < 2) return group;
  let x = margin;
  data.series.forEach((series, i) => {
    const needed = series.name.length * 7 + 34;
    if (x > margin && x + needed > width) [x, y] = [margin, y + 20];
    group.append(svg("rect", { x, y: y - 10, width: 12, height: 12, class: `series-${i + 1}` }), svg("text", { x: x + 18, y, class: "name" }, series.name));
    x += needed;
  });
  return group;
}

/** Makes a picture of a drawing. */
export function picture(figure: HTMLElement, data: Data, drawing: SVGSVGElement): SVGSVGElement {
  const inner = drawing.viewBox.baseVal;
  const width = inner.width + 2 * margin;
  const names = legend(data, 74, width);
  const lines = data.series.length < 2 ? 0 : 20 + Number(names.lastElementChild?.getAttribute("y") ?? 74) - 74;
  const top = (data.summary ? 62 : 40) + lines;
  const height = top + inner.height + margin;
  const twin = drawing.cloneNode(true) as SVGSVGElement;
  twin.classList.remove("telling");
  for (const told of twin.querySelectorAll(".told")) told.classList.remove("told");
  twin.setAttribute("x", String(margin));
  twin.setAttribute("y", String(top));
  const root = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height },
    svg("title", {}, data.title),
    svg("rect", { class: "surface", width, height }),
    svg("text", { class: "title", x: margin, y: 30 }, data.title),
    svg("text", { class: "sentence", x: margin, y: 52 }, data.summary),
    names,
    twin,
  );
  // Styles are those of the figure's place on the page: the picture is there
  // for a moment.
  const stage = document.createElement("div");
  stage.className = "stage";
  stage.append(root);
  figure.append(stage);
  const copy = root.cloneNode(true) as SVGSVGElement;
  paint(root, copy);
  stage.remove();
  for (const node of copy.querySelectorAll("[aria-hidden], [focusable]")) {
    node.removeAttribute("aria-hidden");
    node.removeAttribute("focusable");
  }
  return copy;
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function source(image: SVGSVGElement): string {
  return new XMLSerializer().serializeToString(image);
}

export function saveSVG(image: SVGSVGElement, name: string): void {
  save(new Blob([source(image)], { type: "image/svg+xml" }), `${name}.svg`);
}

/** Saves a picture of dots, two for each of the page's at least. */
export async function savePNG(image: SVGSVGElement, name: string): Promise<void> {
  const scale = Math.max(2, window.devicePixelRatio);
  const { width, height } = image.viewBox.baseVal;
  const loaded = new Image();
  loaded.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source(image))}`;
  await loaded.decode();
  const dots = document.createElement("canvas");
  [dots.width, dots.height] = [width * scale, height * scale];
  dots.getContext("2d")?.drawImage(loaded, 0, 0, dots.width, dots.height);
  const content = await new Promise<Blob | null>((done) => dots.toBlob(done, "image/png"));
  if (content) save(content, `${name}.png`);
}
