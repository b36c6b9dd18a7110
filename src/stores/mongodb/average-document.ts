import * as z from "zod";
import { assertAverages } from "../assert-averages.js";
import type { MachineAverages } from "../average-store.js";
import { averageSumsSchema, learntSchema } from "../kit/learnt.js";
import { meanMetrics } from "../kit/mean-metrics.js";
import type { MongoDocument } from "./driver.js";
import { machineId } from "./ids.js";

/**
 * The averages of a machine as a document: the source documents' MachineMetrics and running averages in one, in
 * kWh and grams a machine-hour, and in `ada_carbon` the exact sums from which they come.
 */
export function averageDocument(averages: MachineAverages): MongoDocument {
  const { machine } = averages;
  return {
    _id: machineId(machine),
    machine_name: machine,
    metrics: meanMetrics(averages, (quotient) => {
      // A weight next to nothing: no mean that a document may have.
      const average = Number.isFinite(quotient) ? quotient : 0;
      return { average, running_average: average };
    }),
    // Exactly the members of the schema, whatever else the object given has.
    ada_carbon: sumsSchema.parse(averages),
  };
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
