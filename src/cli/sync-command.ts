import { type Command, Option } from "commander";
import type { SyncReport } from "../sync/events.js";
import { runSync } from "../sync/sync.js";
import { formatInterval } from "../usage/hour.js";
import { DEMO_INTERVAL, type Demo, startDemo } from "./demo.js";
import { licencesOf } from "./grid-facts.js";
import { isSimulatedGrid } from "./grids.js";
import { commandOf } from "./help.js";
import { advisingOnLabels } from "./host-advice.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addPeriodOptions, intervalOf, type PeriodFlags } from "./period-options.js";
import { progressView } from "./progress.js";
import { prometheusServers, prometheusUrlOption, simulatedServer } from "./prometheus-servers.js";
import { addFormatOptions, type FormatFlags } from "./result.js";
import { type SiteFlags, siteOption } from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { addSyncRunOptions, type SyncRunFlags, syncOptionsOf } from "./sync-options.js";
import { printReport } from "./sync-report.js";
import { needed } from "./usage-error.js";

interface SyncFlags extends SyncRunFlags, SiteFlags, StoreFlags, PeriodFlags, FormatFlags {
  readonly demo?: true;
}

export function syncCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "--prometheus URL --from TIME [--to TIME] --out DIR [OPTION]...\n--demo [OPTION]...";
  const command = commandOf(program, "sync", usage, PAGE)
    .addOption(prometheusUrlOption(io))
    .addOption(siteOption());
  addSyncRunOptions(addStoreOptions(addPeriodOptions(command), io), io).addOption(
    new Option("--demo", "use a simulated cluster and grid; needs no server").conflicts([
      "prometheus",
      "intensity",
      "meter",
    ]),
  );
  return addFormatOptions(command).action(async (flags: SyncFlags) => end(await synchronise(flags, io)));
}

async function synchronise(flags: SyncFlags, io: Io): Promise<ExitStatus> {
  if (flags.demo !== true) needed(flags.prometheus, "--prometheus URL", SEE_ALSO);
  await using demo = flags.demo === true ? await startDemo(flags, io) : undefined;
  return await withStores(
    flags,
    async (stores) => {
      // The demo is to work on an empty database as it is; anyone else makes tables on purpose.
      if (demo !== undefined) await stores.migrate(io.signal);
      const { report, licence } = await runWith(flags, stores, demo, io);
      const simulated = demo !== undefined;
      const simulatedGrid = simulated && isSimulatedGrid(flags);
      printReport(report, stores, { ...flags, simulated, simulatedGrid, licence }, io);
      return isWhole(report) ? EXIT.ok : EXIT.incomplete;
    },
    { fallback: demo?.out, mayBegin: true },
  );
}

/** Whether all hours are as whole as they can be by now. Those that are only too young are no failure. */
function isWhole({ failed, statuses, tooYoung, wanting }: SyncReport): boolean {
  const notWhole = statuses["not downloaded"] + statuses["download incomplete"] + statuses.unprocessed;
  // An hour may be whole and want something: the status says nothing of market-based grams.
  return failed === 0 && wanting === 0 && notWhole <= tooYoung;
}

async function runWith(
  flags: SyncFlags,
  stores: OpenStores,
  demo: Demo | undefined,
  io: Io,
): Promise<{ report: SyncReport; licence: string | undefined }> {
  const task = {
    servers:
      demo === undefined
        ? prometheusServers(flags, SEE_ALSO, io)
        : [simulatedServer(demo.prometheusUrl, flags, io)],
    sites: flags.site,
    interval: demo?.interval ?? intervalOf(flags, SEE_ALSO, io),
    fake: demo !== undefined,
  };
  // The demo has a grid of its own, with the regions of gb; another one may be named.
  const grid = demo === undefined ? {} : { gbUrl: demo.intensityUrl };
  const { options, warnOfDoubts } = await syncOptionsOf({ ...flags, ...grid }, task, stores, io);
  const view = progressView(io);
  let report: SyncReport;
  try {
    const run = (): Promise<SyncReport> => runSync(options, (event) => view.show(event));
    report = await advisingOnLabels(task.servers, undefined, io.signal, run);
  } finally {
    view.stop();
  }
  await warnOfDoubts(report);
  return { report, licence: licencesOf(options.intensity) };
}

const SEE_ALSO = "ada-carbon sync --help, or try ada-carbon sync --demo";

const PAGE = {
  description: [
    "Measures the CPU-seconds of every hour that is not stored yet, turns them into kWh by a power model and into gCO2eq by the grid's carbon intensity of that hour, says whose they were by the labels of the hosts, and stores one Parquet file a scope.",
    "",
    "It can be run at any time and again: hours that are done are left alone unless late data have come, hours that failed or were not heard to their end are measured again, forecasts are replaced when measured intensities are published, however late: every run asks for 14 days (--repair-days), later one does a day. Without --project, every project that Prometheus knows in the interval is meant.",
    "",
    `The interval is half-open and its ends are on the hour. --demo covers ${formatInterval(DEMO_INTERVAL)} unless told otherwise, and writes to ./ada-carbon-demo.`,
  ].join("\n"),
  incomplete:
    "it finished, but some hours are wanting: not downloaded, incomplete or without carbon. Hours that are only too young, or not over yet, are not.",
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
  ],
  examples: [
    "ada-carbon sync --prometheus https://user:password@prometheus.example \\",
    "    --from 2025-09-10T00:00:00Z --to 2025-09-11T06:00:00Z --out carbon \\",
    "    --project IDAaaS --project CDAaaS --project DDAaaS",
    "ada-carbon sync --prometheus isis=https://prometheus.isis.example --tenant isis=ada \\",
    "    --prometheus clf=https://prometheus.clf.example --from yesterday --out carbon",
    "ada-carbon sync --demo --json | jq .statuses",
  ],
};
