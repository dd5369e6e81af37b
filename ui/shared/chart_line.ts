// Lines over time: the comparison is dashed, a time that is not over is dotted.

import { area, curveMonotoneX, line } from "d3-shape";
import { max } from "d3-array";
import { valueOf, type Data, type Series } from "./chart_data";
import { canvas, drawFrame, drawNames, nearest, svg, type Drawing, type Frame, type Size, type Spot } from "./chart_svg";

/** The largest value that has to fit in. */
function most(data: Data): number {
  const columns = data.series.flatMap((s) => [s.column, s.previous]);
  return max(data.rows, (row) => max(columns, (c) => valueOf(row, c) ?? 0)) ?? 0;
}

type Point = [x: number, y: number | null];

function pathOf(points: Point[]): string {
  return (
    line<Point>()
      .defined((p) => p[1] !== null)
      .x((p) => p[0])
      .y((p) => p[1] ?? 0)
      .curve(curveMonotoneX)(points) ?? ""
  );
}

function areaOf(points: Point[], bottom: number): string {
  return (
    area<Point>()
      .defined((p) => p[1] !== null)
      .x((p) => p[0])
      .y0(bottom)
      .y1((p) => p[1] ?? 0)
      .curve(curveMonotoneX)(points) ?? ""
  );
}

export function drawLine(data: Data, size: Size): Drawing {
  const root = canvas(size);
  const frame = drawFrame(root, size, most(data), data.unit);
  const n = data.rows.length;
  const inner = frame.right - frame.left - 12;
  const x = (i: number) => frame.left + 6 + (n > 1 ? (i * inner) / (n - 1) : inner / 2);
  drawNames(root, frame, data.rows.map((row) => row.short), x);

  const pointsOf = (column: number): Point[] =>
    data.rows.map((row, i) => {
      const value = valueOf(row, column);
      return [x(i), value === null ? null : frame.y(value)];
    });
  const spots: Spot[] = data.rows.map((_, row) => ({ row, x: x(row), y: frame.bottom, marks: [] }));
  const guides = svg("g");
  spots.forEach((spot) => {
    const guide = svg("line", { class: "guide", x1: spot.x, x2: spot.x, y1: frame.top, y2: frame.bottom });
    spot.marks.push(guide);
    guides.append(guide);
  });
  root.append(guides);
  data.series.forEach((series, i) => drawSeries(root, data, series, i + 1, pointsOf, frame, spots));
  const places = spots.map((spot) => spot.x);
  return { root, spots, at: (px) => nearest(places, px), stride: 0 };
}

function drawSeries(
  root: SVGSVGElement, data: Data, series: Series, number: number, pointsOf: (column: number) => Point[], frame: Frame, spots: Spot[],
): void {
  const points = pointsOf(series.column);
  const open = data.rows.findIndex((row) => row.partial); // what comes after it is still to come
  const done = open > 0 ? points.slice(0, open) : points;
  const color = data.series.length > 1 ? `series-${number}` : "accent";
  if (data.series.length === 1) root.append(svg("path", { class: "area", d: areaOf(done, frame.bottom) }));
  if (series.previous >= 0) root.append(svg("path", { class: "line previous", d: pathOf(pointsOf(series.previous)) }));
  root.append(svg("path", { class: `line ${color}`, d: pathOf(done) }));
  if (open > 0) root.append(svg("path", { class: `line dotted ${color}`, d: pathOf(points.slice(open - 1, open + 1)) }));
  points.forEach(([px, py], i) => {
    const spot = spots[i];
    if (py === null || !spot) return;
    // A value between two gaps has no line: its point is always seen.
    const alone = (points[i - 1]?.[1] ?? null) === null && (points[i + 1]?.[1] ?? null) === null;
    const point = svg("circle", { class: `point ${color}${alone ? " alone" : ""}`, cx: px, cy: py, r: 4 });
    spot.marks.push(point);
    spot.y = Math.min(spot.y, py);
    root.append(point);
  });
}
