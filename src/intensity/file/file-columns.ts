import { type AdaCarbonError, badInput } from "../../usage/errors.js";
import { nearestFirst } from "../../usage/nearest-name.js";
import type { FileRow } from "./file-text.js";
import { plainName, type ValueColumn, valueColumn } from "./value-column.js";

/** Where a file has what. */
export interface FileColumns {
  readonly time: string;
  readonly end: string | undefined;
  readonly value: ValueColumn;
  readonly losses: ValueColumn | undefined;
  /** Names of the same place: a country has a name and a code. */
  readonly zones: readonly string[];
  readonly kind: string | undefined;
  readonly estimated: string | undefined;
}

const TIME_NAMES = ["from", "start", "starts", "datetime", "datetime_utc", "time", "date", "month", "year"];
const ZONE_NAMES = ["zone", "code", "entity", "country", "region"];

/** Finds the columns by their names. `bad-input` where there is no time, or not one intensity. */
export function columnsOf(rows: readonly FileRow[], where: string): FileColumns {
  const names = [...new Set(rows.flatMap(({ fields }) => Object.keys(fields)))];
  const named = (wanted: readonly string[]): string[] =>
    wanted.flatMap((word) => names.filter((name) => plainName(name) === word));
  const values = names.flatMap((name) => valueColumn(name) ?? []);
  const isLosses = ({ name }: ValueColumn): boolean => plainName(name).includes("losses");
  const [value, second] = values.filter((column) => !isLosses(column));
  const [time] = named(TIME_NAMES);
  if (rows.length === 0) throw badInput(`${where}: it has no rows`);
  if (time === undefined) throw without(where, `no time: a column ${TIME_NAMES.join(", ")}`, names);
  if (value === undefined)
    throw without(where, "no intensity: a column named by its unit, such as gco2e_per_kwh", names);
  if (second !== undefined)
    throw badInput(`${where}: two columns are intensities, ${value.name} and ${second.name}; leave one`);
  return {
    time,
    end: named(["to", "end", "ends"])[0],
    value,
    losses: values.find(isLosses),
    zones: named(ZONE_NAMES),
    kind: named(["kind"])[0],
    estimated: named(["isestimated", "is_estimated", "estimated"])[0],
  };
}

function without(where: string, what: string, names: readonly string[]): AdaCarbonError {
  return badInput(`${where}: it has ${what}; there are ${names.join(", ")}`);
}

/** The rows of one zone. Where the file has only one, nobody needs to name it. */
export function rowsOfZone(
  rows: readonly FileRow[],
  { zones }: FileColumns,
  wanted: string | undefined,
  where: string,
): readonly FileRow[] {
  const isOf = ({ fields }: FileRow, zone: string): boolean =>
    zones.some((column) => fields[column]?.toLowerCase() === zone.toLowerCase());
  const [label] = zones;
  if (wanted === undefined) {
    const there = [...new Set(label === undefined ? [] : rows.map(({ fields }) => fields[label] ?? ""))];
    if (there.length < 2) return rows;
    const some = there.filter(Boolean).slice(0, 5).join(", ");
    throw badInput(`${where}: it has ${there.length} zones; say which (${some}, ...)`);
  }
  const found = rows.filter((row) => isOf(row, wanted));
  if (found.length > 0) return found;
  const names = new Set(rows.flatMap(({ fields }) => zones.flatMap((column) => fields[column] || [])));
  const near = nearestFirst(wanted, [...names]).slice(0, 3);
  const instead = near.length === 0 ? "it has no column of zones" : `near it are ${near.join(", ")}`;
  throw badInput(`${where}: no zone is called ${JSON.stringify(wanted)}; ${instead}`);
}
