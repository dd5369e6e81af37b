// The world, each country the darker the more. Its outlines are a file of their
// own, which is loaded where a map is shown.

import { max } from "d3-array";
import { valueOf, type Data } from "./chart_data";
import { shades } from "./chart_heat";
import { canvas, svg, type Drawing, type Size, type Spot } from "./chart_svg";

let outlines: SVGSVGElement | null = null;
let loading: Promise<void> | null = null;

/** Loads the outlines, once for all maps of the page. */
export function loadWorld(address: string): Promise<void> {
  loading ??= fetch(address).then(async (answer) => {
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const text = await answer.text();
    outlines = new DOMParser().parseFromString(text, "image/svg+xml").documentElement as unknown as SVGSVGElement;
  });
  return loading;
}

export function drawMap(data: Data, size: Size): Drawing {
  const root = canvas(size);
  const empty: Drawing = { root, spots: [], at: () => -1, stride: 0 };
  if (!outlines) return empty;
  const [, , width = 1, height = 1] = (outlines.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const scale = Math.min(size.width / width, size.height / height);
  const group = svg("g", { transform: `translate(${(size.width - width * scale) / 2} ${(size.height - height * scale) / 2}) scale(${scale})` });
  root.append(group);

  const column = data.series[0]?.column ?? 0;
  const most = max(data.rows, (row) => valueOf(row, column) ?? 0) || 1;
  const rows = new Map(data.rows.map((row, i) => [row.key, i]));
  const lands = new Map<number, SVGPathElement>();
  for (const outline of outlines.querySelectorAll("path")) {
    const row = rows.get(outline.id);
    const value = row === undefined ? 0 : (valueOf(data.rows[row], column) ?? 0);
    const shade = value > 0 ? Math.max(1, Math.ceil((value / most) * shades)) : 0;
    const land = svg("path", { d: outline.getAttribute("d") ?? "", class: `land shade-${shade}`, "vector-effect": "non-scaling-stroke" });
    if (row !== undefined) lands.set(row, land);
    group.append(land);
  }
  // The keys go through the rows in their order, not over the map.
  const order = [...lands.keys()].sort((a, b) => a - b);
  const spots = order.map((row): Spot => ({ row, x: 0, y: 0, marks: [lands.get(row) as SVGElement] }));
  const drawing = { ...empty, spots, at: (x: number, y: number) => under(root, spots, x, y) };
  requestAnimationFrame(() => place(root, spots)); // when it is on the page
  return drawing;
}

/** Puts each spot into the middle of its country. */
function place(root: SVGSVGElement, spots: Spot[]): void {
  const origin = root.getBoundingClientRect();
  for (const spot of spots) {
    const box = spot.marks[0]?.getBoundingClientRect();
    if (box) [spot.x, spot.y] = [box.left + box.width / 2 - origin.left, box.top + box.height / 2 - origin.top];
  }
}

/** The spot of the country at a point. */
function under(root: SVGSVGElement, spots: Spot[], x: number, y: number): number {
  const origin = root.getBoundingClientRect();
  const found = document.elementFromPoint(origin.left + x, origin.top + y);
  return spots.findIndex((spot) => spot.marks[0] === found);
}
