import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { SUM_NAMES } from "../../timeseries/documents/day-entry-shape.js";
import { assertAverages, averageSums } from "../assert-averages.js";
import type { MachineAverages, RunningSum } from "../average-store.js";
import { LEARNT_LONG_AGO, learntSchema, runningSumSchema } from "../kit/learnt.js";
import { meanMetrics } from "../kit/mean-metrics.js";
import { assertAccepted, corrupt, OURS, parseDocument } from "./document.js";

/** 1 did not say whether averages were given or learnt: all that version 0.1.0 wrote were learnt. */
const VERSION = 2;

const points = z.int().nonnegative();
/** Null is a mean that is too large for a double, which only we write, and never read. */
const mean = z.object({ running_average: z.number().nullable() });
const pointsAndMean = z.object({ number_data_points: points, running_average: z.number().nullable() });

/** The source documents' running averages: energy counts its points by mode, carbon once. */
const metricsSchema = z.object({
  energy_kwh: z.object({ busy: pointsAndMean, idle: pointsAndMean }),
  carbon_gCo2eq: z.object({ number_data_points: points, busy: mean, idle: mean }),
});
type Metrics = z.infer<typeof metricsSchema>;

const oursSchema = z.object({
  version: z.int().positive(),
  learnt: learntSchema.optional(),
  hours: z.number(),
  weight: runningSumSchema,
  hours_with_carbon: z.number(),
  weight_with_carbon: runningSumSchema,
  busy_cpu_seconds_total: runningSumSchema,
  idle_cpu_seconds_total: runningSumSchema,
  busy_kwh: runningSumSchema,
  idle_kwh: runningSumSchema,
  busy_gCo2eq: runningSumSchema,
  idle_gCo2eq: runningSumSchema,
});
type Ours = z.infer<typeof oursSchema>;

const documentSchema = z.object({
  machine_name: z.string(),
  metrics: metricsSchema,
  [OURS]: oursSchema.optional(),
});

/** The running-average document of a machine, as JSON text. Equal averages give equal text. */
export function formatAverages(averages: MachineAverages): string {
  const document = { machine_name: averages.machine, metrics: toMetrics(averages), [OURS]: toOurs(averages) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * The averages in a document: by our own member exactly; without it, because another tool wrote the document,
 * as its averages times its points, of which CPU-seconds are not known and zero.
 *
 * @param path Where it is from, for messages.
 * @throws {AdaCarbonError} `store-corrupt`, also if the averages are not those of our member, because another
 * tool changed them alone; `store-newer`.
 */
export function parseAverages(value: unknown, path: string): MachineAverages {
  const { machine_name, metrics, [OURS]: ours } = parseDocument(documentSchema, value, path, VERSION);
  const averages =
    ours === undefined ? fromMetrics(machine_name, metrics, path) : fromOurs(machine_name, ours);
  assertAccepted(path, () => assertAverages(averages));
  if (ours !== undefined && !isDeepStrictEqual(metrics, toMetrics(averages))) {
    throw corrupt(path, `its averages are not those of its member ${OURS}; remove the one that is wrong`);
  }
  return averages;
}

function toMetrics(averages: MachineAverages): Metrics {
  return meanMetrics(averages, (average) => ({
    running_average: Number.isFinite(average) ? average : null,
  }));
}

function fromMetrics(machine: string, { energy_kwh, carbon_gCo2eq }: Metrics, path: string): MachineAverages {
  const total = (average: number | null, count: number): RunningSum => {
    if (average === null) throw corrupt(path, "a running_average is null");
    return { sum: average * count, lost: 0 };
  };
  const hours = energy_kwh.busy.number_data_points;
  const hoursWithCarbon = carbon_gCo2eq.number_data_points;
  const unknown: RunningSum = { sum: 0, lost: 0 };
  return {
    machine,
    hours,
    weight: { sum: hours, lost: 0 },
    hoursWithCarbon,
    weightWithCarbon: { sum: hoursWithCarbon, lost: 0 },
    busyCpuSeconds: unknown,
    idleCpuSeconds: unknown,
    busyKwh: total(energy_kwh.busy.running_average, hours),
    idleKwh: total(energy_kwh.idle.running_average, hours),
    busyGco2eq: total(carbon_gCo2eq.busy.running_average, hoursWithCarbon),
    idleGco2eq: total(carbon_gCo2eq.idle.running_average, hoursWithCarbon),
  };
}

function toOurs(averages: MachineAverages): Ours {
  return {
    version: VERSION,
    ...(averages.learnt === undefined ? {} : { learnt: averages.learnt }),
    hours: averages.hours,
    weight: averages.weight,
    hours_with_carbon: averages.hoursWithCarbon,
    weight_with_carbon: averages.weightWithCarbon,
    busy_cpu_seconds_total: averages.busyCpuSeconds,
    idle_cpu_seconds_total: averages.idleCpuSeconds,
    busy_kwh: averages.busyKwh,
    idle_kwh: averages.idleKwh,
    busy_gCo2eq: averages.busyGco2eq,
    idle_gCo2eq: averages.idleGco2eq,
  };
}

function fromOurs(machine: string, ours: Ours): MachineAverages {
  const counts = { hours: ours.hours, hoursWithCarbon: ours[SUM_NAMES.hoursWithCarbon] };
  return { machine, ...averageSums(counts, (name) => ours[SUM_NAMES[name]]), ...learntOf(ours) };
}

function learntOf({ version, learnt }: Ours): Pick<MachineAverages, "learnt"> {
  if (version < VERSION) return { learnt: LEARNT_LONG_AGO };
  return learnt === undefined ? {} : { learnt };
}
