import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { UsageStore } from "../stores/usage-store.js";
import { importUsage } from "../timeseries/parquet/import.js";
import { badInput, messageOf } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import { formatScope, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { scope } from "./parse.js";
import { hasCode } from "./read-input.js";
import { moreLines } from "./result.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";

const MOST_SHOWN = 20;

interface ImportFlags extends StoreFlags {
  readonly scope?: Scope;
  readonly json?: true;
}

/** A row that is no hour; `row` is `null` where it is one in this file but a second one of all files. */
interface Fault {
  readonly file: string;
  readonly row: number | null;
  readonly why: string;
}

interface Imported {
  readonly series: UsageSeries[];
  readonly faults: Fault[];
}

export function importCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "import", "FILE... --store PLACE [--scope KIND:NAME] [--json]", PAGE);
  command.argument("<file...>", "Parquet files of the eight columns");
  return addStoreOptions(command, io)
    .option("--scope <kind:name>", "whose hours all rows are, such as project:IDAaaS or ada", scope)
    .option("--json", "print JSON")
    .action(async (files: string[], flags: ImportFlags) => end(await run(files, flags, io)));
}

async function run(files: readonly string[], flags: ImportFlags, io: Io): Promise<ExitStatus> {
  return withStores(
    flags,
    async (stores) => {
      const imported = await readAll(files, flags.scope);
      await assertNotForgotten(imported.series, stores.usage);
      if (imported.faults.length === 0) await stores.usage.replace(imported.series, { signal: io.signal });
      if (flags.json === true) io.stdout.json(documentOf(imported, stores.where));
      else if (imported.faults.length === 0) io.stdout.line(lineOf(imported, stores.where));
      if (imported.faults.length === 0) return EXIT.ok;
      if (flags.json !== true) io.stderr.lines(faultLines(imported.faults));
      throw badInput(
        `nothing was imported, because ${count(imported.faults.length, "row is no hour", "rows are no hours")}; correct or remove them, then run it again`,
      );
    },
    { mayBegin: true },
  );
}

async function assertNotForgotten(series: readonly UsageSeries[], store: UsageStore): Promise<void> {
  const users = series.flatMap(({ scope }) => (scope.kind === "user" ? [scope.name] : []));
  const forgotten = await store.forgottenAmong(users);
  if (forgotten.size === 0) return;
  const who = [...forgotten].join(", ");
  throw badInput(
    `nothing was imported: there are hours of users who were forgotten (${who}); give them to user:unattributed, then run it again`,
  );
}

async function readAll(files: readonly string[], wanted: Scope | undefined): Promise<Imported> {
  const faults: Fault[] = [];
  const series: UsageSeries[] = [];
  const fileOfHour = new Map<string, string>();
  for (const file of files) {
    const found = importUsage(await bytesOf(file), { where: file, scope: wanted });
    faults.push(...found.faults.map((fault) => ({ file, ...fault })));
    series.push(...found.series);
    for (const { scope: owner, hours } of found.series) {
      for (const hour of new Set(hours)) {
        const key = `${hour} ${formatScope(owner)}`;
        const other = fileOfHour.get(key);
        const what = `${formatScope(owner)} at ${Number.isFinite(hour) ? formatInstant(hour) : hour}`;
        if (other !== undefined) faults.push({ file, row: null, why: `${what} is in ${other} too` });
        fileOfHour.set(key, file);
      }
    }
  }
  return { series, faults };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    const reason = hasCode(cause, "EISDIR")
      ? `it is a folder; name the files in it, such as ${file}/*.parquet`
      : messageOf(cause);
    throw badInput(`cannot read ${file}: ${reason}`, cause);
  });
}

function faultLines(faults: readonly Fault[]): string[] {
  const lines = faults.slice(0, MOST_SHOWN).map(({ file, row, why }) => {
    return row === null ? `${file}: ${why}` : `${file}, row ${row}: ${why}`;
  });
  return [...lines, ...moreLines(faults.length - MOST_SHOWN)];
}

function documentOf({ series, faults }: Imported, store: string): object {
  const scopes = series.map((rows) => ({
    scope: formatScope(rows.scope),
    hours: rows.hours.length,
    from: rows.hours[0] === undefined ? null : formatInstant(rows.hours[0]),
  }));
  return { store, imported: faults.length === 0 ? scopes : [], faults };
}

function lineOf({ series }: Imported, store: string): string {
  const hours = series.reduce((sum, rows) => sum + rows.hours.length, 0);
  const scopes = new Set(series.map((rows) => formatScope(rows.scope))).size;
  return `${count(hours, "hour", "hours")} of ${count(scopes, "scope", "scopes")} imported into ${store}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

const PAGE = {
  description: [
    "Takes in hours from Parquet files with the eight columns of the documented schema, written by ada-carbon, pandas, polars, DuckDB, Spark or any other tool: in any order of rows and columns, optional or not, numbers also as decimals, with times in milliseconds, microseconds or nanoseconds (without a zone they are UTC).",
    "",
    "A row is of the scope that --scope names, else of the one in its column scope (kind:name) or project, else of the one that a file of ada-carbon itself names. Other columns are not read. Hours that are stored already are replaced. Coverage, intensity's source and owners are not in such files, so they are unknown.",
    "",
    "A row that is no hour (not a full hour, negative, a number too many or too few for its status, an hour twice) is named with its number, and then nothing of any file is stored.",
  ].join("\n"),
  examples: [
    "ada-carbon import 2024.parquet --store carbon --scope project:IDAaaS",
    "ada-carbon import old/usage/ada.parquet old/usage/*/*.parquet --store sqlite:carbon.db",
  ],
};
