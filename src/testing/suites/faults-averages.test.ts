import { describe, expect, it } from "vitest";
import { failures, type Wrap } from "../../../test/support/faulty-stores.js";
import type { AverageStore } from "../../stores/average-store.js";
import { memoryAverageStore } from "../../stores/memory/index.js";
import { averageStoreSuite } from "./index.js";

const averageFaults: Record<string, [Wrap<AverageStore>, string]> = {
  "drops what rounding lost": [
    (store) => ({
      async get(machine, options) {
        const found = await store.get(machine, options);
        return found && { ...found, busyKwh: { ...found.busyKwh, lost: 0 } };
      },
    }),
    "keeps every number as it is",
  ],
  "takes averages of no hours for none": [
    (store) => ({
      async get(machine, options) {
        const found = await store.get(machine, options);
        return found?.hours === 0 ? undefined : found;
      },
    }),
    "averages of no hours are there, and zero",
  ],
  "forgets everything": [
    (store) => ({
      async remove(_, options) {
        await store.remove(await store.list(options), options);
      },
    }),
    "forgets what it is told to, and only that",
  ],
  "writes what came before the fault": [
    (store) => ({
      async put(all, options) {
        for (const each of all) await store.put([each], options);
      },
    }),
    "refuses sums that are not finite, and writes nothing of the call",
  ],
};

describe("averageStoreSuite", () => {
  it("passes a store without faults", async () => {
    expect(await failures(averageStoreSuite, memoryAverageStore, () => ({}))).toEqual([]);
  });
  it.each(Object.entries(averageFaults))("finds a store that %s", async (_, [fault, test]) => {
    expect(await failures(averageStoreSuite, memoryAverageStore, fault, test)).toEqual([test]);
  });
});
