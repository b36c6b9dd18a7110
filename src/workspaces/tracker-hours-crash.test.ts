import { AdaCarbonError, hourOf, type UsageSeries } from "ada-carbon";
import { machineMeans } from "ada-carbon/averages";
import { describe, expect, it } from "vitest";
import {
  conservationError,
  expectSame,
  HOUR,
  KWH_A_MINUTE,
  Lab,
  MINUTE,
  minutes,
  pollAt,
  sumOf,
  T,
} from "../../test/support/workspace-lab.js";
import type { AverageStore } from "../stores/average-store.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";

/** Fails from a moment on, before or after it has done what it was asked for. */
class Fault {
  at: number | undefined;
  calls = 0;

  async around<T>(work: () => Promise<T>, when: "before" | "after"): Promise<T> {
    const fails = this.calls++ === this.at;
    if (fails && when === "before") throw new AdaCarbonError("store-unavailable", "disk full");
    const result = await work();
    if (fails) throw new AdaCarbonError("store-unavailable", "the line was cut");
    return result;
  }
}

function faultyStores(lab: Lab, fault: Fault, when: "before" | "after") {
  const store: WorkspaceStore = {
    ...lab.store,
    save: (sessions) => fault.around(() => lab.store.save(sessions), when),
  };
  const usage: UsageStore = {
    ...lab.usage,
    replace: (series) => fault.around(() => lab.usage.replace(series), when),
  };
  const averages: AverageStore = {
    ...lab.averages,
    put: (given) => fault.around(() => lab.averages.put(given), when),
  };
  return { store, usage, averages };
}

/** Two hosts of one machine name that work, and one that comes late and leaves. */
function hostsAt(minute: number): Lab["hosts"] {
  const load = 0.5 + 0.4 * Math.sin(minute);
  const visitor = { instance: "c:9100", user: "chidi", machine: "Laser", bootedAt: T + 10 * MINUTE };
  const all = [{ idleFraction: load }, { instance: "b:9100", user: "bjorn", idleFraction: 1 - load }];
  return minute >= 12 && minute <= 40 ? [...all, visitor] : all;
}

async function steady(): Promise<Lab> {
  const lab = settledGrid(new Lab());
  const tracker = lab.hourly();
  for (const minute of minutes(0, 66)) {
    lab.hosts = hostsAt(minute);
    await pollAt(lab, tracker, minute);
  }
  return lab;
}

/** An intensity that a tracker that starts anew does not fetch later. */
function settledGrid(lab: Lab): Lab {
  const period = {
    from: T - HOUR,
    to: T + 90 * HOUR,
    gco2eqPerKwh: 150,
    kind: "actual",
    fetchedAt: T,
  } as const;
  lab.grid = async () => [period];
  return lab;
}

async function hourOfAll(lab: Lab): Promise<UsageSeries[]> {
  const scopes = await Promise.all(
    (["ada", "user", "host", "machine"] as const).map((kind) => lab.usage.scopes(kind)),
  );
  return Promise.all(scopes.flat().map((scope) => lab.usage.read(scope, { from: T, to: T + 1 })));
}

describe("a tracker that is started anew", () => {
  it.each([1, 7, 20])("every %i polls stores the same rows and averages", async (every) => {
    const lab = settledGrid(new Lab());
    let tracker = lab.hourly();
    for (const minute of minutes(0, 66)) {
      lab.hosts = hostsAt(minute);
      await pollAt(lab, tracker, minute);
      if (minute % every === 0) tracker = lab.hourly();
    }
    const whole = await steady();
    expect(await hourOfAll(lab)).toEqual(await hourOfAll(whole));
    expect(await lab.averages.get("Muon")).toEqual(await whole.averages.get("Muon"));
    expect(await lab.averages.get("Laser")).toEqual(await whole.averages.get("Laser"));
  });

  it("finds hours of sessions that were over before it was stopped", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.hourly(), ...minutes(0, 20));
    lab.hosts = [];
    await pollAt(lab, lab.hourly(), ...minutes(21, 30));
    expect(await lab.store.active("isis")).toEqual([]);
    const [report] = await pollAt(lab, lab.hourly(), 50 * 60);
    expect(report?.hours.stored).toEqual([T]);
    expect(sumOf(await lab.rows("user:amara")).busyKwh).toBeCloseTo(10 * KWH_A_MINUTE, 12);
    expect((await lab.only()).hours).toBeUndefined();
    const [next] = await pollAt(lab, lab.hourly(), 51 * 60);
    expect(next?.hours.stored).toEqual([]);
  });
});

