// The numbers of a chart, read from the table beside it.

/** A figure: its words, and its number where it has one. */
export interface Cell {
  text: string;
  value: number | null;
}

/** A row of the table. */
export interface Row {
  name: string;
  short: string;
  key: string;
  partial: boolean;
  link: HTMLAnchorElement | null;
  cells: Cell[]; // beside the columns
}

/** What is drawn: the place of a column, and of the one it is compared with. */
export interface Series {
  name: string;
  column: number;
  previous: number; // -1: none
  previousName: string;
}

export interface Data {
  id: string;
  kind: string;
  unit: string;
  map: string; // address of the world's outlines; empty: none
  title: string;
  summary: string;
  columns: string[]; // heads, without that of the names
  rows: Row[];
  series: Series[];
}

function words(node: Element | null | undefined): string {
  return (node?.textContent ?? "").trim();
}

function readRow(row: HTMLTableRowElement): Row {
  const head = row.querySelector<HTMLElement>("th");
  const name = words(head?.querySelector("bdi, time") ?? head);
  return {
    name,
    short: row.dataset.short ?? name,
    key: row.dataset.key ?? "",
    partial: row.classList.contains("partial"),
    link: head?.querySelector("a") ?? null,
    cells: [...row.querySelectorAll<HTMLElement>("td")].map((cell) => ({
      text: words(cell),
      value: cell.dataset.v === undefined ? null : Number(cell.dataset.v),
    })),
  };
}

function readSeries(heads: HTMLElement[]): Series[] {
  const series: Series[] = [];
  heads.forEach((head, column) => {
    const last = series.at(-1);
    if (head.dataset.role === "series") series.push({ name: words(head), column, previous: -1, previousName: "" });
    if (head.dataset.role === "previous" && last) [last.previous, last.previousName] = [column, words(head)];
  });
  return series;
}

/** Reads the table of a figure; null where there is none. */
export function readChart(figure: HTMLElement): Data | null {
  const table = figure.querySelector("table");
  if (!table) return null;
  const heads = [...table.querySelectorAll<HTMLElement>("thead th")].slice(1);
  return {
    id: figure.id,
    kind: figure.dataset.kind ?? "",
    unit: figure.dataset.unit ?? "",
    map: figure.dataset.map ?? "",
    title: words(figure.querySelector("h2")),
    summary: words(figure.querySelector(".summary")),
    columns: heads.map(words),
    rows: [...table.querySelectorAll<HTMLTableRowElement>("tbody tr")].map(readRow),
    series: readSeries(heads),
  };
}

/** The value of a row in a column, nothing where there is none. */
export function valueOf(row: Row | undefined, column: number): number | null {
  return row?.cells[column]?.value ?? null;
}
