import { describe, expect, it } from "vitest";
import type { MeterHours } from "../meters/meter.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { OwnerShare } from "../usage/provenance.js";
import { ADA, type Scope } from "../usage/scope.js";
import { emptySeries, type UsageSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { loadsBehind } from "./loads.js";
import { storedUsage } from "./stored-usage.js";

const FROM = Date.UTC(2025, 8, 10);
const hours = Array.from({ length: 4 }, (_, t) => (FROM + t * HOUR_MS) as FinishedHour);
const span = { from: FROM, to: FROM + 4 * HOUR_MS };

function owner(machine: string, share: number): OwnerShare {
  return {
    project: "IDAaaS",
    machine,
    user: "u",
    group: "g",
    experiment: "e",
    busyShare: share,
    idleShare: share,
  };
}

/** Rows of one hour after the other: busy and idle core-hours, or a status without them. */
function stored(
  scope: Scope,
  rows: readonly (readonly [number, number] | Status)[],
  owners: readonly OwnerShare[],
): UsageSeries {
  const host = {
    project: "IDAaaS",
    machine: owners[0]?.machine ?? null,
    user: "u",
    expectedCpuSeconds: 0,
    up: null,
    by: "labels",
    owners,
  };
  const provenance = { library: "", model: "m", intensity: null, ...(scope.kind === "host" ? { host } : {}) };
  const series = emptySeries(scope, hours.slice(0, rows.length), provenance);
  rows.forEach((row, i) => {
    series.status[i] = typeof row === "string" ? row : "unprocessed";
    if (row === "not downloaded") return;
    const [busy, idle] = typeof row === "string" ? [1, 1] : row;
    series.busyCpuSeconds[i] = busy * 3600;
    series.idleCpuSeconds[i] = idle * 3600;
    series.busyKwh[i] = 0;
    series.idleKwh[i] = 0;
    series.coverage[i] = 1;
  });
  return series;
}
const host = (name: string): Scope => ({ kind: "host", name });
const meter = (hosts: readonly string[] | null, ...kwh: number[]): MeterHours => ({
  ...{ meter: "hv-1", kind: "hypervisor", hosts, spread: null },
  hours: hours.slice(0, kwh.length),
  kwh: Float64Array.from(kwh),
});
const whole = stored(
  ADA,
  [
    [9, 9],
    [9, 9],
    [9, 9],
    [9, 9],
  ],
  [],
);
const a = stored(
  host("a:9100"),
  [
    [1, 3],
    [2, 2],
    [3, 1],
    [4, 0],
  ],
  [owner("Muon", 1)],
);

describe("core-hours behind a meter", () => {
  it("are those of its hosts, by machine, with or without port", () => {
    const b = stored(
      host("b:9100"),
      [
        [4, 4],
        [8, 0],
        [0, 8],
        [0, 8],
      ],
      [owner("Muon", 0.25), owner("WISH", 0.75)],
    );
    const c = stored(
      host("c:9100"),
      [
        [7, 7],
        [7, 7],
        [7, 7],
        [7, 7],
      ],
      [owner("Muon", 1)],
    );
    const { loads, findings } = loadsBehind([meter(["a", "b:9100"], 1, 2, 3, 4)], {
      ada: whole,
      hosts: [a, b, c],
    });
    expect(loads[0]?.machines).toEqual([
      {
        machine: "Muon",
        busyCoreHours: Float64Array.of(2, 4, 3, 4),
        idleCoreHours: Float64Array.of(4, 2, 3, 2),
      },
      {
        machine: "WISH",
        busyCoreHours: Float64Array.of(3, 6, 0, 0),
        idleCoreHours: Float64Array.of(3, 0, 6, 6),
      },
    ]);
    expect(findings).toEqual(["the meters have 46% of the stored core-hours behind them"]);
  });

  it("are those of all hosts behind a site's", () => {
    const { loads, findings } = loadsBehind([meter(null, 1, 2, 3, 4)], { ada: whole, hosts: [a] });
    expect(loads[0]?.machines[0]?.busyCoreHours).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(findings).toEqual([]);
  });

  it("are left out where a meter, an hour or a host is not known: never taken for idle", () => {
    const ada = stored(ADA, [[9, 9], "download incomplete", [9, 9], [9, 9]], []);
    const torn = stored(host("b"), [[1, 1], [1, 1], "not downloaded", [1, 1]], [owner("Muon", 1)]);
    const { loads } = loadsBehind([meter(["a", "b"], 1, 2, 3, Number.NaN)], { ada, hosts: [a, torn] });
    expect([loads[0]?.hours, loads[0]?.kwh]).toEqual([[hours[0]], Float64Array.of(1)]);
    // Hours that nobody has stored are no hours without load.
    const none = loadsBehind([meter(null, 1, 2)], { ada: stored(ADA, [], []), hosts: [] });
    expect(none.loads[0]?.hours).toEqual([]);
  });

  it("are left out where a row does not say whose it was", () => {
    const { provenance, ...rest } = a;
    const nameless: UsageSeries = {
      ...rest,
      provenance: provenance.map(({ library, model, intensity }) => ({ library, model, intensity })),
    };
    expect(
      loadsBehind([meter(["a"], 1, 2, 3, 4)], { ada: whole, hosts: [nameless] }).loads[0]?.hours,
    ).toEqual([]);
  });

  it("say which hosts of a meter are not stored", () => {
    const { findings } = loadsBehind([meter(["a", "x", "y"], 1, 2, 3, 4)], { ada: whole, hosts: [a] });
    expect(findings).toEqual([
      expect.stringMatching(
        /^2 hosts behind meters are not stored, such as x, y: nothing says what they did$/,
      ),
    ]);
  });

  it("are read from any store", async () => {
    const store = memoryUsageStore();
    await store.replace([a, whole]);
    const usage = await storedUsage(store, { from: span.from, to: span.from + 2 * HOUR_MS });
    expect([usage.ada.hours.length, usage.hosts.map(({ hours: own }) => own.length)]).toEqual([2, [2]]);
  });
});
