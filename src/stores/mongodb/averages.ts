import { AdaCarbonError } from "../../usage/errors.js";
import { assertAverages } from "../assert-averages.js";
import type { AverageStore } from "../average-store.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import { decodeAverages, encodeAverages } from "./average-document.js";
import { CallsTo } from "./calls.js";
import type { Connection } from "./connection.js";
import { machineId } from "./ids.js";
import { putDocuments } from "./put-documents.js";
import { migrate } from "./schema.js";

/** An {@link AverageStore} in MongoDB: one document a machine. */
export interface MongodbAverageStore extends AverageStore, Migratable {}

export function averageStoreOn(connection: Connection): MongodbAverageStore {
  const { settings } = connection;
  const calls = new CallsTo(connection, "averages");
  const nameOf = (machine: string): string => {
    assertName(machine, "the name of a machine");
    return machineId(machine);
  };

  return {
    async migrate({ signal } = {}) {
      calls.enter(signal);
      await calls.beside("make indexes", signal, (opened) => migrate(opened, settings));
    },

    async get(machine, { signal } = {}) {
      calls.enter(signal);
      const _id = nameOf(machine);
      const stored = await calls.beside("read averages", signal, ({ averages }) => averages.findOne({ _id }));
      if (stored === null) return undefined;
      try {
        return decodeAverages(stored);
      } catch (cause) {
        const line = `${settings.where}: the averages of ${JSON.stringify(machine)} are not as ada-carbon stores them; they were left untouched: mend or remove document ${_id}`;
        throw new AdaCarbonError("store-corrupt", line, { cause });
      }
    },

    async put(averages, { signal } = {}) {
      calls.enter(signal);
      for (const each of averages) assertAverages(each);
      const documents = new Map(averages.map((each) => [each.machine, encodeAverages(each)]));
      await calls.inTurn("write averages", signal, (opened) =>
        putDocuments(opened.averages, [...documents.values()], signal),
      );
    },

    async list({ signal } = {}) {
      calls.enter(signal);
      return calls.beside("list averages", signal, async (opened) => {
        const names: string[] = [];
        const cursor = opened.averages.find({}, { projection: { machine_name: 1 } });
        for await (const { machine_name: name } of cursor) if (typeof name === "string") names.push(name);
        return names.sort();
      });
    },

    async remove(machines, { signal } = {}) {
      calls.enter(signal);
      const ids = machines.map(nameOf);
      await calls.inTurn("remove averages", signal, async ({ averages }) => {
        if (ids.length > 0) await averages.deleteMany({ _id: { $in: ids } });
      });
    },

    close: () => calls.close(),
  };
}
