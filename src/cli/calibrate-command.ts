import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { Calibration } from "../calibration/calibrate.js";
import type { StoredUsage } from "../calibration/loads.js";
import type { FloorRule } from "../calibration/observations.js";
import type { GivenWatts } from "../calibration/scaled.js";
import type { MeterReadings } from "../meters/meter.js";
import { ADA_BUSY_WATTS, ADA_IDLE_WATTS } from "../power/per-core.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInterval, type Interval } from "../usage/hour.js";
import { printCalibration } from "./calibration-text.js";
import { measuredDemo, startDemo } from "./demo.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addMeterOptions, type MeterFlags, readMeters } from "./meters.js";
import { number } from "./parse.js";
import { addPeriodOptions, intervalOf, type PeriodFlags } from "./period-options.js";
import { readMachines, warnOfNearlyKnown } from "./power-options.js";
import { reasonOf } from "./read-input.js";
import { addFormatOptions, type FormatFlags } from "./result.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed } from "./usage-error.js";

interface CalibrateFlags extends StoreFlags, MeterFlags, PeriodFlags, FormatFlags {
  readonly floors: FloorRule;
  readonly machines?: string;
  readonly floorWatts?: number;
  readonly write?: string;
  readonly demo?: true;
}

/** A day of the demo says little of machines that idle. */
const DEMO_SPAN = { from: Date.UTC(2025, 8, 1), to: Date.UTC(2025, 8, 15) };

export function calibrateCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "--store PLACE --from TIME [--to TIME] --meter METER [OPTION]...\n--demo [OPTION]...";
  const command = commandOf(program, "calibrate", usage, PAGE);
  addStoreOptions(addPeriodOptions(command), io);
  addMeterOptions(command, io)
    .addOption(
      new Option("--floors <rule>", "whether each meter has a floor of its own, or all have the same")
        .choices(["each", "shared"])
        .default("each"),
    )
    .option("--machines <file>", "with a bill alone: watts that are right among each other, CSV or JSON")
    .option("--floor-watts <w>", "with a bill alone: watts of the floor (0 without)", number(0, "watts"))
    .option("--write <file>", "write the catalogue, for --machines of sync and restate")
    .addOption(
      new Option("--demo", "use simulated hypervisors with meters; needs no server").conflicts([
        "prometheus",
        "meter",
        "placements",
      ]),
    );
  return addFormatOptions(command).action(async (flags: CalibrateFlags) => end(await run(flags, io)));
}

async function run(flags: CalibrateFlags, io: Io): Promise<ExitStatus> {
  await using demo = flags.demo === true ? await startDemo(flags, io, DEMO_SPAN) : undefined;
  const interval = demo?.interval ?? intervalOf(flags, SEE_ALSO, io);
  if (demo === undefined) needed(flags.meter, "--meter METER", SEE_ALSO);
  const [metered, usage] =
    demo === undefined
      ? [await readMeters(flags, interval, io), await storedBy(flags, interval, io)]
      : [{ ...demo.meters(), where: "the demo" }, await measuredDemo(demo, io)];
  const calibration = await calibrated(flags, metered, usage, io);
  for (const finding of calibration.findings) io.stderr.warning(finding);
  if (flags.write !== undefined) await writeCatalogue(flags.write, calibration);
  const shown = { ...flags, interval: formatInterval(interval), simulated: demo !== undefined };
  printCalibration(calibration, shown, io);
  return calibration.machines.length === 0 ? EXIT.incomplete : EXIT.ok;
}

/** The calibration, with what is odd about its meters and about the watts it came to. */
async function calibrated(
  flags: CalibrateFlags,
  metered: MeterReadings & { readonly where: string },
  usage: StoredUsage,
  io: Io,
): Promise<Calibration> {
  const [{ calibrate, loadsBehind }, { doubtfulMachines }] = await Promise.all([
    import("../calibration/index.js"),
    import("../machines/index.js"),
  ]);
  const joined = loadsBehind(metered.meters, usage);
  const machines = flags.machines === undefined ? [] : await readMachines(flags.machines);
  const names = joined.loads.flatMap((load) => load.machines.map(({ machine }) => machine));
  warnOfNearlyKnown(machines, new Set(names), io);
  const given: GivenWatts = {
    machines,
    otherwise: { busyWatts: ADA_BUSY_WATTS, idleWatts: ADA_IDLE_WATTS },
    floorWatts: flags.floorWatts ?? 0,
  };
  const calibration = calibrate(joined.loads, { where: metered.where, floors: flags.floors, given });
  return {
    ...calibration,
    findings: [
      ...metered.findings,
      ...joined.findings,
      ...calibration.findings,
      ...doubtfulMachines(calibration.machines),
    ],
  };
}

async function storedBy(flags: CalibrateFlags, interval: Interval, io: Io): Promise<StoredUsage> {
  const { storedUsage } = await import("../calibration/index.js");
  return withStores(flags, (stores) => storedUsage(stores.usage, interval, { signal: io.signal }));
}

async function writeCatalogue(path: string, { machines }: Calibration): Promise<void> {
  const { formatMachines } = await import("../machines/index.js");
  try {
    await writeFile(path, formatMachines(machines));
  } catch (cause) {
    const what = `${path}: the catalogue cannot be written (${reasonOf(cause, "there is no such folder")})`;
    throw new AdaCarbonError("store-unavailable", what, { cause });
  }
}

const SEE_ALSO = "ada-carbon calibrate --help, or try ada-carbon calibrate --demo";

const PAGE = {
  description: [
    "Fits watts of a busy and an idle core of each type of machine, and a fixed floor of each meter, to what meters measured and the core-hours that sync stored. Prints the catalogue with what nine of ten such fits lie between, the floors, how far it was off on days it had not seen, and what it cannot tell and why.",
    "",
    "A meter is a file (a PDU's export: time, meter and one of kwh, wh, joules, kwh_total, wh_total, joules_total, kw, watts; or a bill: month, kwh), or a metric of Prometheus: its name, or ipmi-dcmi, ipmi-sensor, redfish, idrac, hwmon, rapl, kepler-platform, kepler-cpu, ceems-ipmi, ceems-redfish, ceems-cray, ceems-hwmon. A meter of kind host is named as the host is, with or without port.",
    "",
    "With a bill alone the watts of --machines (else 12 W and 1 W) are multiplied by one factor: a bill does not tell machines apart.",
  ].join("\n"),
  incomplete: "it finished, but nothing can be told of any machine",
  examples: [
    "ada-carbon calibrate --store carbon --from 2025-09-01T00:00:00Z --to 2025-10-01T00:00:00Z \\",
    "    --prometheus https://prometheus.example --meter ipmi-dcmi --placements hypervisors.csv \\",
    "    --write machines.json",
    "ada-carbon calibrate --demo --floors shared",
  ],
};
