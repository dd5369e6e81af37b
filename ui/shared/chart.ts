// Charts are drawn from the tables beside them. A page calls drawCharts once it
// is there, and again for what it has put into the page since.

import { readChart, type Data } from "./chart_data";
import { drawColumns } from "./chart_columns";
import { drawDonut } from "./chart_donut";
import { drawHeat } from "./chart_heat";
import { drawLine } from "./chart_line";
import { drawMap, loadWorld } from "./chart_map";
import { fillMenu } from "./chart_menu";
import { Reader } from "./chart_read";
import { drawRows } from "./chart_rows";
import type { Drawing, Size } from "./chart_svg";

type Draw = (data: Data, size: Size) => Drawing;

/** How each kind of chart is drawn. A page may add one of its own. */
export const drawings: Record<string, Draw> = {
  line: drawLine,
  columns: drawColumns,
  stack: drawColumns,
  donut: drawDonut,
  heat: drawHeat,
  map: drawMap,
};

/** A chart on the page. */
class Chart {
  private readonly reader: Reader | null = null;
  private readonly plot: HTMLElement | null;
  private size: Size = { width: 0, height: 0 };
  private root: SVGSVGElement | null = null;

  constructor(
    readonly figure: HTMLElement,
    private readonly data: Data,
  ) {
    this.plot = figure.querySelector<HTMLElement>(".plot");
    if (this.plot) {
      this.legend(this.plot);
      this.reader = new Reader(this.plot, data);
      this.draw();
      if (data.map) void loadWorld(data.map).then(() => this.draw(true)).catch(() => undefined); // the table says it too
    }
    const numbers = figure.querySelector<HTMLDetailsElement>("details.numbers");
    if (numbers) numbers.open = false;
    figure.classList.add("ready");
    fillMenu(figure, data, () => this.picture());
  }

  /** Draws, when the size is another, or anew. */
  draw(anew = false): void {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.plot ?? {};
    const drawing = drawings[this.data.kind];
    if (!drawing || width === 0 || (!anew && width === this.size.width && height === this.size.height)) return;
    this.size = { width, height };
    const drawn = drawing(this.data, this.size);
    this.root = drawn.root;
    this.reader?.show(drawn, this.data);
  }

  stop(): void {
    this.reader?.stop();
  }

  /** What a picture is made of: the drawing, or rows as one. */
  private picture(): SVGSVGElement | null {
    if (["rows", "donut", "funnel"].includes(this.data.kind)) return drawRows(this.data, { width: 560, height: 0 }).root;
    return this.root;
  }

  /** Says which line or colour is what, where there are several. */
  private legend(plot: HTMLElement): void {
    const names: [string, string][] = [];
    const several = this.data.series.length > 1;
    if (this.data.kind === "donut" || this.data.kind === "heat" || this.data.kind === "map") return;
    this.data.series.forEach((series, i) => {
      names.push([several ? `series-${i + 1}` : "series-0", series.name]);
      if (series.previous >= 0) names.push([this.data.kind === "line" ? "dash" : "mark", series.previousName]);
    });
    if (names.length < 2) return;
    const list = document.createElement("ul");
    list.className = "legend";
    list.setAttribute("aria-hidden", "true"); // the table's heads say it
    for (const [look, name] of names) {
      const [item, swatch] = [document.createElement("li"), document.createElement("i")];
      swatch.className = look;
      item.append(swatch, name);
      list.append(item);
    }
    plot.before(list);
  }
}

const charts = new Map<HTMLElement, Chart>();

// A plot's width changes with the window, and when what it stands in is opened.
const sizes = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const chart = charts.get(target as HTMLElement);
    if (target.isConnected) chart?.draw();
    else forget(target as HTMLElement);
  }
});

function forget(figure: HTMLElement): void {
  sizes.unobserve(figure);
  charts.get(figure)?.stop();
  charts.delete(figure);
}

/** Draws the charts of a part of the page that are not drawn yet. */
export function drawCharts(part: ParentNode = document): void {
  for (const figure of charts.keys()) if (!figure.isConnected) forget(figure);
  for (const figure of part.querySelectorAll<HTMLElement>("figure.chart")) {
    const data = charts.has(figure) ? null : readChart(figure);
    if (!data) continue;
    charts.set(figure, new Chart(figure, data));
    sizes.observe(figure);
  }
}
