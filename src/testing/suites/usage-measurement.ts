import type { UsageStore } from "../../stores/usage-store.js";
import { type Measurement, measurementOf } from "../../usage/measurement.js";
import type { IntensityProvenance, Provenance } from "../../usage/provenance.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { mergeSeries, pickRows, type UsageSeries } from "../../usage/series.js";
import { expectEqual } from "./expect.js";
import { ALL_SAMPLES, HOST, hourAt, marked, NOT_GOT, sampleHours } from "./samples.js";
import { expectSeries, project, type UsageSuite } from "./usage-tools.js";

const INTENSITY: IntensityProvenance = { kind: "actual", source: "grid", fetchedAt: 5, settled: true };
const SPREADS = [undefined, Number.MIN_VALUE, 1 / 3, 1];
const UNSETTLED = [undefined, true];
const SCRAPES = [undefined, 0, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER];

/** How an hour was measured is read back as it was, and where nothing was said of it, nothing is. */
export function measurementTests({ suite, options: { tolerance = 0 } }: UsageSuite): void {
  suite.add("keeps spread, unsettled and scrapes in every combination", async (store) => {
    const series = rowsOf(ADA, provenances(SCRAPES));
    await store.replace([series]);
    await expectMeasured(store, series, "every combination", tolerance);
  });

  suite.add("keeps spread and unsettled of projects and hosts", async (store) => {
    const rows = provenances([undefined]);
    const projects = rowsOf(project("IDAaaS"), rows);
    const hosts = rowsOf(
      { kind: "host", name: "host-1:9100" },
      rows.map((provenance) => ({ ...provenance, host: HOST })),
    );
    await store.replace([projects, hosts]);
    await expectMeasured(store, projects, "of a project", tolerance);
    await expectMeasured(store, hosts, "of a host", tolerance);
  });

  suite.add("keeps scrapes that are others in every hour", async (store) => {
    const series = rowsOf(
      ADA,
      Array.from({ length: 500 }, (_, i) => ({ ...NOT_GOT, intensity: INTENSITY, scrapes: 10_000 + i })),
    );
    await store.replace([series]);
    await expectMeasured(store, series, "500 hours", tolerance);
  });

  const name = "replaces rows that have spread, unsettled and scrapes by rows that have none, and back";
  suite.add(name, async (store) => {
    const all = rowsOf(ADA, provenances(SCRAPES));
    const none = rowsOf(
      ADA,
      all.provenance.map(({ library, model, intensity }) => ({ library, model, intensity })),
    );
    await store.replace([all]);
    await store.replace([none]);
    await expectMeasured(store, none, "none in place of all", tolerance);
    const some = pickRows(
      all,
      [...all.hours.keys()].filter((i) => i % 3 !== 0),
    );
    await store.replace([some]);
    await expectMeasured(store, mergeSeries(none, some), "some in place of none", tolerance);
    await store.replace([all]);
    await expectMeasured(store, all, "all in place of some", tolerance);
    const last = pickRows(none, [...none.hours.keys()].slice(-30));
    await store.replace([last]);
    await expectMeasured(store, mergeSeries(all, last), "none in place of the last", tolerance);
  });
}

/** Rows whose provenances are these, in this order. */
function rowsOf(scope: Scope, provenances: readonly Provenance[]): UsageSeries {
  const series = marked(scope, sampleHours(provenances.length), 1);
  return { ...series, provenance: provenances };
}

/** With and without an intensity, in an order in which neighbours differ in one member. */
function provenances(scrapes: readonly (number | undefined)[]): Provenance[] {
  return [null, INTENSITY].flatMap((intensity) =>
    measurements(scrapes).map((measurement) => ({ ...NOT_GOT, intensity, ...measurement })),
  );
}

function measurements(scrapes: readonly (number | undefined)[]): Measurement[] {
  return SPREADS.flatMap((spread) =>
    UNSETTLED.flatMap((unsettled) =>
      scrapes.map((count) => measurementOf({ spread, unsettled, scrapes: count })),
    ),
  );
}

/** Throws unless the store has exactly these rows, and no member where none was given. */
async function expectMeasured(
  store: UsageStore,
  expected: UsageSeries,
  what: string,
  tolerance: number,
): Promise<void> {
  const stored = await store.read(expected.scope, ALL_SAMPLES);
  expectSeries(stored, expected, what, tolerance);
  for (const [i, provenance] of stored.provenance.entries()) {
    const given = Object.keys(expected.provenance[i] ?? {}).sort();
    expectEqual(Object.keys(provenance).sort(), given, `${what}: members of the provenance at ${hourAt(i)}`);
  }
}
