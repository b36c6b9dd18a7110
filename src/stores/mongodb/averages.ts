import * as z from "zod";
import { assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { closing } from "../kit/closing.js";
import { averageSumsSchema, learntSchema } from "../kit/learnt.js";
import { meanMetrics } from "../kit/mean-metrics.js";
import type { Migratable } from "../migratable.js";
import { StoreCalls } from "./calls.js";
import type { Connection } from "./connection.js";
import type { MongoDocument } from "./driver.js";
import { readDocument } from "./failure.js";
import { machineId } from "./ids.js";
import { replaceDocuments } from "./replace-documents.js";

/** An {@link AverageStore} in MongoDB: one document a machine. */
export interface MongodbAverageStore extends AverageStore, Migratable, AsyncDisposable {}

export function averageStoreOn(connection: Connection): MongodbAverageStore {
  const { where } = connection.settings;
  const calls = new StoreCalls(connection, "averages");
  return {
    ...averageCalls(calls.open, {
      async get(machine, signal) {
        const _id = machineId(machine);
        const stored = await calls.read("read averages", signal, ({ averages }) => averages.findOne({ _id }));
        return stored === null ? undefined : readDocument(stored, "averages", where, averagesOf);
      },

      put: (all, signal) =>
        calls.write("write averages", signal, ({ averages }) =>
          replaceDocuments(averages, all.map(averageDocument), signal),
        ),

      names: (signal) =>
        calls.read("list averages", signal, async ({ averages }) => {
          const names = await averages.distinct("machine_name", {});
          return names.filter((name) => typeof name === "string");
        }),

      remove: (machines, signal) =>
        calls.write("remove averages", signal, async ({ averages }) => {
          await averages.deleteMany({ _id: { $in: machines.map(machineId) } });
        }),
    }),

    migrate: (options) => calls.migrate(options),
    ...closing(() => calls.close()),
  };
}

/**
 * The averages of a machine as a document: the source documents' MachineMetrics and running averages in one, in
 * kWh and grams a machine-hour, and in `ada_carbon` the exact sums from which they come.
 */
function averageDocument(averages: MachineAverages): MongoDocument {
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
function averagesOf(document: MongoDocument): MachineAverages {
  const { _id, machine_name: machine, ada_carbon: sums } = schema.parse(document);
  if (_id !== machineId(machine)) throw new Error("machine_name is another");
  const averages = { machine, ...sums };
  assertAverages(averages);
  return averages;
}
