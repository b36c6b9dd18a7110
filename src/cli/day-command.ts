import type { Command } from "commander";
import { readDayEntry } from "../reports/day.js";
import { UsageReader } from "../reports/usage-reader.js";
import { DAY_MS } from "../usage/hour.js";
import { statusOfHours } from "./asked-hours.js";
import { commandOf } from "./help.js";
import type { ExitStatus, Io } from "./io.js";
import { day } from "./parse.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed } from "./usage-error.js";

interface DayFlags extends StoreFlags {
  readonly project?: string;
  readonly date?: number;
}

export function dayCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "day", "--out DIR --project NAME --date YYYY-MM-DD", PAGE);
  return addStoreOptions(command, io)
    .option("--project <name>", "the project")
    .option("--date <date>", "the UTC day, such as 2025-09-10", day)
    .action(async (flags: DayFlags) => end(await run(flags, io)));
}

async function run(flags: DayFlags, io: Io): Promise<ExitStatus> {
  const project = needed(flags.project, "--project NAME", "ada-carbon day --help");
  const date = needed(flags.date, "--date YYYY-MM-DD", "ada-carbon day --help");
  return withStores(flags, async (stores) => {
    const reader = new UsageReader(stores.usage, { signal: io.signal, where: stores.where });
    const hours = { from: date, to: date + DAY_MS };
    const series = await reader.series({ kind: "project", name: project }, hours);
    io.stdout.json(await readDayEntry(stores.usage, project, date, { signal: io.signal }));
    return statusOfHours(series, hours, io);
  });
}

const PAGE = {
  description:
    'The EstimatedUsageDayEntry document: totals and hours of the project (all) and of each of its machines, "failed" where nothing was downloaded. Machines are summed from the stored hosts.',
  incomplete: "hours of the day are not stored, incomplete or without carbon",
  sections: [
    { title: "EXAMPLES", body: "    ada-carbon day --out carbon --project IDAaaS --date 2025-09-10" },
  ],
};
