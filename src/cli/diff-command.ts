import type { Command } from "commander";
import type { CauseAmount, CauseOfChange, ChangedHour, Difference } from "../reports/difference.js";
import type { Statement } from "../reports/statement.js";
import { formatInstant, formatInterval } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { count } from "./parse.js";
import { decimals, orDash, percent } from "./render.js";
import {
  addFormatOptions,
  type Column,
  drawTable,
  type FormatFlags,
  numbers,
  printResult,
} from "./result.js";
import { readSavedStatement, statementNow } from "./statements.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed, UsageError } from "./usage-error.js";

interface DiffFlags extends StoreFlags, FormatFlags {
  readonly limit: number;
}

const SEE_ALSO = "ada-carbon diff --help";

export function diffCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "FROM TO [OPTION]...\nFROM --out DIR [OPTION]...";
  const command = commandOf(program, "diff", usage, PAGE)
    .argument("[from]", "what was said, as report --save wrote it")
    .argument("[to]", "what was said later; what is stored now without")
    .option("--limit <count>", "how many hours are shown, those that changed most", count, 5);
  return addFormatOptions(addStoreOptions(command, io)).action(
    async (from: string | undefined, to: string | undefined, flags: DiffFlags, made: Command) => {
      const isStoreGiven = ["out", "store"].some((name) => made.getOptionValueSource(name) === "cli");
      if (to !== undefined && isStoreGiven)
        throw new UsageError(`give ${to}, or a store to hold ${from} against, and not both`);
      end(await run(needed(from, "FROM, which report --save wrote,", SEE_ALSO), to, flags, io));
    },
  );
}

async function run(
  fromPath: string,
  toPath: string | undefined,
  flags: DiffFlags,
  io: Io,
): Promise<ExitStatus> {
  const { differenceOf } = await import("../reports/difference.js");
  const from = await readSavedStatement(fromPath);
  const [to, where] =
    toPath === undefined ? await storedNow(from, flags, io) : [await readSavedStatement(toPath), toPath];
  const isSimulated = [from, to].some(({ hours }) => hours.some(({ status }) => status === "fake"));
  print(differenceOf(from, to), { from: fromPath, to: where, isSimulated }, flags, io);
  return EXIT.ok;
}

async function storedNow(from: Statement, flags: StoreFlags, io: Io): Promise<[Statement, string]> {
  if (flags.out === undefined && flags.store === undefined)
    throw new UsageError(`TO is missing: a later statement, or --out DIR or --store PLACE; see ${SEE_ALSO}`);
  return withStores(flags, async (stores) => [await statementNow(from, stores, io), stores.where]);
}

/** With its sign; what rounds to nothing has none. */
function signed(value: number, digits: number): string {
  const sign = value > 0 && decimals(value, digits) !== decimals(0, digits) ? "+" : "";
  return sign + decimals(value, digits).replace(/^-(?=[0.]+$)/, "");
}

function changes<Row extends { readonly kwh: number; readonly gco2eq: number }>(): Column<Row>[] {
  return [
    { head: "kWh", name: "kwh", value: ({ kwh }) => kwh, text: ({ kwh }) => signed(kwh, 4) },
    {
      head: "gCO2eq",
      name: "gco2eq",
      value: ({ gco2eq }) => gco2eq,
      text: ({ gco2eq }) => signed(gco2eq, 2),
    },
  ];
}

function causeColumns({ causes }: Difference): Column<CauseOfChange>[] {
  const hasCarbon = causes.some(({ gco2eq }) => gco2eq !== 0);
  const size = ({ kwh, gco2eq }: CauseAmount): number => Math.abs(hasCarbon ? gco2eq : kwh);
  const all = causes.reduce((sum, cause) => sum + size(cause), 0);
  return [
    { head: "cause", name: "cause", value: ({ cause }) => cause },
    numbers("hours", "hours", 0, ({ hours }) => hours),
    ...changes<CauseOfChange>(),
    { head: "share", value: (cause) => percent(size(cause), all) },
  ];
}