describe("a failure or a crash", () => {
  // Calls of stores in the poll that stores the hour: save, replace, put, save of what is marked.
  const cases = (["before", "after"] as const).flatMap((when) =>
    [false, true].flatMap((restarts) => [0, 1, 2, 3, 4, 5].map((call) => [when, call, restarts] as const)),
  );

  it.each(cases)(
    "%s call %i of a poll (restart: %s) neither loses nor doubles",
    async (when, call, restarts) => {
      const lab = settledGrid(new Lab());
      const fault = new Fault();
      const stores = faultyStores(lab, fault, when);
      let tracker = lab.hourly(stores);
      let failures = 0;
      for (const minute of minutes(0, 66)) {
        lab.hosts = hostsAt(minute);
        fault.calls = 0;
        // In every poll after the hour, once each.
        fault.at = minute === 61 || minute === 62 ? call : undefined;
        const outcome = await pollAt(lab, tracker, minute).then(
          ([report]) => report?.warnings ?? [],
          (error: unknown) => [String(error)],
        );
        if (outcome.some((line) => /disk full|line was cut/.test(line))) {
          failures += 1;
          if (restarts) tracker = lab.hourly(stores);
        }
      }
      const whole = await steady();
      const [rows, expected] = [await lab.rows("ada"), await whole.rows("ada")];
      if (call <= 2) expect(failures).toBeGreaterThan(0);
      expect(rows).toHaveLength(1);
      expectSame(sumOf(rows), sumOf(expected));
      expect(await conservationError(lab.usage)).toBeLessThan(1e-9);
      for (const machine of ["Muon", "Laser"]) {
        const [ours, theirs] = [await lab.averages.get(machine), await whole.averages.get(machine)];
        if (ours === undefined || theirs === undefined) throw new Error(`no averages of ${machine}`);
        expect(machineMeans(ours)).toMatchObject({ hours: machineMeans(theirs).hours });
        expect(machineMeans(ours).busyKwh).toBeCloseTo(machineMeans(theirs).busyKwh ?? Number.NaN, 12);
      }
      const sessions = await lab.sessions();
      expect(sessions.flatMap(({ hours = [] }) => hours).filter(({ hour }) => hour === T)).not.toEqual([]);
      for (const { hours = [] } of sessions) for (const one of hours) expect(one.stored).toBe(one.hour === T);
    },
  );

  it("of the store of usage is said, and the hours wait for it", async () => {
    const lab = new Lab();
    const full = new AdaCarbonError("store-unavailable", "disk full");
    let fails = true;
    const usage: UsageStore = {
      ...lab.usage,
      replace: (series) => (fails ? Promise.reject(full) : lab.usage.replace(series)),
    };
    const tracker = lab.hourly({ usage });
    const reports = await pollAt(lab, tracker, ...minutes(0, 130));
    expect(reports.at(-1)?.warnings).toEqual(["the hour 2025-09-10T12:00:00Z is not stored yet: disk full"]);
    fails = false;
    const [last] = await pollAt(lab, tracker, 131);
    expect(last?.hours.stored).toEqual([T, T + HOUR]);
    expect(sumOf(await lab.rows("ada")).idleKwh).toBeCloseTo(60 * KWH_A_MINUTE, 12);
  });
});

describe("hours that have been measured", () => {
  const measured = async (lab: Lab, status: "processed" | "not downloaded"): Promise<void> => {
    const other = new Lab();
    await pollAt(other, other.hourly(), ...minutes(0, 63));
    for (const scope of [
      { kind: "ada", name: "ada" },
      { kind: "project", name: "IDAaaS" },
    ] as const) {
      const series = await other.usage.read(scope, { from: T, to: T + 1 });
      const nothing = Float64Array.of(Number.NaN);
      const missing = {
        ...{ busyCpuSeconds: nothing, idleCpuSeconds: nothing, busyKwh: nothing, idleKwh: nothing },
        ...{ busyGco2eq: nothing, idleGco2eq: nothing, gco2eqPerKwh: nothing, coverage: nothing },
      };
      const provenance = [
        { library: "test", model: status === "processed" ? "per-core/1" : null, intensity: null },
      ];
      const rows = { ...series, ...(status === "processed" ? {} : missing), status: [status], provenance };
      await lab.usage.replace([
        { ...rows, ...(status === "processed" ? { busyKwh: Float64Array.of(7) } : {}) },
      ]);
    }
  };

  it("stay as they are, and that is said", async () => {
    const lab = new Lab();
    await measured(lab, "processed");
    const reports = await pollAt(lab, lab.hourly(), ...minutes(0, 66));
    expect(reports.flatMap(({ hours }) => hours.kept)).toEqual([hourOf(T)]);
    expect(reports.flatMap(({ warnings }) => warnings)).toEqual([
      "1 hours had been measured and stay as they are",
    ]);
    expect(await lab.rows("ada")).toMatchObject([{ busyKwh: 7 }]);
    expect(await lab.rows("user:amara")).toEqual([]);
  });

  it("are replaced where that is wanted", async () => {
    const lab = new Lab();
    await measured(lab, "processed");
    await pollAt(lab, lab.hourly({ measuredHours: "replace" }), ...minutes(0, 66));
    expect(sumOf(await lab.rows("ada")).busyKwh).toBeCloseTo(30 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });

  it("but could not be got are filled in", async () => {
    const lab = new Lab();
    await measured(lab, "not downloaded");
    await pollAt(lab, lab.hourly(), ...minutes(0, 66));
    expect(sumOf(await lab.rows("ada")).busyKwh).toBeCloseTo(30 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });
});
