// A grid of cells, the darker the more: weekdays by hours.

import { max } from "d3-array";
import { valueOf, type Data } from "./chart_data";
import { canvas, svg, type Drawing, type Size, type Spot } from "./chart_svg";

/** How many shades there are above nothing. */
export const shades = 5;

export function drawHeat(data: Data, size: Size): Drawing {
  const root = canvas(size);
  const left = Math.max(...data.rows.map((row) => row.short.length)) * 6.8 + 10;
  const bottom = size.height - 24;
  const across = data.series.length;
  const width = (size.width - left - 2) / across;
  const height = (bottom - 4) / data.rows.length;
  const most = max(data.rows, (row) => max(data.series, (s) => valueOf(row, s.column) ?? 0)) ?? 0;
  const axis = svg("g", { class: "axis" });
  const every = Math.ceil((across * 26) / (size.width - left));
  root.append(axis);
  data.series.forEach((series, i) => {
    if (i % every > 0) return;
    axis.append(svg("text", { x: left + (i + 0.5) * width, y: bottom + 17, "text-anchor": "middle" }, series.name));
  });
  const spots: Spot[] = [];
  data.rows.forEach((row, y) => {
    axis.append(svg("text", { x: left - 6, y: 4 + (y + 0.5) * height, "text-anchor": "end", "dominant-baseline": "middle" }, row.short));
    data.series.forEach((series, x) => {
      const value = valueOf(row, series.column) ?? 0;
      const shade = value > 0 ? Math.max(1, Math.ceil((value / most) * shades)) : 0;
      const cell = svg("rect", {
        x: left + x * width + 0.5, y: 4 + y * height + 0.5, width: Math.max(1, width - 1), height: Math.max(1, height - 1), rx: 2, class: `cell shade-${shade}`,
      });
      root.append(cell);
      spots.push({ row: y, column: series.column, x: left + (x + 0.5) * width, y: 4 + y * height, marks: [cell] });
    });
  });
  const at = (px: number, py: number) => {
    const [x, y] = [Math.floor((px - left) / width), Math.floor((py - 4) / height)];
    return x < 0 || y < 0 || x >= across || y >= data.rows.length ? -1 : y * across + x;
  };
  return { root, spots, at, stride: across };
}
