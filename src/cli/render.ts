import Table from "cli-table3";

// cli-table3 lays the tables out: MIT, typed, knows the width of emoji and CJK in machine names.

/** A cell and which side of its column it stands on. */
export type Cell = { content: string; hAlign: "left" | "right" };

/** A table without lines: columns two blanks apart. */
export function render(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const lines = { "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "" };
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
    chars: { ...none, ...lines, right: "", "right-mid": "", middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/[ \t]+$/gm, "");
}

export const left: (content: string) => Cell = (content) => ({ content: printable(content), hAlign: "left" });
export const right: (content: string) => Cell = (content) => ({ content, hAlign: "right" });

/** A label value may hold escape sequences, line breaks and reversals of the writing direction, which a terminal obeys. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

export const decimals: (value: number, digits: number) => string = (value, digits) =>
  new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );

/** `part` of `whole` in per cent; `-` where there is no whole. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${decimals((100 * part) / whole, 1)}%` : "-";
}
