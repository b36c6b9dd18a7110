import { mergeSeries, outsideOf } from "../../usage/series.js";
import { expectEqual } from "./expect.js";
import { hourAt, marked, sampleHours, sampleSeries } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

const [P, Q] = [project("IDAaaS"), project("CDAaaS")];

/** Forgetting rows. */
export function removingTests({ suite, options }: UsageSuite): void {
  const { tolerance = 0 } = options;

  suite.add("forgets the rows of an interval, half-open, and no others", async (store) => {
    const [p, q] = [sampleSeries(P, 60, 1), sampleSeries(Q, 60, 2)];
    await store.replace([p, q]);
    const interval = { from: hourAt(10), to: hourAt(35) };
    await store.remove([P], interval);
    await expectStored(store, outsideOf(p, interval), "with rows removed", tolerance);
    await expectStored(store, q, "not named", tolerance);
    await store.remove([P], interval);
    await expectStored(store, outsideOf(p, interval), "removed twice", tolerance);
  });

  suite.add("no longer lists a scope without rows, and takes it again", async (store) => {
    await store.replace([marked(P, sampleHours(30), 1), marked(Q, sampleHours(30), 2)]);
    await store.remove([P, project("nobody")], { from: 0, to: hourAt(1000) });
    expectEqual(await namesOf(store, "project"), ["CDAaaS"], "projects");
    await expectStored(store, marked(P, [], 1), "empty", tolerance);
    await store.replace([marked(P, sampleHours(2), 3)]);
    await expectStored(store, marked(P, sampleHours(2), 3), "written again", tolerance);
  });

  suite.add("forgets in a store that has nothing", async (store) => {
    await store.remove([P], { from: 0, to: hourAt(1000) });
    await store.remove([], { from: 0, to: hourAt(1000) });
    expectEqual(await namesOf(store, "project"), [], "projects");
  });

  suite.add("removing and writing other hours of a day keeps both", async (store) => {
    await store.replace([marked(P, sampleHours(24), 1)]);
    await store.remove([P], { from: hourAt(0), to: hourAt(6) });
    await store.replace([marked(P, sampleHours(3), 2)]);
    const left = outsideOf(marked(P, sampleHours(24), 1), { from: hourAt(0), to: hourAt(6) });
    await expectStored(store, mergeSeries(left, marked(P, sampleHours(3), 2)), "both", tolerance);
  });
}
