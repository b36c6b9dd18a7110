import { emptySeries, mergeSeries, pickRows, type UsageSeries } from "../../usage/series.js";
import { mix } from "../random.js";
import { expectEqual } from "./expect.js";
import { hourAt, marked, NOT_GOT, sampleHours, sampleSeries } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

const P = project("IDAaaS");
const HOURS_OF_A_YEAR = 8760;

/** Writing is replacing. */
export function writingTests({ suite, options }: UsageSuite): void {
  const { tolerance = 0, hoursAtOnce = HOURS_OF_A_YEAR, scopesAtOnce = 500 } = options;

  suite.add("replaces, and does not add", async (store) => {
    await store.replace([marked(P, sampleHours(4), 1)]);
    await store.replace([marked(P, sampleHours(4), 2)]);
    await expectStored(store, marked(P, sampleHours(4), 2), "after the second write", tolerance);
  });

  suite.add("a replay changes nothing", async (store) => {
    const batch = [sampleSeries(P, 72, 1), sampleSeries({ kind: "ada", name: "ada" }, 72, 1)];
    for (let time = 0; time < 3; time++) await store.replace(batch);
    for (const series of batch) await expectStored(store, series, "written three times", tolerance);
    expectEqual(await namesOf(store, "project"), ["IDAaaS"], "projects");
  });

  suite.add("an overlap replaces the hours given and keeps the others", async (store) => {
    const [before, after] = [marked(P, sampleHours(48), 1), marked(P, sampleHours(48, 30), 2)];
    await store.replace([before]);
    await store.replace([after]);
    await expectStored(store, mergeSeries(before, after), "both writes", tolerance);
    const between = marked(P, [hourAt(3), hourAt(20), hourAt(200)], 3);
    await store.replace([between]);
    await expectStored(store, mergeSeries(mergeSeries(before, after), between), "all three", tolerance);
  });

  suite.add("a row that had everything can become one that has nothing", async (store) => {
    const all = marked(P, sampleHours(2), 1);
    const missing = emptySeries(P, sampleHours(1, 1), NOT_GOT);
    await store.replace([all]);
    await store.replace([missing]);
    await expectStored(store, mergeSeries(all, missing), "afterwards", tolerance);
    await store.replace([all]);
    await expectStored(store, all, "and back again", tolerance);
  });

  suite.add("reads ascending, whatever the order of writing", async (store) => {
    const whole = sampleSeries(P, 60, 2);
    const order = [...whole.hours.keys()].sort((a, b) => mix(7, a) - mix(7, b));
    for (let i = 0; i < order.length; i += 10) {
      const rows = order.slice(i, i + 10).sort((a, b) => a - b);
      await store.replace([pickRows(whole, rows)]);
    }
    await expectStored(store, whole, "written in pieces", tolerance);
  });

  suite.add("of one scope twice in a call the later rows win", async (store) => {
    const [first, second] = [marked(P, sampleHours(6), 1), marked(P, sampleHours(6, 3), 2)];
    await store.replace([first, marked(project("CDAaaS"), sampleHours(1), 9), second]);
    await expectStored(store, mergeSeries(first, second), "both", tolerance);
  });

  suite.add("an empty call and an empty series write nothing", async (store) => {
    await store.replace([]);
    await store.replace([marked(P, [], 1)]);
    expectEqual(await store.scopes("project"), [], "projects");
    await store.replace([marked(P, sampleHours(1), 1)]);
    await store.replace([marked(P, [], 1)]);
    await expectStored(store, marked(P, sampleHours(1), 1), "afterwards", tolerance);
  });

  suite.add("keeps nothing of what it was given, and gives nothing of what it keeps", async (store) => {
    const expected = sampleSeries(P, 3, 1);
    const given = sampleSeries(P, 3, 1);
    await store.replace([given]);
    given.busyKwh.fill(7);
    (await store.read(P, { from: 0, to: hourAt(3) })).busyKwh.fill(8);
    await expectStored(store, expected, "after both were changed", tolerance);
  });

  suite.add(
    `keeps ${hoursAtOnce.toLocaleString("en")} hours of a scope, and a month of them again`,
    async (store) => {
      const year = sampleSeries(P, hoursAtOnce, 3);
      await store.replace([year]);
      await expectStored(store, year, "the year", tolerance);
      const length = Math.min(744, hoursAtOnce);
      const month = sampleSeries(P, sampleHours(length, Math.floor((hoursAtOnce - length) / 2)), 4);
      await store.replace([month]);
      await expectStored(store, mergeSeries(year, month), "with the month replaced", tolerance);
    },
  );

  suite.add(`takes ${scopesAtOnce} scopes in one call`, async (store) => {
    const kinds = ["project", "machine", "user", "group", "host"] as const;
    const batch = Array.from({ length: scopesAtOnce }, (_, i): UsageSeries => {
      const kind = kinds[i % kinds.length] ?? "host";
      return sampleSeries({ kind, name: `scope ${String(i).padStart(5, "0")}` }, 2, i);
    });
    await store.replace(batch);
    for (const kind of kinds) {
      const given = batch.filter((series) => series.scope.kind === kind);
      const names = given.map((series) => series.scope.name);
      expectEqual(await namesOf(store, kind), names, `the scopes of kind ${kind}`);
      for (const series of given.slice(0, 5)) await expectStored(store, series, series.scope.name, tolerance);
    }
  });
}
