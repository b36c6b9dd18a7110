import Table from "cli-table3";
import { printable } from "../codecs/printable.js";

// cli-table3 lays the tables out: MIT, typed, knows the width of emoji and CJK in machine names.

/** A column as it is drawn. */
export interface DrawnColumn {
  readonly head: string;
  readonly align: "left" | "right";
  /** Left out before the others where a terminal is narrow. */
  readonly isExtra: boolean;
  readonly cells: readonly string[];
}

/** The narrowest that a name is made to be before an extra column is left out, and before another one is: an hour is 16. */
const NAME_WIDTH = { extra: 28, other: 16 };
const GAP = "  ";

/** The lines of a table, the first of which is its head, and how many columns there was no room for. */
export interface Drawn {
  readonly lines: string[];
  readonly leftOut: number;
}

/**
 * A table without rules: columns two blanks apart. Where `width` is too narrow for it, extra columns are left out, then
 * others from the right, and names in the first column are cut short, but not so short that two of them look alike if
 * that can be helped. The first two columns always stay.
 */
export function draw(columns: readonly DrawnColumn[], width: number = Number.POSITIVE_INFINITY): Drawn {
  const all = columns.map((column) => {
    const [head = "", ...cells] = [column.head, ...column.cells].map(visible);
    return { ...column, head, cells, width: Math.max(...[head, ...cells].map(mostWidth)) };
  });
  const shown = [...all];
  const roomForNames = (): number =>
    width - shown.slice(1).reduce((sum, column) => sum + GAP.length + column.width, 0);
  const longest = all[0]?.width ?? 0;
  const distinct = widthOfDistinct(all[0]?.cells ?? []);
  const most = width - GAP.length - (all[1]?.width ?? 0);
  const toldApart = distinct > most ? 0 : distinct;
  while (shown.length > 2) {
    const extra = shown.findLastIndex(({ isExtra }, i) => isExtra && i > 0);
    const least = Math.max(extra > 0 ? NAME_WIDTH.extra : NAME_WIDTH.other, toldApart);
    if (roomForNames() >= Math.min(least, longest)) break;
    shown.splice(extra > 0 ? extra : shown.length - 1, 1);
  }
  const room = Math.max(roomForNames(), Math.min(NAME_WIDTH.other, longest));
  return { lines: render(shown, room), leftOut: all.length - shown.length };
}

function render(columns: readonly (DrawnColumn & { readonly width: number })[], room: number): string[] {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const lines = { "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "" };
  const isCut = (columns[0]?.width ?? 0) > room;
  const table = new Table({
    ...(isCut ? { colWidths: [room] } : {}),
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align),
    chars: { ...none, ...lines, right: "", "right-mid": "", middle: GAP },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  const rows = columns[0]?.cells.map((_, row) => columns.map(({ cells }) => cells[row] ?? "")) ?? [];
  table.push(...rows);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** How wide names have to be so that no two of them look alike once they are cut short. */
function widthOfDistinct(names: readonly string[]): number {
  const sorted = [...new Set(names)].sort();
  const alike = sorted.slice(1).map((name, i) => {
    const before = sorted[i] ?? "";
    let length = 0;
    while (length < name.length && name[length] === before[length]) length++;
    return mostWidth(name.slice(0, length + 1));
  });
  // The ellipsis is one more.
  return Math.max(0, ...alike) + 1;
}

/** How wide a column is depends on how what is in it is shown. Blanks alone would look as if nothing were there. */
function visible(content: string): string {
  return /^\s+$/.test(content) ? printable(JSON.stringify(content)) : printable(content);
}

/** What takes two columns of a terminal, of signs that are one character long. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/gu;

/** How many columns of a terminal a text takes at most. */
function mostWidth(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}

export const decimals: (value: number, digits: number) => string = (value, digits) =>
  new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );

/** `value`, times a factor; a dash, not a zero, where it is not known, and no zero for what is there. */
export function orDash(value: number | null, digits: number, factor = 1): string {
  if (value === null) return "-";
  const shown = value * factor;
  const least = 10 ** -digits;
  // What is there, but less than the last digit shows, is not nothing.
  if (shown > 0 && shown < least / 2) return `<${decimals(least, digits)}`;
  return decimals(shown, digits);
}

/** So many of something, such as `1 hour` and `1,200 hours`. */
export function counted(count: number, what: string): string {
  return `${decimals(count, 0)} ${what}${count === 1 ? "" : "s"}`;
}

/** `part` of `whole` in per cent; `-` where there is no whole. */
export function percent(part: number, whole = 1): string {
  return whole > 0 ? `${decimals((100 * part) / whole, 1)}%` : "-";
}
