import * as z from "zod";
import { assertAverages } from "../assert-averages.js";
import type { MachineAverages, RunningSum } from "../average-store.js";
import { averageSumsSchema, learntSchema } from "../kit/learnt.js";
import type { MongoDocument } from "./driver.js";
import { machineId } from "./ids.js";

/**
 * The averages of a machine as a document: the source documents' MachineMetrics and running averages in one, in
 * kWh and grams a machine-hour, and in `ada_carbon` the exact sums from which they come.
 */
export function averageDocument(averages: MachineAverages): MongoDocument {
  const { machine, hours, hoursWithCarbon, weight, weightWithCarbon } = averages;
  const energy = (sum: RunningSum): object => ({ number_data_points: hours, ...mean(sum, weight) });
  return {
    _id: machineId(machine),
    machine_name: machine,
    metrics: {
      energy_kwh: { busy: energy(averages.busyKwh), idle: energy(averages.idleKwh) },
      carbon_gCo2eq: {
        number_data_points: hoursWithCarbon,
        busy: mean(averages.busyGco2eq, weightWithCarbon),
        idle: mean(averages.idleGco2eq, weightWithCarbon),
      },
    },
    // Exactly the members of the schema, whatever else the object given has.
    ada_carbon: sumsSchema.parse(averages),
  };
}

/** A mean over machine-hours. Without any it is 0 of 0 data points, as the source documents have it. */
function mean(sum: RunningSum, weight: RunningSum): { average: number; running_average: number } {
  const by = weight.sum + weight.lost;
  const quotient = by > 0 ? (sum.sum + sum.lost) / by : 0;
  // A weight next to nothing: no mean that a document may have.
  const average = Number.isFinite(quotient) ? quotient : 0;
  return { average, running_average: average };
}

const sumsSchema = averageSumsSchema.and(z.object({ learnt: learntSchema.optional() }));
const schema = z.object({ _id: z.string(), machine_name: z.string(), ada_carbon: sumsSchema });

/** What {@link averageDocument} made a document of; throws for anything else. */
export function averagesOf(document: MongoDocument): MachineAverages {
  const { _id, machine_name: machine, ada_carbon: sums } = schema.parse(document);
  if (_id !== machineId(machine)) throw new Error("machine_name is another");
  const averages = { machine, ...sums };
  assertAverages(averages);
  return averages;
}
