import { type AdaCarbonError, badInput } from "../../usage/errors.js";
import { DAY_MS, formatInterval, HOUR_MS, overlaps } from "../../usage/hour.js";
import { byStart } from "../periods.js";
import type { IntensityPeriod } from "../port.js";
import type { FileColumns } from "./file-columns.js";
import type { FileRow } from "./file-text.js";
import { rowTime } from "./time-words.js";
import type { ValueColumn } from "./value-column.js";

/** The rows as periods, ascending. `bad-input` names a row that cannot be read, or that overlaps another. */
export function periodsOf(
  rows: readonly FileRow[],
  columns: FileColumns,
  withLosses: boolean,
  fetchedAt: number,
): IntensityPeriod[] {
  const timed = rows.map((row) => ({ row, ...timeOf(row, columns) }));
  const starts = timed.map(({ from }) => from).sort((a, b) => a - b);
  const step = leastStep(starts);
  const nextOf = new Map(starts.map((from, i) => [from, starts[i + 1]]));
  const known = timed.flatMap(({ row, from, to }) => {
    const value = numberIn(row, columns.value);
    const losses = withLosses && columns.losses !== undefined ? numberIn(row, columns.losses) : 0;
    if (value === undefined || losses === undefined) return [];
    const end = to ?? endOf(row, from, nextOf.get(from), step);
    return [{ from, to: end, gco2eqPerKwh: value + losses, kind: kindOf(row, columns), row }];
  });
  const sorted = known.sort(byStart);
  sorted.forEach((period, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && overlaps(before, period))
      throw badInput(
        `${period.row.where}: ${formatInterval(period)} overlaps ${before.row.where.replace(/^.*: /, "")}, ${formatInterval(before)}; leave one value for each time`,
      );
  });
  return sorted.map(({ row: _, ...period }) => ({ ...period, fetchedAt }));
}

/** The number of a column in grams per kWh; `undefined` where the field is empty: nothing is known then. */
function numberIn({ fields, where }: FileRow, { name, gramsPerKwh }: ValueColumn): number | undefined {
  const text = fields[name] ?? "";
  if (text === "") return undefined;
  const value = Number(text) * gramsPerKwh;
  if (value >= 0 && Number.isFinite(value)) return value;
  throw badInput(
    `${where}: ${JSON.stringify(text.slice(0, 40))} is no intensity; give a number, 0 or more, or nothing`,
  );
}

function timeOf(
  { fields, where }: FileRow,
  { time, end }: FileColumns,
): { from: number; to?: number | undefined } {
  const text = fields[time] ?? "";
  const start = rowTime(text);
  if (start === undefined) throw noTime(text, where);
  const endText = (end === undefined ? undefined : fields[end]) || undefined;
  if (endText === undefined) return start;
  const to = rowTime(endText)?.from;
  if (to === undefined) throw noTime(endText, where);
  if (to > start.from) return { from: start.from, to };
  throw badInput(`${where}: the row ends at ${endText}, before it starts at ${text}`);
}

function noTime(text: string, where: string): AdaCarbonError {
  return badInput(
    `${where}: ${JSON.stringify(text.slice(0, 40))} is no time; write 2025, 2025-09, 2025-09-10 or, with Z or an offset such as +01:00, 2025-09-10T00:00:00Z`,
  );
}

function kindOf({ fields, where }: FileRow, { kind, estimated }: FileColumns): IntensityPeriod["kind"] {
  const said = (estimated === undefined ? "" : fields[estimated]) || "false";
  if (!/^(true|false|1|0|yes|no)$/i.test(said))
    throw badInput(
      `${where}: ${JSON.stringify(said.slice(0, 40))} does not say whether it is estimated; write true or false`,
    );
  const word =
    (kind === undefined ? "" : fields[kind]?.toLowerCase()) ||
    (/^(true|1|yes)$/i.test(said) ? "estimated" : "actual");
  if (word === "actual" || word === "estimated" || word === "forecast") return word;
  throw badInput(
    `${where}: the kind ${JSON.stringify(word.slice(0, 40))} is none; write actual, estimated or forecast`,
  );
}

/** The least distance of two starts, ascending; `undefined` where there are none. */
function leastStep(starts: readonly number[]): number | undefined {
  const steps = starts.flatMap((from, i) => (i === 0 ? [] : [from - (starts[i - 1] ?? from)]));
  return steps
    .filter((step) => step > 0)
    .reduce<number | undefined>((a, b) => Math.min(a ?? b, b), undefined);
}

/** Days of local clocks are 23 or 25 hours long where the clocks change. */
const SHORTEST_DAY_MS = DAY_MS - HOUR_MS;
const LONGEST_DAY_MS = DAY_MS + HOUR_MS;

/** Where a row ends that does not say it. */
function endOf({ where }: FileRow, from: number, next: number | undefined, step: number | undefined): number {
  if (step === undefined || step > LONGEST_DAY_MS)
    throw badInput(
      `${where}: it does not say how long the row is, and no other row tells; add a column "to"`,
    );
  if (step < SHORTEST_DAY_MS) return from + step;
  return next !== undefined && next - from <= LONGEST_DAY_MS ? next : from + DAY_MS;
}
