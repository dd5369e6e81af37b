// Columns, of one series or several stacked. What a column is compared with is
// a tick across it; a time that is not over is hatched.

import { max, sum } from "d3-array";
import { scaleBand } from "d3-scale";
import { valueOf, type Data, type Row } from "./chart_data";
import { canvas, drawFrame, drawNames, hatch, nearest, svg, type Drawing, type Frame, type Size, type Spot } from "./chart_svg";

/** Columns wider than this look heavy. */
const widest = 48;

export function drawColumns(data: Data, size: Size): Drawing {
  const total = (row: Row) => sum(data.series, (s) => valueOf(row, s.column) ?? 0);
  const before = (row: Row) => max(data.series, (s) => valueOf(row, s.previous) ?? 0) ?? 0;
  const root = canvas(size);
  const frame = drawFrame(root, size, max(data.rows, (row) => Math.max(total(row), before(row))) ?? 0, data.unit);
  const band = scaleBand(data.rows.keys(), [frame.left, frame.right]).paddingInner(0.25).paddingOuter(0.12);
  const width = Math.min(widest, band.bandwidth());
  const center = (i: number) => (band(i) ?? 0) + band.bandwidth() / 2;
  drawNames(root, frame, data.rows.map((row) => row.short), center);
  const defs = svg("defs");
  root.append(defs);

  const spots = data.rows.map((row, i): Spot => {
    const spot: Spot = { row: i, x: center(i), y: frame.bottom, marks: [] };
    const group = svg("g");
    drawStack(data, row, spot, frame, width, group, defs);
    drawTick(data, row, spot, frame, Math.min(width + 6, band.step() - 2), group);
    root.append(group);
    return spot;
  });
  const places = spots.map((spot) => spot.x);
  return { root, spots, at: (x) => nearest(places, x), stride: 0 };
}

function drawStack(data: Data, row: Row, spot: Spot, frame: Frame, width: number, group: SVGGElement, defs: SVGDefsElement): void {
  let below = 0;
  data.series.forEach((series, i) => {
    const value = valueOf(row, series.column) ?? 0;
    if (value <= 0) return;
    const top = frame.y(below + value);
    // The smallest of values is seen: a column has a pixel at least.
    const height = Math.max(1, frame.y(below) - top - (below > 0 ? 1 : 0));
    const number = data.series.length > 1 ? i + 1 : 0;
    const bar = svg("rect", { x: spot.x - width / 2, y: top, width, height, rx: Math.min(2, width / 4), class: `column series-${number}` });
    if (row.partial) {
      const id = `${data.id}-hatch-${number}`;
      if (!defs.querySelector(`[id="${id}"]`)) defs.append(hatch(id, number));
      bar.setAttribute("class", "column");
      bar.setAttribute("fill", `url(#${id})`);
    }
    spot.marks.push(bar);
    spot.y = Math.min(spot.y, top);
    group.append(bar);
    below += value;
  });
}

function drawTick(data: Data, row: Row, spot: Spot, frame: Frame, width: number, group: SVGGElement): void {
  const before = valueOf(row, data.series[0]?.previous ?? -1);
  if (before === null) return;
  const y = frame.y(before);
  group.append(svg("line", { class: "tick", x1: spot.x - width / 2, x2: spot.x + width / 2, y1: y, y2: y }));
}
