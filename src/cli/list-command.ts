import type { Command } from "commander";
import type { CallOptions } from "../stores/call-options.js";
import type { StoredSpan } from "../stores/stored-span.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import { EVER, formatEnds, HOUR_MS } from "../usage/hour.js";
import { formatScope, SCOPE_KINDS, type ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { kindArgument } from "./kinds.js";
import { addFormatOptions, type Column, type FormatFlags, numbers, printResult } from "./result.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";

interface ListFlags extends StoreFlags, FormatFlags {}

export function listCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "list", "[KIND] --out DIR [--format table|csv|json]", PAGE);
  command.addArgument(kindArgument("only users, projects, machines, groups, experiments or hosts"));
  return addFormatOptions(addStoreOptions(command, io)).action(
    async (wanted: ScopeKind | undefined, flags: ListFlags) =>
      end(await withStores(flags, (stores) => show(wanted, flags, stores, io))),
  );
}

/** A scope, and what is stored of it. */
interface Listed {
  readonly scope: string;
  readonly from: string;
  readonly to: string;
  readonly hoursKnown: number;
}

const COLUMNS: readonly Column<Listed>[] = [
  { head: "scope", name: "scope", value: ({ scope }) => scope },
  numbers("hours known", "hoursKnown", 0, ({ hoursKnown }) => hoursKnown),
  { head: "from", name: "from", value: ({ from }) => from, isExtra: true },
  { head: "to", name: "to", value: ({ to }) => to },
];

async function show(
  wanted: ScopeKind | undefined,
  flags: ListFlags,
  { usage, where }: OpenStores,
  io: Io,
): Promise<ExitStatus> {
  const rows: Listed[] = [];
  for (const kind of wanted === undefined ? SCOPE_KINDS : [wanted])
    rows.push(...(await storedSpans(usage, kind, { signal: io.signal })).map(listed));
  if (rows.length === 0)
    throw new AdaCarbonError(
      "no-data",
      `${where} has nothing stored${wanted === undefined ? "" : ` of ${wanted}s`}; run ada-carbon sync`,
    );
  const legend = [
    "hours known: stored ones with numbers. Of users, machines, groups, experiments and hosts, those in which something of them ran.",
  ];
  printResult({ columns: COLUMNS, rows, legend, document: { scopes: rows } }, flags, io);
  return EXIT.ok;
}

function listed({ scope, first, last, hoursKnown }: StoredSpan): Listed {
  return {
    scope: formatScope(scope),
    ...formatEnds({ from: first, to: last + HOUR_MS }),
    hoursKnown,
  };
}

const PAGE = {
  description:
    "Lists every name of which hours are stored, from when to when, and in how many hours the numbers are known.",
  incomplete: "nothing is stored, or nothing of that kind",
  examples: ["ada-carbon list --out carbon", "ada-carbon list users --out carbon --format csv"],
};

/** A span of every scope of a kind, by name: from the store where it knows them, else from all rows. */
async function storedSpans(
  store: UsageStore,
  kind: ScopeKind,
  options: CallOptions = {},
): Promise<StoredSpan[]> {
  if (store.spans !== undefined) return store.spans(kind, options);
  const spans: StoredSpan[] = [];
  for (const scope of await store.scopes(kind, options))
    spans.push(...spanOfSeries(await store.read(scope, EVER, options)));
  return spans;
}

function spanOfSeries({ scope, hours, busyCpuSeconds }: UsageSeries): StoredSpan[] {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return [];
  const hoursKnown = busyCpuSeconds.filter((seconds) => !Number.isNaN(seconds)).length;
  return [{ scope, first, last, hoursKnown }];
}
