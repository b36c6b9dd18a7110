import { type Command, Option } from "commander";
import { joinBases } from "../intensity/basis-of-source.js";
import { type GramBases, isOfTwoBases, mergedBases } from "../intensity/gram-bases.js";
import { knownGrams } from "../reports/known-totals.js";
import { basisGroups } from "../reports/owner-list.js";
import { type ScopeTotals, UsageReader } from "../reports/usage-reader.js";
import { busyAndIdle, marketTotal, type Sums } from "../timeseries/rollup/bin.js";
import { periodBefore } from "../timeseries/rollup/period-before.js";
import { byCodeUnit } from "../usage/code-units.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, formatInterval, type Interval } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import { hoursOfKind, isInUse, statusOfHours } from "./asked-hours.js";
import { demoStore, startDemo, tryNext } from "./demo.js";
import { commandOf } from "./help.js";
import type { ExitStatus, Io } from "./io.js";
import { kindArgument } from "./kinds.js";
import { count } from "./parse.js";
import { addPeriodOptions, type PeriodFlags, STORED_HOURS } from "./period-options.js";
import { percent } from "./render.js";
import {
  addFormatOptions,
  type Column,
  columnsOver,
  type FormatFlags,
  numbers,
  printResult,
} from "./result.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { basisColumns, basisDocument, basisLegend, gramColumns, haveMarket, ledgerLegend } from "./table.js";
import { needed } from "./usage-error.js";

const KINDS_IN_WORDS = "users, projects, machines, groups, experiments or hosts";

type Measure = "energy" | "carbon" | "market-carbon" | "idle";

interface TopFlags extends StoreFlags, PeriodFlags, FormatFlags {
  readonly by: Measure;
  readonly limit: number;
  readonly beside?: "before";
  readonly demo?: true;
}

export function topCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "KIND --out DIR [--by energy|carbon|market-carbon|idle] [--from TIME] [OPTION]...";
  const command = commandOf(program, "top", usage, PAGE);
  command.addArgument(kindArgument(KINDS_IN_WORDS));
  addStoreOptions(command, io)
    .addOption(new Option("--demo", "of a simulated cluster; needs no server").conflicts(["out", "store"]))
    .addOption(
      new Option(
        "--by <measure>",
        "what is ranked: kWh, gCO2eq, market-based gCO2eq, or kWh that idle cores took",
      )
        .choices(["energy", "carbon", "market-carbon", "idle"])
        .default("energy"),
    )
    .option("--limit <count>", "how many are shown", count, 10);
  addPeriodOptions(command, STORED_HOURS).addOption(
    new Option("--beside <period>", "also show it of the period before").choices(["before"]),
  );
  return addFormatOptions(command).action(async (wanted: ScopeKind | undefined, flags: TopFlags) =>
    end(await run(needed(wanted, `what is ranked (${KINDS_IN_WORDS})`, "ada-carbon top --help"), flags, io)),
  );
}

async function run(wanted: ScopeKind, flags: TopFlags, io: Io): Promise<ExitStatus> {
  if (flags.demo !== true) return withStores(flags, (stores) => show(wanted, flags, stores, io));
  await using demo = await startDemo(undefined, io);
  return show(wanted, flags, { usage: await demoStore(demo, io), where: "the demo" }, io);
}

/** A scope, what is ranked of it, and the same of the period before. */
interface Ranked extends ScopeTotals {
  readonly measured: number | null;
  readonly before: number | null;
}

async function show(
  wanted: ScopeKind,
  flags: TopFlags,
  stores: Pick<OpenStores, "usage" | "where">,
  io: Io,
): Promise<ExitStatus> {
  const { ada, interval, scopes } = await hoursOfKind(wanted, flags, stores, io);
  const reader = new UsageReader(stores.usage, { signal: io.signal, where: stores.where });
  const found = await reader.totalsOfEach(scopes, interval);
  if (flags.by === "market-carbon" && !haveMarket(found.map(({ totals }) => totals)))
    throw new AdaCarbonError(
      "no-data",
      `no hour in ${stores.where} has market-based grams: what was bought is said by ada-carbon sync --market, which adds them to stored hours, too`,
    );
  const used = found
    .filter(({ totals }) => isInUse([totals]))
    .map((entry) => ({ ...entry, measured: measureOf(entry, flags.by) }))
    .sort((a, b) => (b.measured ?? -1) - (a.measured ?? -1));
  const groupOf = basisGroups(used.flatMap(({ totals }) => gramsOf(totals, flags.by) ?? []));
  const ranked = [...Map.groupBy(used, ({ totals }) => groupOf(gramsOf(totals, flags.by) ?? NO_GRAMS))]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .flatMap(([, together]) => together.slice(0, flags.limit));
  const earlier =
    flags.beside === undefined
      ? []
      : await reader.totalsOfEach(
          ranked.map(({ scope }) => scope),
          periodBefore(interval, flags.zone),
        );
  const rows = ranked.map((entry, i) => {
    const before = earlier[i];
    return { ...entry, before: before === undefined ? null : measureBefore(entry, before, flags.by) };
  });
  print(wanted, rows, interval, flags, ada.status.includes("fake"), io);
  return statusOfHours(ada, interval, io);
}

