// Elements of SVG, and the axes that drawings share.

import { scaleLinear, type ScaleLinear } from "d3-scale";

/** Makes an element of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number> = {},
  ...inner: (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...inner);
  return node;
}

export interface Size {
  width: number;
  height: number;
}

/** A place of a drawing that has a value: what the pointer and the keys find. */
export interface Spot {
  row: number;
  column?: number; // of the table, where a place is one cell alone
  x: number; // where it is told of
  y: number;
  marks: SVGElement[]; // stand out while it is told
}

/** What a drawing gives back. */
export interface Drawing {
  root: SVGSVGElement;
  spots: Spot[];
  /** The spot at a point: its place in spots, -1 for none. */
  at: (x: number, y: number) => number;
  /** How far up and down go: 0 as left and right. */
  stride: number;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Writes a number of an axis. */
export function axisText(value: number, unit: string): string {
  if (unit === "%") return `${value} %`;
  if (unit !== "s") return compact.format(value);
  if (value < 60) return `${value}s`;
  const minutes = value / 60;
  return minutes < 60 ? `${compact.format(minutes)}m` : `${compact.format(minutes / 60)}h`;
}

const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** Values of an axis from zero to at least a maximum. */
function axisTicks(most: number, unit: string, about: number): number[] {
  const top = most > 0 ? most : 1;
  const step = unit === "s" ? (timeSteps.find((s) => top / s <= about) ?? Math.ceil(top / about / 86400) * 86400) : 0;
  if (step) return Array.from({ length: Math.ceil(top / step) + 1 }, (_, i) => i * step);
  const whole = unit === "" ? (value: number) => Number.isInteger(value) : () => true;
  return scaleLinear([0, top], [0, 1]).nice(about).ticks(about).filter(whole);
}

export interface Frame {
  y: ScaleLinear<number, number>;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Widths of a text are guessed: to measure one takes longer than to draw a chart. */
const letter = 6.8;

/** Draws the axis of values: lines and their numbers. */
export function drawFrame(root: SVGSVGElement, size: Size, most: number, unit: string): Frame {
  const ticks = axisTicks(most, unit, size.height < 160 ? 3 : 4);
  const labels = ticks.map((tick) => axisText(tick, unit));
  const frame = { left: Math.max(...labels.map((l) => l.length)) * letter + 10, right: size.width - 4, top: 10, bottom: size.height - 24 };
  const y = scaleLinear([0, Math.max(most, ticks.at(-1) ?? 1)], [frame.bottom, frame.top]);
  const axis = svg("g", { class: "axis" });
  ticks.forEach((tick, i) => {
    const at = Math.round(y(tick)) + 0.5;
    axis.append(svg("line", { x1: frame.left, x2: frame.right, y1: at, y2: at, class: tick === 0 ? "zero" : "grid" }));
    axis.append(svg("text", { x: frame.left - 6, y: at + 4, "text-anchor": "end" }, labels[i] ?? ""));
  });
  root.append(axis);
  return { ...frame, y };
}

/** Writes the names of rows under a drawing: as many as there is room for. */
export function drawNames(root: SVGSVGElement, frame: Frame, names: string[], x: (i: number) => number): void {
  const room = Math.max(...names.map((name) => name.length)) * letter + 14;
  const every = Math.max(1, Math.ceil((names.length * room) / (frame.right - frame.left + room / 2)));
  const axis = svg("g", { class: "axis" });
  let free = 0;
  names.forEach((name, i) => {
    const half = (name.length * letter) / 2;
    const at = Math.min(Math.max(x(i), half), frame.right + 4 - half);
    if (i % every > 0 || at - half < free) return;
    free = at + half + 4;
    axis.append(svg("text", { x: at, y: frame.bottom + 17, "text-anchor": "middle" }, name));
  });
  root.append(axis);
}

/** The stripes of a time that is not over, in the colour of a series. */
export function hatch(id: string, series: number): SVGPatternElement {
  return svg(
    "pattern",
    { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 6, height: 6, class: `series-${series}`, "fill-opacity": 0.25 }),
    svg("rect", { width: 3, height: 6, class: `series-${series}` }),
  );
}

/** An empty drawing of a size. */
export function canvas(size: Size): SVGSVGElement {
  return svg("svg", { viewBox: `0 0 ${size.width} ${size.height}`, width: size.width, height: size.height, "aria-hidden": "true", focusable: "false" });
}

/** The place of the number next to x among rising numbers. */
export function nearest(numbers: number[], x: number): number {
  let best = -1;
  numbers.forEach((n, i) => {
    if (best < 0 || Math.abs(n - x) < Math.abs((numbers[best] ?? 0) - x)) best = i;
  });
  return best;
}
