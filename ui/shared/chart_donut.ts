// A ring of shares. Its legend is the table beside it: the edges of its rows
// have the colours of the ring.

import { sum } from "d3-array";
import { arc, pie, type PieArcDatum } from "d3-shape";
import { valueOf, type Data, type Row } from "./chart_data";
import { canvas, svg, type Drawing, type Size, type Spot } from "./chart_svg";

/** Shares smaller than this have no name beside them. */
const named = 0.06;

export function drawDonut(data: Data, size: Size): Drawing {
  const root = canvas(size);
  const column = data.series[0]?.column ?? 0;
  const total = sum(data.rows, (row) => valueOf(row, column) ?? 0);
  const center = { x: size.width / 2, y: size.height / 2 };
  const radius = Math.min(size.width / 2 - 64, size.height / 2 - 22);
  const slices = pie<Row>().sort(null).value((row) => valueOf(row, column) ?? 0)(data.rows);
  const shape = arc<PieArcDatum<Row>>().innerRadius(radius * 0.62).outerRadius(radius).padAngle(0.015);
  const group = svg("g", { transform: `translate(${center.x} ${center.y})` });
  root.append(group);

  const spots: Spot[] = [];
  slices.forEach((slice, i) => {
    if (slice.value <= 0) return;
    const path = svg("path", { class: `slice series-${i < 8 ? i + 1 : "rest"}`, d: shape(slice) ?? "" });
    const [x, y] = shape.centroid(slice);
    spots.push({ row: i, x: center.x + x, y: center.y + y, marks: [path] });
    group.append(path);
    if (slice.value / total >= named) group.append(nameOf(slice, radius));
  });
  return { root, spots, at: (x, y) => atAngle(slices, spots, x - center.x, y - center.y, radius), stride: 0 };
}

/** The name of a slice stands beside it. */
function nameOf(slice: PieArcDatum<Row>, radius: number): SVGTextElement {
  const middle = (slice.startAngle + slice.endAngle) / 2;
  const x = Math.sin(middle) * (radius + 8);
  const y = -Math.cos(middle) * (radius + 8);
  const text = slice.data.short.length > 10 ? `${slice.data.short.slice(0, 9)}…` : slice.data.short;
  const anchor = Math.abs(x) < radius * 0.35 ? "middle" : x > 0 ? "start" : "end";
  return svg("text", { x, y: y + (anchor === "middle" ? (y > 0 ? 10 : -2) : 4), "text-anchor": anchor, class: "name" }, text);
}

/** The slice that a point is in. */
function atAngle(slices: PieArcDatum<Row>[], spots: Spot[], x: number, y: number, radius: number): number {
  const distance = Math.hypot(x, y);
  if (distance > radius + 4 || distance < radius * 0.5) return -1;
  const angle = (Math.atan2(x, -y) + 2 * Math.PI) % (2 * Math.PI);
  return spots.findIndex((spot) => {
    const slice = slices[spot.row];
    return slice !== undefined && angle >= slice.startAngle && angle < slice.endAngle;
  });
}