function measureOf({ totals }: ScopeTotals, by: Measure): number | null {
  if (by === "market-carbon") return marketTotal(totals.market);
  return by === "idle" ? totals.idleKwh : busyAndIdle(totals, by).total;
}

/** The grams by which is ranked; `undefined` where it is not by grams. */
function gramsOf(totals: Sums, by: Measure): GramBases | undefined {
  if (by === "market-carbon") return totals.market;
  return by === "carbon" ? totals : undefined;
}

const NO_GRAMS: GramBases = { bases: [], hoursOfUnknownBasis: 0 };

/** What is shown of the period before, which grams of another basis cannot be held against. */
function measureBefore({ totals }: ScopeTotals, before: ScopeTotals, by: Measure): number | null {
  const grams = [totals, before.totals].flatMap((sums) => gramsOf(sums, by) ?? []);
  return isOfTwoBases(mergedBases(grams)) ? null : measureOf(before, by);
}

/** What is ranked, as people call it. */
const UNITS: Readonly<Record<Measure, string>> = {
  energy: "kWh",
  carbon: "gCO2eq",
  "market-carbon": "gCO2eq (market)",
  idle: "idle kWh",
};

function columnsOf(
  wanted: ScopeKind,
  { hasMarket, hasBases }: { readonly hasMarket: boolean; readonly hasBases: boolean },
  { by, beside }: TopFlags,
): Column<Ranked>[] {
  const before = numbers<Ranked>(
    `${UNITS[by]} before`,
    "before",
    by.endsWith("carbon") ? 1 : 3,
    (row) => row.before,
  );
  return [
    { head: wanted, name: "name", value: ({ scope }) => scope.name },
    numbers("kWh", "kwh", 3, ({ totals }) => busyAndIdle(totals, "energy").total),
    ...gramColumns<Ranked>(hasMarket, ({ totals }) => totals),
    numbers("idle kWh", "idleKwh", 3, ({ totals }) => totals.idleKwh),
    ...(beside === undefined ? [] : [before]),
    {
      head: "idle share",
      value: ({ totals }) => percent(totals.idleKwh ?? 0, busyAndIdle(totals, "energy").total ?? 0),
      isExtra: true,
    },
    { name: "hoursMissing", value: ({ totals }) => totals.hoursMissing },
    { name: "hoursIncomplete", value: ({ totals }) => totals.hoursIncomplete },
    ...columnsOver(
      basisColumns(hasMarket).map((column) => (hasBases ? { ...column, head: column.name ?? "" } : column)),
      ({ totals }: Ranked) => totals,
    ),
  ];
}

function print(
  wanted: ScopeKind,
  rows: readonly Ranked[],
  interval: Interval,
  flags: TopFlags,
  isSimulated: boolean,
  io: Io,
): void {
  const { by, zone, beside, demo } = flags;
  const [from, to] = [formatInstant(interval.from), formatInstant(interval.to)];
  const totals = rows.map((row) => row.totals);
  const hasBases = isOfTwoBases(mergedBases(totals.flatMap((sums) => gramsOf(sums, by) ?? [])));
  const top = rows.map(({ scope, totals, before }) => ({
    name: scope.name,
    kwh: busyAndIdle(totals, "energy").total,
    idleKwh: totals.idleKwh,
    gco2eq: knownGrams(totals),
    basis: joinBases(totals.bases) ?? null,
    ...(totals.market === undefined ? {} : { marketGco2eq: marketTotal(totals.market) }),
    hoursMissing: totals.hoursMissing,
    hoursIncomplete: totals.hoursIncomplete,
    ...(beside === undefined ? {} : { before }),
  }));
  printResult(
    {
      isSimulated,
      title: `${wanted}s by ${UNITS[by]}, ${formatInterval(interval)}`,
      columns: columnsOf(wanted, { hasMarket: haveMarket(totals), hasBases }, flags),
      rows,
      legend: [
        "kWh and gCO2eq: busy and idle cores together. -: not known.",
        ...basisLegend(totals),
        ...(hasBases ? ["Those of each basis are ranked apart."] : []),
        ...ledgerLegend(totals),
        ...(demo === true ? tryNext("ada-carbon sync --demo", "ada-carbon serve --demo") : []),
      ],
      document: { kind: wanted, by, from, to, zone, simulated: isSimulated, ...basisDocument(totals), top },
    },
    flags,
    io,
  );
}

const PAGE = {
  description:
    "Ranks the users, projects, machines, groups, experiments or hosts of an interval by the electricity or the carbon that they took, or by what their idle cores took. A terminal that is narrow loses columns from the right; --format csv and json have all of them.",
  incomplete: "hours of the interval are not stored, incomplete or without carbon, or nothing of the kind is",
  examples: [
    "ada-carbon top users --demo",
    "ada-carbon top machines --out carbon --by idle --from yesterday",
    "ada-carbon top projects --out carbon --from 2025-09 --beside before --format csv",
  ],
};
