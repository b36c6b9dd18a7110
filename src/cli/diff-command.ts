import type { Command } from "commander";
import type { Statement } from "../reports/statement.js";
import { type DiffTextFlags, printDifference } from "./diff-text.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { count } from "./parse.js";
import { addFormatOptions } from "./result.js";
import { readSavedStatement, statementNow } from "./statements.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed, UsageError } from "./usage-error.js";

interface DiffFlags extends StoreFlags, DiffTextFlags {
  readonly market?: true;
}

const SEE_ALSO = "ada-carbon diff --help";

export function diffCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "FROM TO [OPTION]...\nFROM --out DIR [OPTION]...";
  const command = commandOf(program, "diff", usage, PAGE)
    .argument("[from]", "what was said, as report --save wrote it")
    .argument("[to]", "what was said later; what is stored now without")
    .option("--market", "of market-based grams, by what was bought, instead of those by the grid")
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
  const isMarket = flags.market === true;
  const { marketStatement } = await import("../reports/market-statement.js");
  const difference = isMarket
    ? differenceOf(marketStatement(from), marketStatement(to))
    : differenceOf(from, to);
  printDifference(difference, { from: fromPath, to: where, isSimulated, isMarket }, flags, io);
  return EXIT.ok;
}

async function storedNow(from: Statement, flags: StoreFlags, io: Io): Promise<[Statement, string]> {
  if (flags.out === undefined && flags.store === undefined)
    throw new UsageError(`TO is missing: a later statement, or --out DIR or --store PLACE; see ${SEE_ALSO}`);
  return withStores(flags, async (stores) => [await statementNow(from, stores, io), stores.where]);
}

const PAGE = {
  description: [
    "Attributes every kWh and gram between two statements of a scope and interval to one cause. A store keeps what it knows now, and not what it knew: keep what you publish with report --save, and hold it later against the store, or against what you kept then.",
    "",
    "Causes are told apart in this order, each with those above it as they are now: hours added or removed; hours repaired (the CPU-seconds of hosts were measured again); owners corrected; model changed (other kWh for a CPU-second: a model, a catalogue or a meter); intensity revised; carbon became known, or is no longer. What the statements do not tell apart is called so.",
  ].join("\n"),
  incomplete: "nothing is stored of the statement's scope and interval",
  examples: [
    "ada-carbon report --out carbon --scope project:IDAaaS --from 2025-09 --save september.json",
    "ada-carbon diff september.json --out carbon",
    "ada-carbon diff september.json september-again.json --format json",
    "ada-carbon diff september.json --out carbon --market",
  ],
};
