import type { AverageStore } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { closing } from "../kit/closing.js";
import type { Migratable } from "../migratable.js";
import { averageDocument, averagesOf } from "./average-document.js";
import { StoreCalls } from "./calls.js";
import type { Connection } from "./connection.js";
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
