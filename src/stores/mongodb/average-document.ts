import { AVERAGE_SUMS, assertAverages } from "../assert-averages.js";
import type { MachineAverages, RunningSum } from "../average-store.js";
import type { MongoDocument } from "./driver.js";
import { machineId } from "./ids.js";

/** A mean over machine-hours. Without any it is 0 of 0 data points, as the source documents have it. */
interface Mean {
  readonly average: number;
  readonly running_average: number;
}
interface CountedMean extends Mean {
  readonly number_data_points: number;
}

/**
 * The averages of a machine: the source documents' MachineMetrics and running averages in one, in kWh and grams
 * a machine-hour, and the exact sums from which they come.
 */
export interface AverageDocument extends MongoDocument {
  readonly _id: string;
  readonly machine_name: string;
  readonly metrics: {
    readonly energy_kwh: { readonly busy: CountedMean; readonly idle: CountedMean };
    readonly carbon_gCo2eq: {
      readonly number_data_points: number;
      readonly busy: Mean;
      readonly idle: Mean;
    };
  };
  readonly ada_carbon: Omit<MachineAverages, "machine">;
}

export function encodeAverages(averages: MachineAverages): AverageDocument {
  const { machine, hours, hoursWithCarbon, weight, weightWithCarbon } = averages;
  const energy = (sum: RunningSum): CountedMean => ({ number_data_points: hours, ...mean(sum, weight) });
  const carbon = (sum: RunningSum): Mean => mean(sum, weightWithCarbon);
  const sums = AVERAGE_SUMS.map((name) => [name, runningSum(averages[name])]);
  return {
    _id: machineId(machine),
    machine_name: machine,
    metrics: {
      energy_kwh: { busy: energy(averages.busyKwh), idle: energy(averages.idleKwh) },
      carbon_gCo2eq: {
        number_data_points: hoursWithCarbon,
        busy: carbon(averages.busyGco2eq),
        idle: carbon(averages.idleGco2eq),
      },
    },
    ada_carbon: { hours, hoursWithCarbon, ...Object.fromEntries(sums) },
  };
}

/** What {@link encodeAverages} made a document of; throws for anything else. */
export function decodeAverages(document: MongoDocument): MachineAverages {
  const { machine_name: machine, ada_carbon: own } = document;
  if (typeof machine !== "string" || document._id !== machineId(machine)) throw new Error("machine_name");
  if (!isObject(own)) throw new Error("no ada_carbon");
  const { hours, hoursWithCarbon } = own;
  if (typeof hours !== "number" || typeof hoursWithCarbon !== "number") throw new Error("hours");
  const sum = (name: (typeof AVERAGE_SUMS)[number]): RunningSum => {
    const stored = own[name];
    if (!isObject(stored) || typeof stored.sum !== "number" || typeof stored.lost !== "number")
      throw new Error(name);
    return { sum: stored.sum, lost: stored.lost };
  };
  const averages: MachineAverages = {
    machine,
    hours,
    hoursWithCarbon,
    weight: sum("weight"),
    weightWithCarbon: sum("weightWithCarbon"),
    busyCpuSeconds: sum("busyCpuSeconds"),
    idleCpuSeconds: sum("idleCpuSeconds"),
    busyKwh: sum("busyKwh"),
    idleKwh: sum("idleKwh"),
    busyGco2eq: sum("busyGco2eq"),
    idleGco2eq: sum("idleGco2eq"),
  };
  assertAverages(averages);
  return averages;
}

function mean(sum: RunningSum, weight: RunningSum): Mean {
  const over = weight.sum + weight.lost;
  const quotient = over > 0 ? (sum.sum + sum.lost) / over : 0;
  // A weight next to nothing: no mean that a document may have.
  const average = Number.isFinite(quotient) ? quotient : 0;
  return { average, running_average: average };
}

function runningSum({ sum, lost }: RunningSum): RunningSum {
  return { sum, lost };
}

function isObject(value: unknown): value is MongoDocument {
  return typeof value === "object" && value !== null;
}
