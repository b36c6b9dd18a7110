import { type Command, Option } from "commander";
import { summedBases } from "../intensity/gram-bases.js";
import { type KindRollup, rollupKind, type ScopeBins } from "../reports/rollup-kind.js";
import { BIN_SIZES, type BinSize, binTable } from "../timeseries/rollup/index.js";
import { HOUR_MS } from "../usage/hour.js";
import { formatScope, type ScopeKind } from "../usage/scope.js";
import { hoursOfKind, isInUse, statusOfHours } from "./asked-hours.js";
import { commandOf } from "./help.js";
import type { ExitStatus, Io } from "./io.js";
import { printKindBins } from "./kind-bins.js";
import { kindArgument } from "./kinds.js";
import { addPeriodOptions, type PeriodFlags, STORED_HOURS } from "./period-options.js";
import { progressView } from "./progress.js";
import { addFormatOptions, type FormatFlags } from "./result.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import type { LedgerBases } from "./table.js";
import { ofFlags, UsageError } from "./usage-error.js";

interface RollupFlags extends StoreFlags, PeriodFlags, FormatFlags {
  readonly by: BinSize;
  readonly engine?: "duckdb";
}

export function rollupCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "[KIND] --out DIR [--by day|month|year] [--from TIME] [--engine duckdb] [OPTION]...";
  const command = commandOf(program, "rollup", usage, PAGE);
  command.addArgument(kindArgument("users, machines, groups, experiments, hosts, or projects without"));
  addStoreOptions(command, io)
    .addOption(new Option("--by <bin>", "length of a row").choices([...BIN_SIZES]).default("month"))
    .addOption(
      new Option(
        "--engine <engine>",
        "who adds up: DuckDB, of a folder, with npm install @duckdb/node-api; ada-carbon itself without",
      ).choices(["duckdb"]),
    );
  addPeriodOptions(command, STORED_HOURS);
  return addFormatOptions(command).action(async (kind: ScopeKind | undefined, flags: RollupFlags) =>
    end(await withStores(flags, (stores) => run(kind ?? "project", flags, stores, io))),
  );
}

async function run(kind: ScopeKind, flags: RollupFlags, stores: OpenStores, io: Io): Promise<ExitStatus> {
  const { usage, where, pathOf } = stores;
  const isByDuckdb = flags.engine === "duckdb";
  if (isByDuckdb && pathOf === undefined)
    throw new UsageError(`--engine duckdb reads the tables of a folder, and ${where} is none; leave it out`);
  const { ada, interval } = await hoursOfKind(kind, flags, stores, io);
  const { by, zone } = flags;
  ofFlags(() => binTable(interval, by, { zone }));
  const asked: KindRollup = { kind, interval, by, zone };
  const all = await withProgress(asked, io, async (progress) => {
    if (!isByDuckdb) return rollupKind(usage, asked, io.signal, progress);
    const { rollupByDuckdb } = await import("./rollup-duckdb.js");
    return rollupByDuckdb(where, asked, io.signal, progress);
  });
  const used = all.filter(({ bins }) => isInUse(bins));
  printKindBins(
    {
      ...{ kind, by, zone, bases: used.map(basesOf), isSimulated: ada.status.includes("fake") },
      scopes: used.map(({ scope, bins }) => ({ scope: formatScope(scope), bins })),
    },
    flags,
    io,
  );
  return statusOfHours(ada, interval, io);
}

/** Shows how far it is, from when it has taken some seconds on. */
async function withProgress(
  asked: KindRollup,
  io: Io,
  work: (progress: (hoursDone: number) => void) => Promise<ScopeBins[]>,
): Promise<ScopeBins[]> {
  const view = progressView(io);
  const { from, to } = asked.interval;
  const total = (to - from) / HOUR_MS;
  let shownAt = io.clock();
  try {
    return await work((done) => {
      if (io.clock() < shownAt + PROGRESS_EVERY_MS) return;
      shownAt = io.clock();
      view.show({ type: "progress", done, total, message: `of every ${asked.kind} added up` });
    });
  } finally {
    view.stop();
  }
}

const PROGRESS_EVERY_MS = 3000;

function basesOf({ bins }: ScopeBins): LedgerBases {
  const markets = bins.flatMap(({ market }) => market ?? []);
  return { ...summedBases(bins), market: markets.length === 0 ? undefined : summedBases(markets) };
}

const PAGE = {
  description:
    "Sums years of every scope of a kind, of thousands of hosts as well: the rows that report --scope KIND prints, from one look at all of them together. --engine duckdb has DuckDB read a folder's tables where they lie, which no sync may write to meanwhile.",
  incomplete: "hours of the interval are not stored, incomplete or without carbon, or nothing of the kind is",
  examples: [
    "ada-carbon rollup --out carbon --by year",
    "ada-carbon rollup hosts --out carbon --from 2025 --by month --engine duckdb --format csv",
    "ada-carbon rollup users --store postgres://ada@db.example/carbon --by day --from 2025-09",
  ],
};
