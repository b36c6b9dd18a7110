import * as z from "zod";
import { badInput } from "../../usage/errors.js";
import { assertArgument, OBJECT } from "../../usage/options.js";
import { documentError, readDocument } from "./check.js";

/** A mean and how many machine-hours it is of. `null` where there is none: no mean is not a mean of 0. */
export interface RunningAverage {
  readonly dataPoints: number;
  readonly average: number | null;
}

/** What is normal for a machine name in an hour, as the running-average document says it. */
export interface RunningAverages {
  readonly machine: string;
  /** kWh a machine-hour. */
  readonly busyKwh: RunningAverage;
  readonly idleKwh: RunningAverage;
  /** Grams of CO2 equivalent a machine-hour; busy and idle are means of the same hours. */
  readonly gco2eq: {
    readonly dataPoints: number;
    readonly busy: number | null;
    readonly idle: number | null;
  };
}

const amount = z.number().nonnegative();
const count = z.int().nonnegative();
/** Stores write both documents in one, and the exact sums beside them. */
const otherMean = { average: z.unknown().optional() };
const otherMeans = { running_average: z.unknown().optional(), number_data_points: z.unknown().optional() };
const ownMembers = { _id: z.unknown().optional(), ada_carbon: z.unknown().optional() };
const running: z.ZodType<DocumentMean> = z.strictObject({
  number_data_points: count,
  running_average: amount,
  ...otherMean,
});
const bare: z.ZodType<Pick<DocumentMean, "running_average">> = z.strictObject({
  running_average: amount,
  ...otherMean,
});

/** The running-average document. Energy counts its data points for busy and idle each, carbon once for both. */
const runningAverageSchema: z.ZodType<RunningAverageDocument> = z.strictObject({
  ...ownMembers,
  machine_name: z.string().min(1),
  metrics: z.strictObject({
    energy_kwh: z.strictObject({ busy: running, idle: running }),
    carbon_gCo2eq: z.strictObject({ number_data_points: count, busy: bare, idle: bare }),
  }),
});

/** The source documents' running average: means of a machine-hour, and of how many. */
export interface RunningAverageDocument {
  machine_name: string;
  metrics: {
    energy_kwh: { busy: DocumentMean; idle: DocumentMean };
    carbon_gCo2eq: {
      number_data_points: number;
      busy: Pick<DocumentMean, "running_average">;
      idle: Pick<DocumentMean, "running_average">;
    };
  };
}

interface DocumentMean {
  number_data_points: number;
  running_average: number;
}

/** @throws {AdaCarbonError} `bad-input` for a mean of no data points, or data points without a mean. */
export function formatRunningAverages(averages: RunningAverages): RunningAverageDocument {
  assertArgument("formatRunningAverages", "averages", averages, OBJECT);
  const { machine, busyKwh, idleKwh, gco2eq } = averages;
  const written = ({ dataPoints, average }: RunningAverage): number => {
    if ((dataPoints === 0) !== (average === null))
      throw badInput(`${machine}: a mean of ${average} over ${dataPoints} data points`);
    return average ?? 0;
  };
  const energy = (average: RunningAverage): DocumentMean => ({
    number_data_points: average.dataPoints,
    running_average: written(average),
  });
  const carbon = (average: number | null): Pick<DocumentMean, "running_average"> => ({
    running_average: written({ dataPoints: gco2eq.dataPoints, average }),
  });
  return {
    machine_name: machine,
    metrics: {
      energy_kwh: { busy: energy(busyKwh), idle: energy(idleKwh) },
      carbon_gCo2eq: {
        number_data_points: gco2eq.dataPoints,
        busy: carbon(gco2eq.busy),
        idle: carbon(gco2eq.idle),
      },
    },
  };
}

/** @throws {AdaCarbonError} `bad-input` with the path of what is wrong, such as a mean of no data points. */
export function parseRunningAverages(input: unknown, where: string): RunningAverages {
  const { machine_name, metrics } = readDocument(input, runningAverageSchema, where);
  const { energy_kwh: energy, carbon_gCo2eq: carbon } = metrics;
  const mean = (path: readonly string[], dataPoints: number, average: number): number | null => {
    if (dataPoints > 0) return average;
    if (average === 0) return null;
    throw documentError(where, ["metrics", ...path], `a mean of ${average} over 0 data points`);
  };
  const running = (mode: "busy" | "idle"): RunningAverage => {
    const { number_data_points: dataPoints, running_average } = energy[mode];
    return { dataPoints, average: mean(["energy_kwh", mode], dataPoints, running_average) };
  };
  const dataPoints = carbon.number_data_points;
  return {
    machine: machine_name,
    busyKwh: running("busy"),
    idleKwh: running("idle"),
    gco2eq: {
      dataPoints,
      busy: mean(["carbon_gCo2eq", "busy"], dataPoints, carbon.busy.running_average),
      idle: mean(["carbon_gCo2eq", "idle"], dataPoints, carbon.idle.running_average),
    },
  };
}

/** The means of the `MachineMetrics` document: kWh and grams a machine-hour. */
export interface MachineMetrics {
  readonly machine: string;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
}

const average = z.strictObject({ average: amount, ...otherMeans });
const pair: z.ZodType<DocumentPair> = z.strictObject({ busy: average, idle: average });

/** The `MachineMetrics` document. It has no count, so a machine without averages has no such document. */
const machineMetricsSchema: z.ZodType<MachineMetricsDocument> = z.strictObject({
  ...ownMembers,
  machine_name: z.string().min(1),
  metrics: z.strictObject({
    energy_kwh: pair,
    carbon_gCo2eq: z.strictObject({
      busy: average,
      idle: average,
      number_data_points: z.unknown().optional(),
    }),
  }),
});

/** The source documents' `MachineMetrics`: kWh and grams of a machine-hour. */
export interface MachineMetricsDocument {
  machine_name: string;
  metrics: { energy_kwh: DocumentPair; carbon_gCo2eq: DocumentPair };
}

interface DocumentPair {
  busy: { average: number };
  idle: { average: number };
}

/** Averages of a machine as the source documents' `MachineMetrics`. */
export function formatMachineMetrics(metrics: MachineMetrics): MachineMetricsDocument {
  assertArgument("formatMachineMetrics", "metrics", metrics, OBJECT);
  return {
    machine_name: metrics.machine,
    metrics: {
      energy_kwh: { busy: { average: metrics.busyKwh }, idle: { average: metrics.idleKwh } },
      carbon_gCo2eq: { busy: { average: metrics.busyGco2eq }, idle: { average: metrics.idleGco2eq } },
    },
  };
}

/** @throws {AdaCarbonError} `bad-input` with the path of what is wrong. */
export function parseMachineMetrics(input: unknown, where: string): MachineMetrics {
  const { machine_name, metrics } = readDocument(input, machineMetricsSchema, where);
  return {
    machine: machine_name,
    busyKwh: metrics.energy_kwh.busy.average,
    idleKwh: metrics.energy_kwh.idle.average,
    busyGco2eq: metrics.carbon_gCo2eq.busy.average,
    idleGco2eq: metrics.carbon_gCo2eq.idle.average,
  };
}
