import type { Command } from "commander";
import { readDayEntry } from "../reports/day.js";
import { UsageReader } from "../reports/usage-reader.js";
import { parsePeriod } from "../timeseries/rollup/period.js";
import { DAY_MS } from "../usage/hour.js";
import { statusOfHours } from "./asked-hours.js";
import { commandOf } from "./help.js";
import type { ExitStatus, Io } from "./io.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed, ofFlags, UsageError } from "./usage-error.js";

interface DayFlags extends StoreFlags {
  readonly project?: string;
  readonly date?: string;
}

export function dayCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "day", "--out DIR --project NAME --date YYYY-MM-DD", PAGE);
  return addStoreOptions(command, io)
    .option("--project <name>", "the project")
    .option("--date <date>", "the UTC day, such as 2025-09-10, yesterday or today")
    .action(async (flags: DayFlags) => end(await run(flags, io)));
}

async function run(flags: DayFlags, io: Io): Promise<ExitStatus> {
  const project = needed(flags.project, "--project NAME", "ada-carbon day --help");
  const date = dayOf(needed(flags.date, "--date YYYY-MM-DD", "ada-carbon day --help"), io);
  return withStores(flags, async (stores) => {
    const reader = new UsageReader(stores.usage, { signal: io.signal, where: stores.where });
    const hours = { from: date, to: date + DAY_MS };
    const series = await reader.series({ kind: "project", name: project }, hours);
    io.stdout.json(await readDayEntry(stores.usage, project, date, { signal: io.signal }));
    return statusOfHours(series, hours, io);
  });
}

function dayOf(text: string, io: Io): number {
  const { from, to } = ofFlags(() => parsePeriod(text, "UTC", io.clock()), "--date");
  if (to !== undefined && to - from === DAY_MS) return from;
  throw new UsageError(`--date: ${JSON.stringify(text)} is no day; write YYYY-MM-DD, yesterday or today`);
}

const PAGE = {
  description:
    'The EstimatedUsageDayEntry document: totals and hours of the project (all) and of each of its machines, "failed" where nothing was downloaded. Machines are summed from the stored hosts.',
  incomplete: "hours of the day are not stored, incomplete or without carbon",
  examples: ["ada-carbon day --out carbon --project IDAaaS --date 2025-09-10"],
};
