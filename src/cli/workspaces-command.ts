import { type Command, Option } from "commander";
import type { MachineWatts } from "../machines/machine-watts.js";
import { DAY_MS } from "../usage/hour.js";
import type { PollReport } from "../workspaces/report.js";
import type { PollOutcome } from "../workspaces/schedule.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import { startLiveDemo } from "./demo-live.js";
import { type IntensityCacheFlags, type IntensityFlags, intensitySource } from "./grids.js";
import { commandOf } from "./help.js";
import { hostAdvice } from "./host-advice.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { gramsPerKwh, number, siteProject } from "./parse.js";
import { warnOfNearlyKnown } from "./power-options.js";
import {
  addPrometheusOptions,
  type PrometheusFlags,
  prometheusServers,
  prometheusUrlOption,
} from "./prometheus-servers.js";
import { addFormatOptions, type FormatFlags, formatOf } from "./result.js";
import { addIntensityOptions, intensityCacheOption } from "./shared-options.js";
import { addStoreOptions, memoryStores, type StoreFlags, withStores } from "./stores.js";
import { tenureSource } from "./tenures.js";
import {
  addTrackerPowerOptions,
  addTrackerTimeOptions,
  hostSourceOf,
  type TrackerFlags,
  trackerModel,
  trackerTimes,
} from "./tracker-options.js";
import { ofFlags, UsageError } from "./usage-error.js";
import { failureLine, intensitiesOf, pollLine, printReport, reportDocument } from "./workspaces-view.js";

interface WorkspacesFlags
  extends PrometheusFlags,
    IntensityFlags,
    IntensityCacheFlags,
    StoreFlags,
    TrackerFlags,
    FormatFlags {
  readonly site?: readonly string[];
  readonly siteProject?: Readonly<Record<string, readonly string[]>>;
  readonly once?: true;
  readonly sleep?: number;
  readonly fallbackIntensity?: number;
  readonly tenures?: string;
  readonly hourly?: true;
  readonly replaceMeasured?: true;
  readonly demo?: true;
}

export function workspacesCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "workspaces",
    "--prometheus URL --out DIR (--once | --sleep SECONDS) [--site NAME...] [OPTION]...\n--demo [--sleep SECONDS] [OPTION]...",
    PAGE,
  )
    .addOption(prometheusUrlOption(io))
    .option("--site <name...>", "only these sites; all known ones without")
    .option(
      "--site-project <site=project>",
      "a site and its project (value of the project label), instead of clf=CDAaaS, isis=IDAaaS and diamond=DDAaaS; several times",
      siteProject,
    );
  addStoreOptions(command, io)
    .option("--once", "poll once, print a table")
    .addOption(
      new Option("--sleep <seconds>", "poll every so many seconds until stopped, print a line a poll")
        .argParser(number(1, "seconds"))
        .conflicts("once"),
    );
  addTrackerPowerOptions(command).option(
    "--machines <file>",
    "watts of machine types, CSV or JSON, as sync takes them; other machines by the above",
  );
  addIntensityOptions(command, io)
    .addOption(intensityCacheOption())
    .option("--fallback-intensity <g>", "gCO2eq/kWh for when the API knows nothing of now", gramsPerKwh);
  addTrackerTimeOptions(command)
    .option("--hourly", "also store finished hours, as sync does, and what they teach of machine names")
    .option("--replace-measured", "with --hourly, also in the place of hours that sync has measured")
    .option("--tenures <file>", "who holds which host, CSV or JSON: users and groups by it");
  addPrometheusOptions(command, io).addOption(
    new Option("--demo", "follow simulated hosts, in memory; needs no server").conflicts([
      ...["prometheus", "out", "store", "hourly", "machines", "tenures", "site", "siteProject"],
    ]),
  );
  return addFormatOptions(command).action(async (flags: WorkspacesFlags) => {
    if (flags.sleep !== undefined && flags.format === "csv")
      throw new UsageError("--sleep prints a line a poll: --json has one document a line, --once a table");
    end(flags.demo === true ? await followDemo(flags, io) : await follow(flags, io));
  });
}

async function followDemo(flags: WorkspacesFlags, io: Io): Promise<ExitStatus> {
  const stores = await memoryStores();
  await using demo = await startLiveDemo(stores.workspaces, io.clock() + 7 * DAY_MS, io);
  await demo.replay(io.signal);
  return await poll(demo.tracker, flags, io);
}

/** `machines` is the catalogue of `--machines`; `advice` says why no host is up. */
function poll(
  tracker: WorkspaceTracker,
  flags: WorkspacesFlags,
  io: Io,
  machines: readonly MachineWatts[] = [],
  advice?: () => Promise<string>,
): Promise<ExitStatus> {
  const warned = new Set<string>();
  let isAdvised = advice === undefined;
  const warn = async ({ workspaces, hosts }: PollReport): Promise<void> => {
    const names = workspaces.flatMap(({ session }) => session.machine ?? []);
    const fresh = new Set(names.filter((name) => !warned.has(name)));
    warnOfNearlyKnown(machines, fresh, io);
    for (const name of fresh) warned.add(name);
    if (hosts > 0 || isAdvised) return;
    isAdvised = true;
    io.stderr.warning(`no host is up: ${await advice?.()}`);
  };
  return flags.sleep === undefined
    ? pollOnce(tracker, flags, warn, io)
    : pollOn(tracker, flags.sleep * 1000, flags, warn, io);
}

