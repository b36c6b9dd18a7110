import type { Command } from "commander";
import type { SyncReport } from "../sync/events.js";
import { runSync } from "../sync/sync.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DEMO_INTERVAL, type Demo, startDemo } from "./demo.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hour } from "./parse.js";
import { progressView } from "./progress.js";
import { prometheusUrlOption } from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { addSyncRunOptions, type SyncRunFlags, syncOptionsOf } from "./sync-options.js";
import { printReport } from "./sync-report.js";

interface SyncFlags extends SyncRunFlags, StoreFlags {
  readonly from?: number;
  readonly to?: number;
  readonly demo?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export function syncCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "sync",
    "--prometheus URL --from ISO --to ISO --out DIR [OPTION]...\n--demo [OPTION]...",
    PAGE,
  )
    .addOption(prometheusUrlOption(io))
    .option("--from <iso>", "first hour, such as 2025-09-10T00:00:00Z", hour)
    .option("--to <iso>", "end of the last hour", hour);
  return addSyncRunOptions(addStoreOptions(command, io), io)
    .option("--demo", "use a simulated cluster and grid; needs no server")
    .option("--json", "print the report as JSON")
    .option("--quiet", "no progress; warnings and findings are shown")
    .action(async (flags: SyncFlags) => end(await synchronise(flags, io)));
}

async function synchronise(flags: SyncFlags, io: Io): Promise<ExitStatus> {
  const demo = flags.demo === true ? await startDemo(flags, io) : undefined;
  try {
    return await withStores(
      flags,
      async (stores) => {
        // The demo is to work on an empty database as it is; anyone else makes tables on purpose.
        if (demo !== undefined) await stores.migrate(io.signal);
        const report = await runWith(flags, stores, demo, io);
        printReport(report, stores, { json: flags.json === true, simulated: demo !== undefined }, io);
        return report.failed > 0 || report.wanting > 0 ? EXIT.incomplete : EXIT.ok;
      },
      demo?.out,
    );
  } finally {
    await demo?.close();
  }
}

async function runWith(
  flags: SyncFlags,
  stores: OpenStores,
  demo: Demo | undefined,
  io: Io,
): Promise<SyncReport> {
  const task = {
    url: demo?.prometheusUrl ?? needed(flags.prometheus, "--prometheus URL"),
    interval: {
      from: needed(flags.from ?? demo?.interval.from, "--from ISO"),
      to: needed(flags.to ?? demo?.interval.to, "--to ISO"),
    },
    fake: demo !== undefined,
  };
  const grid = demo === undefined ? {} : { intensity: demo.intensityUrl };
  const { options, warnOfMachines } = await syncOptionsOf({ ...flags, ...grid }, task, stores, io);
  const view = progressView(io, flags.quiet === true);
  let report: SyncReport;
  try {
    report = await runSync(options, (event) => view.show(event));
  } finally {
    view.stop();
  }
  warnOfMachines(report);
  return report;
}

function needed<T>(value: T | undefined, flag: string): T {
  if (value !== undefined) return value;
  throw new AdaCarbonError(
    "bad-input",
    `${flag} is missing; see ada-carbon sync --help, or try ada-carbon sync --demo`,
  );
}

const PAGE = {
  description: [
    "Measures the CPU-seconds of every hour that is not stored yet, turns them into kWh by a power model and into gCO2eq by the grid's carbon intensity of that hour, says whose they were by the labels of the hosts, and stores one Parquet file a scope.",
    "",
    "It can be run at any time and again: hours that are done are left alone unless late data have come, hours that failed or were not heard to their end are measured again, forecasts are replaced when measured intensities are published, however late: every run asks for 14 days (--repair-days), later one does a day. Without --project, every project that Prometheus knows in the interval is meant.",
    "",
    `The interval is half-open and its ends are on the hour. --demo covers ${DEMO_INTERVAL.text} unless told otherwise, and writes to ./ada-carbon-demo.`,
  ].join("\n"),
  sections: [
    {
      title: "FILES",
      body: [
        "    DIR/usage/ada.parquet              everything",
        "    DIR/usage/project/NAME.parquet     a project; likewise machine/, user/, group/",
        "    DIR/intensity/                     what the grid's API said, kept so that it is not asked twice; may be deleted",
        "",
        "One row an hour: timestamp, busy and idle CPU-seconds, kWh and gCO2eq, and a status: not downloaded, download incomplete, unprocessed, processed or fake.",
      ].join("\n"),
    },
    {
      title: "EXIT STATUS",
      body: "0 all is well, 1 failed, 2 wrong command line, 3 finished but some hours are still wanting: not downloaded, incomplete and to be tried again, or without carbon. Hours that are only too young are not.",
    },
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon sync --prometheus https://user:password@prometheus.example \\",
        "        --from 2025-09-10T00:00:00Z --to 2025-09-11T06:00:00Z --out carbon \\",
        "        --project IDAaaS --project CDAaaS --project DDAaaS",
        "    ada-carbon sync --demo --json | jq .statuses",
      ].join("\n"),
    },
  ],
};
