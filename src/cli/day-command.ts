import type { Command } from "commander";
import { readDayEntry } from "../reports/day.js";
import { AdaCarbonError } from "../usage/errors.js";
import { parseHour } from "../usage/hour.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";

interface DayFlags extends StoreFlags {
  readonly project?: string;
  readonly date?: string;
}

export function dayCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "day", "--out DIR --project NAME --date YYYY-MM-DD", PAGE);
  return addStoreOptions(command, io)
    .option("--project <name>", "the project")
    .option("--date <date>", "the UTC day, such as 2025-09-10")
    .action(async (flags: DayFlags) => end(await run(flags, io)));
}

async function run(flags: DayFlags, io: Io): Promise<ExitStatus> {
  const { project, date } = flags;
  if (project === undefined || date === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(date)) {
    throw new AdaCarbonError(
      "bad-input",
      "--project NAME and --date YYYY-MM-DD are both needed; see ada-carbon day --help",
    );
  }
  const day = parseHour(`${date}T00:00:00Z`);
  return withStores(flags, async (stores) => {
    const entry = await readDayEntry(stores.usage, project, day, { signal: io.signal });
    io.stdout.write(`${JSON.stringify(entry, null, 2)}\n`);
    return EXIT.ok;
  });
}

const PAGE = {
  description:
    'The EstimatedUsageDayEntry document: totals and hours of the project (all) and of each of its machines, "failed" where nothing was downloaded. Machines are summed from the stored hosts.',
  sections: [
    { title: "EXAMPLES", body: "    ada-carbon day --out carbon --project IDAaaS --date 2025-09-10" },
  ],
};
