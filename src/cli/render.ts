import Table from "cli-table3";
import { printable } from "../codecs/printable.js";

// cli-table3 lays the tables out: MIT, typed, knows the width of emoji and CJK in machine names.

/** A cell and which side of its column it stands on. */
export type Cell = { content: string; hAlign: "left" | "right" };

/** The narrowest that a name is made to be before a column is left out. */
const NAME_WIDTH = 12;

/** The same on a terminal: columns are left out from the right, and names cut short, until lines fit. */
export function renderWithin(
  width: number | undefined,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): string[] {
  if (width === undefined) return render(head, rows);
  for (let columns = head.length; ; columns--) {
    const [shownHead, shownRows] = [head.slice(0, columns), rows.map((row) => row.slice(0, columns))];
    const shortest = shownRows.map(([, ...cells]) => [left(""), ...cells]);
    const others = Math.max(...render(["", ...shownHead.slice(1)], shortest).map((line) => line.length));
    if (width - others >= NAME_WIDTH || columns <= 2) return render(shownHead, shownRows, width - others);
  }
}

/** The lines of a table without rules: columns two blanks apart. Names in the first are cut at `nameWidth`. */
export function render(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  nameWidth?: number,
): string[] {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const lines = { "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "" };
  const names = [head[0] ?? "", ...rows.map(([name]) => name?.content ?? "")].map(visible);
  const isCut = nameWidth !== undefined && names.some((name) => name.length > nameWidth);
  const table = new Table({
    ...(isCut ? { colWidths: [nameWidth] } : {}),
    head: head.map(visible),
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
    chars: { ...none, ...lines, right: "", "right-mid": "", middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => ({ ...cell, content: visible(cell.content) }))));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** How wide a column is depends on how what is in it is shown. Blanks alone would look as if nothing were there. */
function visible(content: string): string {
  return /^\s+$/.test(content) ? printable(JSON.stringify(content)) : printable(content);
}

export const left: (content: string) => Cell = (content) => ({ content, hAlign: "left" });
export const right: (content: string) => Cell = (content) => ({ content, hAlign: "right" });

export const decimals: (value: number, digits: number) => string = (value, digits) =>
  new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );

/** `value`, times a factor; a dash, not a zero, where it is not known. */
export function orDash(value: number | null, digits: number, factor = 1): string {
  return value === null ? "-" : decimals(value * factor, digits);
}

/** `part` of `whole` in per cent; `-` where there is no whole. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${decimals((100 * part) / whole, 1)}%` : "-";
}
