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

/** The table of a kind and a month: `hours/kind=host/month=2025-09/hours.parquet`. */
export function tableOf(kind: ScopeKind, month: string): string {
  return `${tablesFolderOf(kind)}/month=${month}/hours${EXTENSION}`;
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
