import type { Command } from "commander";
import { KEEP_DAYS, type PruneReport, prune } from "../sync/prune.js";
import { DAY_MS, formatInstant, formatInstantOrNull } from "../usage/hour.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { number } from "./parse.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";

interface PruneFlags extends StoreFlags {
  readonly keepDays: number;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function pruneCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "prune", "--out DIR [--keep-days DAYS] [--yes]", PAGE);
  return addStoreOptions(command, io)
    .option("--keep-days <days>", "keep hours younger than this", number(0, "days"), KEEP_DAYS)
    .option("--yes", "remove them; without it, only say what would go")
    .option("--dry-run", "only say what would go, also with --yes")
    .option("--json", "print JSON")
    .action(async (flags: PruneFlags) => end(await run(flags, io)));
}

async function run(flags: PruneFlags, io: Io): Promise<ExitStatus> {
  return withStores(flags, async (stores) => {
    const before = io.clock() - flags.keepDays * DAY_MS;
    const report = await prune({
      store: stores.usage,
      averages: stores.averages,
      workspaces: stores.workspaces,
      before,
      dryRun: flags.yes !== true || flags.dryRun === true,
      signal: io.signal,
    });
    const oldest = formatInstantOrNull(report.oldest);
    if (flags.json === true) io.stdout.json({ ...report, before: formatInstant(report.before), oldest });
    else io.stdout.line(lineOf(report, flags.keepDays));
    return EXIT.ok;
  });
}

function lineOf({ rows, scopes, oldest, sessions, dryRun }: PruneReport, keepDays: number): string {
  const parts = [
    ...(rows === 0 || oldest === null
      ? []
      : [`${rows} rows of ${scopes} scopes, from ${formatInstant(oldest)} on`]),
    ...(sessions === null || sessions === 0 ? [] : [`${sessions} sessions of workspaces`]),
  ];
  if (parts.length === 0) return `nothing is older than ${keepDays} days`;
  const what = parts.join(", and ");
  return dryRun ? `${what} would be removed; run it again with --yes to do so` : `${what} were removed`;
}

const PAGE = {
  description:
    "Removes the stored hours of every scope that are older than a year, or than --keep-days, and sessions of workspaces that ended before then; names of people who have nothing else go with them. Nothing is removed without --yes, and nothing else of ada-carbon ever deletes anything. Averages keep what they have learnt.",
  examples: ["ada-carbon prune --out carbon", "ada-carbon prune --out carbon --keep-days 730 --yes"],
};
