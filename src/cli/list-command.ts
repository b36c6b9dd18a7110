import type { Command } from "commander";
import { UsageReader } from "../reports/usage-reader.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, HOUR_MS } from "../usage/hour.js";
import { formatScope, SCOPE_KINDS, type ScopeKind } from "../usage/scope.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { type FormatFlags, formatOption, kind } from "./kinds.js";
import { left, renderWithin, right } from "./render.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";

interface ListFlags extends StoreFlags, FormatFlags {}

export function listCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "list", "[KIND] --out DIR [--format table|csv|json]", PAGE);
  command.argument("[kind]", "only users, projects, machines, groups, experiments or hosts", kind);
  return addStoreOptions(command, io)
    .addOption(formatOption())
    .action(async (wanted: ScopeKind | undefined, flags: ListFlags) =>
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

async function show(
  wanted: ScopeKind | undefined,
  { format }: ListFlags,
  { usage, where }: OpenStores,
  io: Io,
): Promise<ExitStatus> {
  const reader = new UsageReader(usage, { signal: io.signal, where });
  const listed: Listed[] = [];
  for (const kindOfScope of wanted === undefined ? SCOPE_KINDS : [wanted]) {
    for (const scope of await usage.scopes(kindOfScope, { signal: io.signal })) {
      const series = await reader.series(scope);
      const interval = { from: series.hours[0] ?? 0, to: (series.hours.at(-1) ?? -HOUR_MS) + HOUR_MS };
      const { hours, hoursMissing } = tallyOf(series, interval);
      listed.push({
        scope: formatScope(scope),
        from: formatInstant(interval.from),
        to: formatInstant(interval.to),
        hoursKnown: hours - hoursMissing,
      });
    }
  }
  if (listed.length === 0)
    throw new AdaCarbonError(
      "no-data",
      `${where} has nothing stored${wanted === undefined ? "" : ` of ${wanted}s`}; run ada-carbon sync`,
    );
  print(listed, format, io);
  return EXIT.ok;
}

function print(listed: readonly Listed[], format: FormatFlags["format"], io: Io): void {
  if (format === "json") io.stdout.json({ scopes: listed });
  else if (format === "csv") io.stdout.csv(["scope", "from", "to", "hoursKnown"], listed.map(Object.values));
  else {
    const rows = listed.map(({ scope, from, to, hoursKnown }) => [
      left(scope),
      ...[String(hoursKnown), from, to].map(right),
    ]);
    io.stdout.lines([
      ...renderWithin(io.stdout.columns, ["scope", "hours known", "from", "to"], rows),
      "",
      "hours known: those with numbers, idle ones among them, from the first to the last stored hour",
    ]);
  }
}

const PAGE = {
  description:
    "Lists every name of which hours are stored, from when to when, and in how many of the hours between the numbers are known.",
  incomplete: "nothing is stored, or nothing of that kind",
  sections: [
    {
      title: "EXAMPLES",
      body: "    ada-carbon list --out carbon\n    ada-carbon list users --out carbon --format csv",
    },
  ],
};
