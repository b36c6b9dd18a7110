import type { AverageStore, MachineAverages } from "../../stores/average-store.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { markedAverages, sampleAverages } from "./average-samples.js";
import { expectCode, expectEqual } from "./expect.js";
import { hostileNames } from "./names.js";
import type { AverageSuiteOptions, Suite } from "./suite.js";

const M = "Artemis (Matlab)";
const BASES = { "average direct consumption losses-included location co2": 2, "": 1 };

/** Averages are kept as they are, replaced whole, and forgotten when asked. */
export function keptAveragesTests(suite: Suite<AverageStore>, options: AverageSuiteOptions): void {
  const { tolerance = 0, machinesAtOnce = 500 } = options;
  const expectKept = async (store: AverageStore, expected: MachineAverages, what: string): Promise<void> =>
    expectEqual(await store.get(expected.machine), expected, what, tolerance);

  suite.add("a machine without averages is undefined", async (store) => {
    expectEqual(await store.get(M), undefined, "its averages");
    expectEqual(await store.list(), [], "the list");
    await store.put([]);
    await store.remove([]);
    expectEqual(await store.list(), [], "the list, after nothing was put and removed");
  });

  suite.add("keeps every number as it is", async (store) => {
    const { sum, lost } = { sum: 0.1 + 0.2, lost: -Number.MIN_VALUE };
    const extreme: MachineAverages = {
      machine: "extreme",
      hours: Number.MAX_SAFE_INTEGER,
      weight: { sum, lost },
      hoursWithCarbon: 0,
      weightWithCarbon: { sum: 0, lost: 0 },
      busyCpuSeconds: { sum: Number.MAX_VALUE, lost: 1 / 3 },
      idleCpuSeconds: { sum: Number.MIN_VALUE, lost: 2 ** -1022 },
      busyKwh: { sum: 1e-7, lost: -1e-23 },
      idleKwh: { sum: 123_456_789.123_456_79, lost: 5e-9 },
      busyGco2eq: { sum: -1e-17, lost: 0 },
      idleGco2eq: { sum: 1e22, lost: -1e5 },
    };
    const all = [extreme, sampleAverages(M, 1), sampleAverages("other", 2)];
    await store.put(all);
    for (const averages of all) await expectKept(store, averages, averages.machine);
  });

  suite.add("keeps whether they were learnt or given, and what pruned hours have taught", async (store) => {
    const { machine: _, ...sums } = sampleAverages("sums", 3);
    const all: MachineAverages[] = [
      { ...sampleAverages("given", 1) },
      { ...sampleAverages("learnt", 2), learnt: { isStale: false, hoursByBasis: {} } },
      { ...sampleAverages("stale", 2), learnt: { isStale: true } },
      {
        ...sampleAverages("pruned", 4),
        learnt: { isStale: false, hoursByBasis: BASES, pruned: { before: 1_757_462_400_000, sums } },
      },
      {
        ...sampleAverages("pruned of a time", 5),
        learnt: {
          isStale: true,
          hoursByBasis: BASES,
          pruned: { from: 1_757_376_000_000, before: 1_757_462_400_000, sums, hoursByBasis: BASES },
        },
      },
    ];
    await store.put(all);
    for (const averages of all) await expectKept(store, averages, averages.machine);
    await store.put([sampleAverages("pruned", 5)]);
    await expectKept(store, sampleAverages("pruned", 5), "given in place of learnt ones");
  });

  suite.add("averages of no hours are there, and zero", async (store) => {
    await store.put([markedAverages(M, 0)]);
    await expectKept(store, markedAverages(M, 0), "averages of nothing");
    expectEqual(await store.list(), [M], "the list");
  });

  suite.add("replaces whole, and does not add", async (store) => {
    await store.put([markedAverages(M, 1), markedAverages("other", 5)]);
    await store.put([markedAverages(M, 2)]);
    await expectKept(store, markedAverages(M, 2), "after the second");
    await expectKept(store, markedAverages("other", 5), "the other machine");
  });

  suite.add("a replay changes nothing", async (store) => {
    const batch = [sampleAverages(M, 1), sampleAverages("other", 2)];
    for (let time = 0; time < 3; time++) await store.put(batch);
    for (const averages of batch) await expectKept(store, averages, averages.machine);
    expectEqual(await store.list(), [M, "other"], "the list");
  });

  suite.add("of one machine twice in a call the later wins", async (store) => {
    await store.put([markedAverages(M, 1), markedAverages("other", 3), markedAverages(M, 2)]);
    await expectKept(store, markedAverages(M, 2), M);
    await expectKept(store, markedAverages("other", 3), "other");
  });

  suite.add("keeps nothing of what it was given, and gives nothing of what it keeps", async (store) => {
    const given = { ...markedAverages(M, 1), busyKwh: { sum: 1, lost: 1 } };
    await store.put([given]);
    given.busyKwh.sum = 7;
    given.hours = 7;
    const got = await store.get(M);
    if (got !== undefined) Object.assign(got.idleKwh, { sum: 8 });
    await expectKept(store, markedAverages(M, 1), "after both were changed");
  });

  suite.add(`takes ${machinesAtOnce} machines in one call`, async (store) => {
    const batch = Array.from({ length: machinesAtOnce }, (_, i) =>
      sampleAverages(`machine ${String(i).padStart(5, "0")}`, i),
    );
    await store.put(batch);
    expectEqual(
      await store.list(),
      batch.map((averages) => averages.machine),
      "the list",
    );
    for (const averages of batch.slice(-10)) await expectKept(store, averages, averages.machine);
    await store.remove(batch.map((averages) => averages.machine));
    expectEqual(await store.list(), [], "the list, when all were removed");
  });

  suite.add("lists machines by code unit", async (store) => {
    const names = ["b", "a", "B", "Z", "_", "\uFF5E", "😀", "ä", "10", "9", "a b", "a!"];
    await store.put(names.map((name, i) => sampleAverages(name, i)));
    expectEqual(await store.list(), [...names].sort(byCodeUnit), "the list");
  });

  suite.add("forgets what it is told to, and only that", async (store) => {
    await store.put(["a", "b", "c"].map((name) => markedAverages(name, 1)));
    await store.remove(["a", "unknown", "c", "a"]);
    await store.remove(["a"]);
    expectEqual(await store.list(), ["b"], "the list");
    expectEqual(await store.get("a"), undefined, "a");
    await expectKept(store, markedAverages("b", 1), "b");
    await store.put([markedAverages("a", 2)]);
    await expectKept(store, markedAverages("a", 2), "a, put again");
  });

  suite.add("keeps hostile names apart and as they are", async (store) => {
    const names = hostileNames(options);
    const batch = names.map((name, i) => markedAverages(name, i));
    await store.put(batch);
    expectEqual(await store.list(), [...names].sort(byCodeUnit), "the list");
    for (const averages of batch) await expectKept(store, averages, JSON.stringify(averages.machine));
    await store.remove(names.filter((_, i) => i % 2 === 0));
    const left = batch.filter((_, i) => i % 2 === 1);
    expectEqual(await store.list(), left.map((averages) => averages.machine).sort(byCodeUnit), "those left");
    for (const averages of left) await expectKept(store, averages, JSON.stringify(averages.machine));
  });

  if (options.caseSensitive !== false) return;
  suite.add("refuses a name that it cannot tell from a stored one", async (store) => {
    await store.put([markedAverages("bob", 1)]);
    await expectCode(() => store.put([markedAverages("Bob", 2)]), "store-unavailable", "Bob after bob");
    await expectKept(store, markedAverages("bob", 1), "bob");
  });
}
