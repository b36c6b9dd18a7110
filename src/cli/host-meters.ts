import type { UnitDoubt } from "../calibration/unit-doubts.js";
import type { MeterHours } from "../meters/meter.js";
import { MOST_CORE_WATTS } from "../power/measured.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Interval } from "../usage/hour.js";
import type { Io } from "./io.js";
import { type MeterSourceFlags, readMeters } from "./meters.js";

/** What meters of hosts have, and where they are. */
export interface HostReadings {
  readonly meters: readonly MeterHours[];
  readonly where: string;
}

/** The meters of hosts that the flags name; `undefined` where they name none. */
export async function readHostMeters(
  flags: MeterSourceFlags,
  interval: Interval,
  io: Io,
): Promise<HostReadings | undefined> {
  if (flags.meter === undefined) return undefined;
  // Hosts of a server that is away keep their estimates.
  const onMissing = ({ message }: Error): void => warn([`without its meters: ${message}`], io);
  const { findings, ...readings } = await readMeters(
    { ...flags, meterKind: "host" },
    interval,
    io,
    onMissing,
  );
  warn(findings, io);
  return readings;
}

/** The meters that can be right, held against what is stored of their hosts. The others are named, and left out. */
export async function trustedMeters(
  { meters, where }: HostReadings,
  store: UsageStore,
  interval: Interval,
  io: Io,
): Promise<HostReadings> {
  const doubts = await doubtsOf(meters, store, interval, io);
  warn(
    doubts.map(({ meter, what }) => `${meter}: ${what}; it is left out`),
    io,
  );
  const leftOut = new Set(doubts.map(({ meter }) => meter));
  return { meters: meters.filter(({ meter }) => !leftOut.has(meter)), where };
}

/** Names meters that cannot be right beside what was just stored of their hosts. */
export async function warnOfDoubtful(
  { meters }: HostReadings,
  store: UsageStore,
  interval: Interval,
  io: Io,
): Promise<void> {
  const doubts = await doubtsOf(meters, store, interval, io);
  const mend = `what is over ${MOST_CORE_WATTS} W a core was estimated; restate --meter puts the rest right`;
  warn(
    doubts.map(({ meter, what }) => `${meter}: ${what}; ${mend}`),
    io,
  );
}

/** Meters that cannot be right; also says how much is behind the meters. */
async function doubtsOf(
  meters: readonly MeterHours[],
  store: UsageStore,
  interval: Interval,
  io: Io,
): Promise<UnitDoubt[]> {
  const { loadsBehind, storedUsage, unitDoubts } = await import("../calibration/index.js");
  const { loads, findings } = loadsBehind(meters, await storedUsage(store, interval, { signal: io.signal }));
  warn(findings, io);
  return unitDoubts(loads).filter(({ isSure }) => isSure);
}

function warn(findings: readonly string[], io: Io): void {
  for (const finding of findings) io.stderr.warning(finding);
}
