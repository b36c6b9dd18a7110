import { htmlText } from "../codecs/html.js";
import { printable } from "../codecs/printable.js";
import { splitBases } from "../intensity/basis-of-source.js";
import { type GramBases, mergedBases, summedBases } from "../intensity/gram-bases.js";
import { formatScope } from "../usage/scope.js";
import { basisLine } from "./basis-line.js";
import { columnsOfRows, type UsageRow } from "./usage-rows.js";

/** So many rows are shown; the rest is counted. */
const MOST_SHOWN = 50;

const HEAD = [
  "scope",
  "bin",
  "busy kWh",
  "idle kWh",
  "kWh",
  "kWh between",
  "gCO2eq",
  "gCO2eq between",
  "coverage",
];
/** Where there are two ledgers, each grams say of which they are; the market-based ones stand last. */
const HEAD_OF_TWO = [...HEAD.map((head) => head.replace("gCO2eq", "gCO2eq (location)")), "gCO2eq (market)"];
/** The columns from here on are numbers, and stand to the right. */
const FIRST_NUMBER = 2;

function headOf(rows: readonly UsageRow[]): readonly string[] {
  return columnsOfRows(rows).includes("totalMarketGco2eq") ? HEAD_OF_TWO : HEAD;
}

function cellsOf(row: UsageRow, head: readonly string[]): string[] {
  return [
    formatScope(row),
    row.label,
    numberText(row.busyKwh, 3),
    numberText(row.idleKwh, 3),
    numberText(row.totalKwh, 3),
    rangeText(row.lowKwh, row.highKwh, 3),
    numberText(row.totalGco2eq, 1),
    rangeText(row.lowGco2eq, row.highGco2eq, 1),
    `${(row.coverage * 100).toFixed(1)}%`,
    ...(head === HEAD_OF_TWO ? [numberText(row.totalMarketGco2eq ?? null, 1)] : []),
  ];
}

/** A dash where nothing is known, which is not zero. */
function numberText(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

function rangeText(low: number | null, high: number | null, digits: number): string {
  return low === null || high === null ? "-" : `${low.toFixed(digits)} - ${high.toFixed(digits)}`;
}

function moreText(rows: readonly UsageRow[]): string | undefined {
  if (rows.length === 0) return "nothing is stored";
  return rows.length > MOST_SHOWN ? `and ${rows.length - MOST_SHOWN} more of ${rows.length} rows` : undefined;
}

/** What is said under the table: how much of it is not shown, what was not seen, and what its grams count. */
function notesOf(rows: readonly UsageRow[]): string[] {
  const basesOf = ({ basis, hoursOfUnknownBasis }: UsageRow): GramBases => ({
    bases: basis === null ? [] : splitBases(basis),
    hoursOfUnknownBasis,
  });
  const scopes = [...Map.groupBy(rows, formatScope).values()];
  const incomplete = Math.max(
    0,
    ...scopes.map((all) => all.reduce((sum, row) => sum + row.hoursIncomplete, 0)),
  );
  const basis = basisLine(mergedBases(scopes.map((all) => summedBases(all.map(basesOf)))), "short");
  return [
    moreText(rows) ?? [],
    incomplete === 0 ? [] : `${incomplete} h incomplete: more was used in them than was seen`,
    basis === null ? [] : `gCO2eq: ${basis}`,
  ].flat();
}

export function tableText(rows: readonly UsageRow[]): string {
  const head = headOf(rows);
  const lines = [head, ...rows.slice(0, MOST_SHOWN).map((row) => cellsOf(row, head).map(printable))];
  const widths = head.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  const padded = lines.map((cells) =>
    cells.map((cell, i) => (i < FIRST_NUMBER ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
  );
  return [...padded.map((cells) => cells.join("  ").trimEnd()), ...notesOf(rows).map(printable)].join("\n");
}

export function tableHtml(rows: readonly UsageRow[]): string {
  const cell = (tag: string, text: string, i: number): string =>
    `<${tag}${i < FIRST_NUMBER ? "" : ' style="text-align:right"'}>${htmlText(printable(text))}</${tag}>`;
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((text, i) => cell(tag, text, i)).join("")}</tr>`;
  const head = headOf(rows);
  const body = rows.slice(0, MOST_SHOWN).map((row) => line("td", cellsOf(row, head)));
  const notes = notesOf(rows).map((note) => htmlText(printable(note)));
  const caption =
    notes.length === 0 ? "" : `<caption style="caption-side:bottom">${notes.join("<br>")}</caption>`;
  return `<table>${caption}<thead>${line("th", head)}</thead><tbody>${body.join("")}</tbody></table>`;
}