const HOUR_COLUMNS: readonly Column<ChangedHour>[] = [
  { head: "hour", value: ({ hour }) => formatInstant(hour) },
  ...changes<ChangedHour>(),
  { head: "by", value: ({ causes }) => causes.map(({ cause }) => cause).join(", "), align: "left" },
];

/** Where the statements are from, and whether one of them is of a made-up cloud. */
interface Shown {
  readonly from: string;
  readonly to: string;
  readonly isSimulated: boolean;
}

function print(difference: Difference, shown: Shown, flags: DiffFlags, io: Io): void {
  const { scope, interval, causes, changed } = difference;
  const table = causes.length === 0 ? [] : ["", ...hourLines(changed, flags.limit, io)];
  printResult(
    {
      title: `${shown.isSimulated ? "SIMULATED  " : ""}${formatScope(scope)}, ${formatInterval(interval)}`,
      columns: causeColumns(difference),
      rows: causes,
      empty: "nothing changed",
      facts: [...totalLines(difference, shown), ...detailLines(causes), ...table],
      legend:
        causes.length === 0
          ? []
          : [
              "share: of all that moved, up or down. What two causes did together is in the one further down.",
            ],
      document: { simulated: shown.isSimulated, ...documentOf(difference) },
    },
    flags,
    io,
  );
}

function totalLines({ from, to }: Difference, shown: Shown): string[] {
  const line = (path: string, { statedAt, kwh, gco2eq }: Difference["from"]): string =>
    `${path}, as of ${formatInstant(statedAt)}: ${orDash(kwh, 4)} kWh, ${orDash(gco2eq, 2)} gCO2eq`;
  return [line(shown.from, from), line(shown.to, to)];
}

/** So many things of a cause are shown. */
const MOST_DETAILS = 3;

function detailLines(causes: readonly CauseOfChange[]): string[] {
  return causes.flatMap(({ cause, details }) => {
    if (details.length === 0) return [];
    const shown = details
      .slice(0, MOST_DETAILS)
      .map(({ what, kwh, gco2eq }) => `  ${what}: ${signed(kwh, 4)} kWh, ${signed(gco2eq, 2)} gCO2eq`);
    const more = details.length - MOST_DETAILS;
    return ["", `${cause}:`, ...shown, ...(more > 0 ? [`  and ${more} more; --json has them`] : [])];
  });
}

function hourLines(changed: readonly ChangedHour[], limit: number, { stdout }: Io): string[] {
  const size = ({ kwh, gco2eq }: ChangedHour): number => Math.abs(gco2eq) || Math.abs(kwh);
  const most = changed.toSorted((a, b) => size(b) - size(a)).slice(0, limit);
  const more = changed.length - most.length;
  const rest = more > 0 ? [`and ${more} more; --json has them`] : [];
  return [...drawTable(HOUR_COLUMNS, most, stdout.columns).lines, ...rest];
}

function documentOf({ scope, interval, from, to, changed, ...rest }: Difference): object {
  const said = (total: Difference["from"]): object => ({ ...total, statedAt: formatInstant(total.statedAt) });
  return {
    scope: formatScope(scope),
    interval: { from: formatInstant(interval.from), to: formatInstant(interval.to) },
    ...{ from: said(from), to: said(to), ...rest },
    changed: changed.map((hour) => ({ ...hour, hour: formatInstant(hour.hour) })),
  };
}

const PAGE = {
  description: [
    "Attributes every kWh and gram between two statements of a scope and interval to one cause. A store keeps what it knows now, and not what it knew: keep what you publish with report --save, and hold it later against the store, or against what you kept then.",
    "",
    "Causes are told apart in this order, each with those above it as they are now: hours added or removed; hours repaired (the CPU-seconds of hosts were measured again); owners corrected; model changed (other kWh for a CPU-second: a model, a catalogue or a meter); intensity revised; carbon became known, or is no longer. What the statements do not tell apart is called so.",
  ].join("\n"),
  incomplete: "nothing is stored of the statement's scope and interval",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon report --out carbon --scope project:IDAaaS --from 2025-09 --save september.json",
        "    ada-carbon diff september.json --out carbon",
        "    ada-carbon diff september.json september-again.json --format json",
      ].join("\n"),
    },
  ],
};
