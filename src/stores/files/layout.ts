import { DAY_MS, HOUR_MS, type Interval } from "../../usage/hour.js";
import { intervalOfMonth } from "../../usage/month.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../../usage/scope.js";
import { assertScope } from "../names.js";
import { encodeName } from "./names.js";

export const EXTENSION = ".parquet";
const USAGE = "usage";

/** The folder, below the store's and `/`-separated, of the files of a kind. */
export function folderOf(kind: ScopeKind): string {
  return kind === "ada" ? USAGE : `${USAGE}/${kind}`;
}

/** All folders that hold usage files. */
export const USAGE_FOLDERS: readonly string[] = SCOPE_KINDS.map(folderOf);

/** Kinds of which the documents ask for one file a scope, with eight columns. */
export const PUBLISHED_KINDS: readonly ScopeKind[] = ["ada", "project"];

const HOURS = "hours";
const MONTH = /^month=(\d{4}-\d{2})$/;

/** The folder of a kind's tables: `hours/kind=host`. */
export function tablesFolderOf(kind: ScopeKind): string {
  return `${HOURS}/kind=${kind}`;
}

/** The folder of a kind's tables of a month: `hours/kind=host/month=2025-09`. */
export function monthFolderOf(kind: ScopeKind, month: string): string {
  return `${tablesFolderOf(kind)}/month=${month}`;
}

/** Where the rows of a kind in [from, to) are: all of a month, or a part of it. */
export interface TablePlace extends Interval {
  readonly kind: ScopeKind;
  /** UTC, such as `2025-09`. */
  readonly month: string;
}

/**
 * The table of a place: `hours.parquet` from the beginning of its month. Where a month has more rows than are good to
 * write anew each time, `hours-from-09T13.parquet` goes on from the 9th at 13:00.
 */
export function tableOf({ kind, month, from }: TablePlace): string {
  const begin =
    from === intervalOfMonth(month).from ? "" : `-from-${new Date(from).toISOString().slice(8, 13)}`;
  return `${monthFolderOf(kind, month)}/hours${begin}${EXTENSION}`;
}

const FROM = /^hours-from-(\d{2})T(\d{2})$/;

/** From when on a file of that name, without extension, has the rows of a month; `undefined` for other files. */
export function beginOfTable(month: string, name: string): number | undefined {
  const ofMonth = intervalOfMonth(month);
  if (name === "hours") return ofMonth.from;
  const [, day, hour] = FROM.exec(name) ?? [];
  const begin = ofMonth.from + (Number(day) - 1) * DAY_MS + Number(hour) * HOUR_MS;
  return begin < ofMonth.to ? begin : undefined;
}

/** The month that a folder below {@link tablesFolderOf} is for, if it is one of ours. */
export function monthOfFolder(name: string): string | undefined {
  return MONTH.exec(name)?.[1];
}

/**
 * The file of a scope, below the store's folder: `usage/ada.parquet`, `usage/project/IDAaaS.parquet`.
 *
 * @throws {AdaCarbonError} `bad-input` for a name that cannot be a file's, or that is not `ada` for kind `ada`.
 */
export function fileOf(scope: Scope): string {
  assertScope(scope);
  return `${folderOf(scope.kind)}/${encodeName(scope.name)}${EXTENSION}`;
}
