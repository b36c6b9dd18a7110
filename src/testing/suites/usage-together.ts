import type { UsageStore } from "../../stores/usage-store.js";
import { DAY_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import { expectCode, expectEqual, expectThat, failureOf } from "./expect.js";
import { ALL_SAMPLES, hourAt, marked, sampleHours, sampleSeries } from "./samples.js";
import { abortedWrites, watchedWrites } from "./together.js";
import { expectStored, marksOf, project, type UsageSuite, type UsageSuiteOptions } from "./usage-tools.js";

const HOURS = 36;
const SCOPES: readonly Scope[] = [
  ...["IDAaaS", "CDAaaS", "DDAaaS"].map(project),
  ...["Alice", "Bob"].map((name): Scope => ({ kind: "user", name })),
  ADA,
];
const LATER: Scope = project("IDAaaS");

/** Writers and readers at the same time, and calls given up half way. */
export function togetherTests({ suite, options }: UsageSuite): void {
  suite.add("calls to one store at once are as one after the other", async (store) => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => store.replace([marked(ADA, [hourAt(i)], i + 1)])));
    const { hours, busyKwh } = await store.read(ADA, ALL_SAMPLES);
    expectEqual(hours, sampleHours(10), "hours");
    expectEqual([...busyKwh], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "marks");
  });

  suite.add("a reader during a write sees each scope before or after, in the order given", async (store) => {
    await watched(store, store, options);
  });

  suite.add("a call aborted half way leaves each scope as it was or as it should be", async (store) => {
    await abortedHalfWay(store, options);
  });

  if (options.concurrentHandles === false) return;

  suite.add("what one handle has written another reads at once", async (store, another) => {
    const other = await another();
    for (const mark of [1, 2, 3]) {
      const series = marked(ADA, sampleHours(HOURS), mark);
      await (mark === 2 ? other : store).replace([series]);
      await expectStored(mark === 2 ? store : other, series, `write ${mark}`);
    }
  });

  suite.add("what was written is there after closing and opening again", async (store, another) => {
    const batch = SCOPES.map((scope, i) => sampleSeries(scope, 40, i));
    await store.replace(batch);
    await store.close();
    const again = await another();
    for (const series of batch) await expectStored(again, series, series.scope.name, options.tolerance);
  });

  suite.add("a reader on another handle never sees a mixture either", async (store, another) => {
    await watched(store, await another(), options);
  });

  suite.add("two writers at once, on different hours, lose nothing", async (store, another) => {
    const writers = [store, await another()];
    const [even, odd] = [0, 1].map((part) => sampleHours(HOURS).filter((_, i) => i % 2 === part));
    await Promise.all(
      writers.map(async (writer, i) => {
        const hours = (i === 0 ? even : odd) ?? [];
        for (let k = 0; k < hours.length; k += 6) {
          await writer.replace(SCOPES.map((scope) => marked(scope, hours.slice(k, k + 6), i + 1)));
        }
      }),
    );
    for (const scope of SCOPES) {
      const { hours, busyKwh } = await store.read(scope, ALL_SAMPLES);
      expectEqual(hours, sampleHours(HOURS), `hours of ${scope.name}`);
      expectEqual(
        [...busyKwh],
        hours.map((_, i) => (i % 2) + 1),
        `marks of ${scope.name}`,
      );
    }
  });

  suite.add(
    "two writers at once, on the same hours and new scopes, end as one after the other",
    async (store, another) => {
      const other = await another();
      const batch = (mark: number): UsageSeries[] =>
        SCOPES.map((scope) => marked(scope, sampleHours(HOURS), mark));
      // The second writes backwards: writers that lock scope by scope must not wait for each other for ever.
      for (let round = 1; round <= 6; round++) {
        await Promise.all([store.replace(batch(round)), other.replace(batch(100 + round).reverse())]);
        for (const scope of SCOPES) {
          for (const mark of marksOf(await store.read(scope, ALL_SAMPLES), HOURS, options)) {
            expectThat([round, 100 + round].includes(mark), `round ${round} left ${mark} in ${scope.name}`);
          }
        }
      }
    },
  );

  suite.add(
    "closing during a write leaves each scope as it was or as it should be",
    async (store, another) => {
      const batch = (mark: number): UsageSeries[] =>
        SCOPES.map((scope) => marked(scope, sampleHours(HOURS), mark));
      await store.replace(batch(1));
      const writing = failureOf(() => store.replace(batch(2)));
      await store.close();
      const failure = await writing;
      const again = await another();
      for (const scope of SCOPES) {
        const allowed = failure === undefined ? [2] : [1, 2];
        for (const mark of marksOf(await again.read(scope, ALL_SAMPLES), HOURS, options)) {
          expectThat(allowed.includes(mark), `${scope.name} has ${mark}`);
        }
      }
    },
  );

  if (options.lock !== true) return;
  suite.add("a lock keeps others out, not its holder, and is given back once", async (store, another) => {
    if (store.lock === undefined) throw new Error("the store has no lock; do not say `lock: true`");
    const other = await another();
    const release = await store.lock();
    await expectCode(async () => other.lock?.(), "store-locked", "a second lock");
    await store.replace([marked(ADA, sampleHours(2), 1)]);
    await expectStored(other, marked(ADA, sampleHours(2), 1), "what the holder wrote, read by another");
    await release();
    await release();
    await other.replace([marked(ADA, sampleHours(2), 2)]);
    await (await other.lock?.())?.();
  });
}

/** What a reader sees while batch after batch is written must be whole, and in order. */
async function watched(writer: UsageStore, reader: UsageStore, options: UsageSuiteOptions): Promise<void> {
  const marks = async (scope: Scope): Promise<number[]> => {
    const seen = marksOf(await reader.read(scope, ALL_SAMPLES), HOURS, options);
    expectEqual(seen.length, options.atomic === "day" ? daysOf(HOURS) : 1, `what is there of ${scope.name}`);
    return seen;
  };
  await watchedWrites(
    (mark) => writer.replace(SCOPES.map((scope) => marked(scope, sampleHours(HOURS), mark))),
    async () => {
      // The last of a batch first: whoever sees it new must see the first one new as well.
      const last = Math.max(...(await marks(ADA)));
      const first = Math.min(...(await marks(LATER)));
      expectThat(first >= last, `ada is of write ${last} already, ${LATER.name} still of ${first}`);
      for (const scope of SCOPES) await marks(scope);
    },
  );
  for (const scope of SCOPES) await expectStored(reader, marked(scope, sampleHours(HOURS), 12), scope.name);
}

async function abortedHalfWay(store: UsageStore, options: UsageSuiteOptions): Promise<void> {
  const scopes = Array.from({ length: 40 }, (_, i): Scope => ({ kind: "host", name: `host-${i}:9100` }));
  await abortedWrites(
    (mark, signal) =>
      store.replace(
        scopes.map((scope) => marked(scope, sampleHours(HOURS), mark)),
        { signal },
      ),
    async () => {
      const marks = new Map<string, number[]>();
      for (const scope of scopes)
        marks.set(scope.name, marksOf(await store.read(scope, ALL_SAMPLES), HOURS, options));
      return marks;
    },
  );
  for (const scope of scopes) await expectStored(store, marked(scope, sampleHours(HOURS), 99), scope.name);
}

function daysOf(hours: number): number {
  return new Set(sampleHours(hours).map((hour) => Math.floor(hour / DAY_MS))).size;
}
