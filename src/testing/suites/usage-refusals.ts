import type { FinishedHour } from "../../usage/hour.js";
import type { Measurement } from "../../usage/measurement.js";
import { ADA, SCOPE_KINDS } from "../../usage/scope.js";
import { COLUMNS, type MutableSeries, QUANTITIES, type UsageSeries } from "../../usage/series.js";
import { expectCode, expectEqual } from "./expect.js";
import { IMPOSSIBLE_NAMES } from "./names.js";
import { ALL_SAMPLES, hourAt, marked, NOT_GOT, sampleHours } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

const BAD = project("bad");

/** Bad input is refused, and nothing of its call is written. */
export function refusalTests({ suite, options: { largestName } }: UsageSuite): void {
  const refuses = (name: string, cases: () => readonly (readonly [string, UsageSeries])[]): void => {
    suite.add(`refuses ${name}, and writes nothing of the call`, async (store) => {
      const before = marked(project("good"), sampleHours(2), 1);
      const after = marked(project("good too"), sampleHours(2), 1);
      for (const [what, series] of cases()) {
        await expectCode(() => store.replace([before, series, after]), "bad-input", what);
        for (const kind of SCOPE_KINDS) expectEqual(await namesOf(store, kind), [], `after ${what}: ${kind}`);
      }
      await store.replace([before]);
      await expectStored(store, before, "a good call afterwards");
    });
  };

  refuses("NaN where the status needs a number", () =>
    QUANTITIES.map((name) => [`NaN in ${name}`, changed((series) => series[name].fill(Number.NaN, 1, 2))]),
  );

  refuses("infinite and negative numbers", () =>
    COLUMNS.flatMap((name) =>
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -Number.MIN_VALUE].map(
        (value) => [`${value} in ${name}`, changed((series) => series[name].fill(value, 2))] as const,
      ),
    ),
  );

  refuses("a coverage above 1", () => [["1.1", changed((series) => series.coverage.fill(1.1, 2))]]);

  refuses("a spread, unsettled or scrapes that cannot be", () =>
    [
      ...[0, -0.5, 1.1, Number.NaN, null, "0.5"].map((spread) => ({ spread })),
      ...[false, null, 1].map((unsettled) => ({ unsettled })),
      ...[-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, null].map((scrapes) => ({ scrapes })),
    ].map((member) => [
      describeMember(member),
      changed(({ provenance }) => provenance.splice(1, 1, { ...NOT_GOT, ...(member as Measurement) })),
    ]),
  );

  refuses("a market-based intensity that cannot be", () =>
    [-1, -Number.MIN_VALUE, Number.NaN, Number.POSITIVE_INFINITY].map((gco2eqPerKwh) => {
      const market = {
        kind: "actual",
        source: "contract",
        gco2eqPerKwh,
        fetchedAt: null,
        settled: true,
      } as const;
      return [
        `${gco2eqPerKwh}`,
        changed(({ provenance }) => provenance.splice(1, 1, { ...NOT_GOT, market })),
      ] as const;
    }),
  );

  refuses("marginal intensities", () => {
    const marginal = "marginal direct consumption losses-included location co2";
    const average = "average direct consumption losses-included location co2";
    const about = { kind: "actual", source: "grid", fetchedAt: null, settled: true } as const;
    return [marginal, `${average} + ${marginal}`].flatMap((basis) =>
      [{ intensity: { ...about, basis } }, { market: { ...about, basis, gco2eqPerKwh: 1 } }].map(
        (member) =>
          [
            `${Object.keys(member)[0]} ${basis}`,
            changed(({ provenance }) => provenance.splice(1, 1, { ...NOT_GOT, ...member })),
          ] as const,
      ),
    );
  });

  refuses("numbers that the status says are not there", () => [
    ["not downloaded, with energy", changed((series) => series.status.fill("not downloaded", 1, 2))],
    ["unprocessed, with carbon", changed((series) => series.status.fill("unprocessed", 1, 2))],
  ]);

  refuses("hours off the grid", () =>
    [hourAt(1) + 1, hourAt(1) - 1, hourAt(1) + 0.5, hourAt(1) + 1_800_000, Number.NaN].map((hour) => [
      String(hour),
      changed((series) => series.hours.splice(1, 1, hour as FinishedHour)),
    ]),
  );

  refuses("hours twice or out of order", () => [
    ["twice", changed((series) => series.hours.splice(1, 1, hourAt(0)))],
    ["out of order", changed((series) => series.hours.splice(0, 3, hourAt(2), hourAt(1), hourAt(0)))],
  ]);

  refuses("columns of unequal length", () => [
    ["a status too many", changed((series) => series.status.push("processed"))],
    ["a number too few", { ...marked(BAD, sampleHours(3), 1), busyKwh: new Float64Array(2) }],
  ]);

  refuses("names that are empty or not Unicode, and ada under another name", () => [
    ...IMPOSSIBLE_NAMES.map(
      (name) => [JSON.stringify(name), marked(project(name), sampleHours(1), 1)] as const,
    ),
    ["ada of another name", marked({ ...ADA, name: "IDAaaS" }, sampleHours(1), 1)],
  ]);

  suite.add("refuses to read under such names", async (store) => {
    for (const name of IMPOSSIBLE_NAMES) {
      await expectCode(() => store.read(project(name), ALL_SAMPLES), "bad-input", JSON.stringify(name));
    }
    await expectCode(
      () => store.read({ ...ADA, name: "IDAaaS" }, ALL_SAMPLES),
      "bad-input",
      "ada of another name",
    );
  });

  if (largestName === undefined) return;
  refuses(`names longer than ${largestName}`, () => [
    ["one longer", marked(project("x".repeat(largestName + 1)), sampleHours(1), 1)],
  ]);
}

/** Three good rows of the bad scope, changed. */
function changed(change: (series: MutableSeries) => unknown): UsageSeries {
  const series = marked(BAD, sampleHours(3), 1);
  change(series);
  return series;
}

function describeMember(member: object): string {
  return Object.entries(member)
    .map(([name, value]) => `${name} ${typeof value === "string" ? JSON.stringify(value) : value}`)
    .join();
}
