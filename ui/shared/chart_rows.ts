// Rows with bars, as a picture: on the page the table is drawn itself.

import { max } from "d3-array";
import { valueOf, type Data } from "./chart_data";
import { canvas, svg, type Drawing, type Size } from "./chart_svg";

const line = 26;

export function drawRows(data: Data, size: Size): Drawing {
  const root = canvas({ width: size.width, height: data.rows.length * line });
  const column = data.series[0]?.column ?? 0;
  const most = max(data.rows, (row) => valueOf(row, column) ?? 0) || 1;
  const room = size.width - 90;
  data.rows.forEach((row, i) => {
    const y = i * line;
    const width = ((valueOf(row, column) ?? 0) / most) * room;
    const name = row.name.length * 7 > room ? `${row.name.slice(0, Math.floor(room / 7) - 1)}…` : row.name;
    root.append(
      svg("rect", { class: "soft", y: y + 2, width, height: line - 4 }),
      svg("rect", { class: data.kind === "donut" && i < 8 ? `series-${i + 1}` : "series-0", y: y + 2, width: 3, height: line - 4 }),
      svg("text", { class: "name", x: 10, y: y + 17 }, name),
      svg("text", { class: "name", x: size.width - 2, y: y + 17, "text-anchor": "end" }, row.cells[column]?.text ?? ""),
    );
  });
  return { root, spots: [], at: () => -1, stride: 0 };
}