async function follow(flags: WorkspacesFlags, io: Io): Promise<ExitStatus> {
  if (flags.once === undefined && flags.sleep === undefined) {
    throw new UsageError("give --once to poll once, or --sleep SECONDS to go on until stopped");
  }
  const servers = prometheusServers(flags, "ada-carbon workspaces --help", io);
  if (flags.replaceMeasured === true && flags.hourly === undefined) {
    throw new UsageError("--replace-measured is about stored hours: give --hourly, too");
  }
  const { trackWorkspaces } = await import("../workspaces/tracker.js");
  const { ADA_SITES } = await import("../prometheus/live/sites.js");
  const sites = flags.siteProject ?? ADA_SITES;
  const hosts = await hostSourceOf(servers, flags, sites);
  return withStores(
    flags,
    async (stores) => {
      const { model, machines } = await trackerModel(flags, stores, io);
      const intensity = await intensitySource(flags, io, {
        cache: { kept: stores.intensityCache, flags },
        sites,
      });
      const tenures = await tenureSource(flags.tenures);
      const tracker = ofFlags(() =>
        trackWorkspaces({
          hosts,
          store: stores.workspaces,
          intensity,
          sites: flags.site,
          model,
          fallbackGco2eqPerKwh: flags.fallbackIntensity,
          ...trackerTimes(flags),
          tenures,
          ...(flags.hourly === undefined ? {} : { usage: stores.usage, averages: stores.averages }),
          measuredHours: flags.replaceMeasured === true ? "replace" : "keep",
          clock: io.clock,
        }),
      );
      const wanted = { sites, flag: "--site-project" } as const;
      return await poll(tracker, flags, io, machines, () => hostAdvice(servers, wanted, io.signal));
    },
    { mayBegin: true },
  );
}

async function pollOnce(
  tracker: WorkspaceTracker,
  flags: WorkspacesFlags,
  warn: (report: PollReport) => Promise<void>,
  io: Io,
): Promise<ExitStatus> {
  const report = await tracker.poll(io.signal);
  await warn(report);
  printReport(report, flags, flags.demo === true, io);
  return intensitiesOf(report).includes(null) ? EXIT.incomplete : EXIT.ok;
}

/** Being stopped is how this ends: everything is stored, so that is no failure. */
async function pollOn(
  tracker: WorkspaceTracker,
  everyMs: number,
  flags: WorkspacesFlags,
  warn: (report: PollReport) => Promise<void>,
  io: Io,
): Promise<ExitStatus> {
  const show = ({ at, skipped, report, error }: PollOutcome): void => {
    if (report !== undefined) void warn(report);
    if (report === undefined) io.stderr.line(failureLine(at, error));
    else if (formatOf(flags) === "json") io.stdout.json({ ...reportDocument(report), skipped }, 0);
    else io.stdout.line(pollLine(report, skipped));
  };
  const { polls, failed } = await tracker.run({ everyMs, signal: io.signal, onPoll: show });
  io.stderr.line(`ada-carbon: stopped after ${polls} polls (${failed} failed); everything is stored`);
  return EXIT.ok;
}

const PAGE = {
  description: [
    "Asks Prometheus which hosts of a site are up, how idle they are and how much memory they use; turns that into electricity by the workspace model (CPU = cores x cpu-tdp-w x (1 - idle), RAM = ram-w x active memory, other-w) over the time since the host was last counted; multiplies it by the carbon intensity of the grid now; and adds it to the session of that host and owner.",
    "",
    "Energy is counted up to the last scrape and never twice. A poll that is late or failed is made up for by the next one, up to --max-elapsed; what lies beyond is shown as unknown. A session ends when its host has been gone for --grace, or is another's. All state is in the store: stop it and start it at any time, or run --once from cron.",
    "",
    "With --hourly, what was counted in an hour also becomes rows of usage in the same place, for ada and every project, machine, user, group and host, a minute or two after the hour; until then it is in the sessions. Coverage says how much of the hour was seen. Hours that sync has measured stay as they are, without --replace-measured, and sync measures the hours of the tracker anew when it comes to them.",
    "",
    "SIGINT or SIGTERM ends --sleep with status 0 and everything stored.",
  ].join("\n"),
  incomplete: "with --once, the carbon intensity of now is not known: energy was counted without carbon",
  sections: [
    {
      title: "FILES",
      body: [
        "    DIR/workspaces/SITE.json                     sessions that go on",
        "    DIR/workspaces/ended/SITE/YYYY-MM.json       sessions that are over",
        "    DIR/usage, DIR/averages                      with --hourly, as of ada-carbon sync",
      ].join("\n"),
    },
  ],
  examples: [
    "ada-carbon workspaces --demo",
    "ada-carbon workspaces --prometheus https://prometheus.example --site isis --out carbon --once",
    "ada-carbon workspaces --prometheus http://localhost:9090 --out carbon --sleep 60 \\",
    "    --label project=job --site-project lab=node",
    "ada-carbon workspaces --prometheus http://localhost:9090 --store sqlite:carbon.db --sleep 60 --hourly",
  ],
};
