import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../../stores/assert-averages.js";
import type { AverageStore } from "../../stores/average-store.js";
import { markedAverages, sampleAverages } from "./average-samples.js";
import { expectEqual, expectThat } from "./expect.js";
import type { Suite, SuiteOptions } from "./suite.js";
import { abortedWrites, watchedWrites } from "./together.js";

const MACHINES = ["Artemis (Matlab)", "Mantid", "Jupyter", "Horace"];

/** Writers and readers at the same time. */
export function togetherAveragesTests(suite: Suite<AverageStore>, options: SuiteOptions): void {
  suite.add("calls to one store at once are as one after the other", async (store) => {
    const names = Array.from({ length: 10 }, (_, i) => `machine ${i}`);
    await Promise.all(names.map((name, i) => store.put([markedAverages(name, i)])));
    expectEqual(await store.list(), names, "the list");
    for (const [i, name] of names.entries()) expectEqual(await markOf(store, name), i, name);
  });

  suite.add("a reader during a write sees each machine before or after", (store) => watched(store, store));

  suite.add("a call aborted half way leaves each machine as it was or as it should be", async (store) => {
    const names = Array.from({ length: 60 }, (_, i) => `machine ${i}`);
    await abortedWrites(
      (mark, signal) =>
        store.put(
          names.map((name) => markedAverages(name, mark)),
          { signal },
        ),
      async () => {
        const marks = new Map<string, number[]>();
        for (const name of names) marks.set(name, [await markOf(store, name)]);
        return marks;
      },
    );
  });

  if (options.concurrentHandles === false) return;

  suite.add("a reader on another handle never sees a mixture either", async (store, another) =>
    watched(store, await another()),
  );

  suite.add("what one handle has written or removed another sees at once", async (store, another) => {
    const other = await another();
    await store.put([markedAverages("a", 1), markedAverages("b", 1)]);
    expectEqual(await other.list(), ["a", "b"], "the list");
    await other.put([markedAverages("a", 2)]);
    expectEqual(await markOf(store, "a"), 2, "a");
    await other.remove(["b"]);
    expectEqual(await store.get("b"), undefined, "b");
  });

  suite.add("what was written is there after closing and opening again", async (store, another) => {
    const batch = MACHINES.map((name, i) => sampleAverages(name, i));
    await store.put(batch);
    await store.close();
    const again = await another();
    for (const averages of batch) {
      expectEqual(await again.get(averages.machine), averages, averages.machine, options.tolerance ?? 0);
    }
  });

  suite.add(
    "two writers at once lose nothing, and each machine is of one of them",
    async (store, another) => {
      const other = await another();
      for (let round = 1; round <= 6; round++) {
        const batch = (mark: number): Promise<void>[] => [
          store.put([...MACHINES, `left ${round}`].map((name) => markedAverages(name, mark))),
          other.put(
            [...MACHINES, `right ${round}`].reverse().map((name) => markedAverages(name, 100 + mark)),
          ),
        ];
        await Promise.all(batch(round));
        for (const name of MACHINES) {
          const mark = await markOf(store, name);
          expectThat([round, 100 + round].includes(mark), `round ${round} left ${mark} in ${name}`);
        }
        expectEqual(await markOf(store, `left ${round}`), round, "what only one wrote");
        expectEqual(await markOf(store, `right ${round}`), 100 + round, "what only the other wrote");
      }
    },
  );
}

async function watched(writer: AverageStore, reader: AverageStore): Promise<void> {
  await watchedWrites(
    (mark) => writer.put(MACHINES.map((name) => markedAverages(name, mark))),
    async () => {
      for (const name of MACHINES) await markOf(reader, name);
      expectEqual(await reader.list(), [...MACHINES].sort(), "the list during a write");
    },
  );
  for (const name of MACHINES) expectEqual(await markOf(reader, name), 12, name);
}

/** The mark that all numbers of a machine carry; throws if they carry different ones, or are not there. */
async function markOf(store: AverageStore, machine: string): Promise<number> {
  const averages = await store.get(machine);
  if (averages === undefined) throw new Error(`there are no averages of ${machine}`);
  const seen = new Set([
    ...AVERAGE_COUNTS.map((name) => averages[name]),
    ...AVERAGE_SUMS.flatMap((name) => [averages[name].sum, averages[name].lost]),
  ]);
  const [mark = Number.NaN] = seen;
  expectThat(seen.size === 1, `two writes are mixed in ${machine}: ${[...seen].join(", ")}`);
  return mark;
}
