import { prune, restate } from "ada-carbon";
import { memoryAverageStore, memoryUsageStore } from "ada-carbon/memory";
import { describe, expect, it } from "vitest";
import { FROM, INTERVAL, LATER, type World, world } from "../../test/support/world.js";
import { perCore } from "../power/per-core.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import type { UsageStore } from "../stores/usage-store.js";
import { DAY_MS, EVER, finishedHour, HOUR_MS } from "../usage/hour.js";
import { ADA, SCOPE_KINDS } from "../usage/scope.js";
import { rebuildAverages, repairAverages, replaceRows } from "./keep.js";
import { machineMeans, noAverages, nothingLearnt, withHour } from "./machine-averages.js";
import { machineAverageModel } from "./model.js";

// Averages agree with the stored hours, whatever is cut off between the two; what somebody gave stays.

interface Stores {
  readonly usage: UsageStore;
  readonly averages: AverageStore;
}

/** The same stores for a process that is killed before its write number `writes` (from 0): it does nothing any more. */
function killedBefore(
  { usage, averages }: Stores,
  writes: number,
): Stores & { readonly isKilled: () => boolean } {
  let left = writes;
  const dying = <T extends object>(store: T, names: readonly string[]): T =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          if (left < 0 || (names.includes(String(name)) && left-- === 0)) {
            left = -1;
            throw new Error("killed");
          }
          return Reflect.apply(member, target, args);
        };
      },
    });
  return {
    usage: dying(usage, ["replace", "remove"]),
    averages: dying(averages, ["put", "remove"]),
    isKilled: () => left < 0,
  };
}

async function everyAverage(averages: AverageStore): Promise<MachineAverages[]> {
  const all = await Promise.all((await averages.list()).map((machine) => averages.get(machine)));
  return all.filter((each) => each !== undefined);
}

function expectAlike(found: readonly MachineAverages[], expected: readonly MachineAverages[]): void {
  expect(found.map(({ machine, hours, hoursWithCarbon }) => [machine, hours, hoursWithCarbon])).toEqual(
    expected.map(({ machine, hours, hoursWithCarbon }) => [machine, hours, hoursWithCarbon]),
  );
  for (const [i, averages] of found.entries()) {
    expect(averages.learnt?.isStale ?? false).toBe(false);
    const exact: object = machineMeans(expected[i] ?? noAverages(""));
    for (const [name, value] of Object.entries(machineMeans(averages))) {
      const other: unknown = Reflect.get(exact, name);
      if (typeof value === "number" && typeof other === "number")
        expect(Math.abs(value - other), name).toBeLessThanOrEqual(1e-12 * Math.abs(other));
      else expect(value).toEqual(other);
    }
  }
}

async function expectAsStored({ usage, averages }: Stores): Promise<void> {
  const fresh = memoryAverageStore();
  const machines = await averages.list();
  await fresh.put(machines.map(nothingLearnt));
  await rebuildAverages(usage, fresh, machines);
  expectAlike(await everyAverage(averages), await everyAverage(fresh));
}

async function filled(w: World): Promise<Stores> {
  const stores = { usage: memoryUsageStore(), averages: memoryAverageStore() };
  await w.run(stores.usage, { averages: stores.averages });
  return stores;
}

describe("averages after a kill at any write", () => {
  const first = { from: FROM, to: FROM + 3 * HOUR_MS };
  const cases: Record<string, (w: World, stores: Stores) => Promise<unknown>> = {
    "of a sync": (w, { usage, averages }) => w.run(usage, { averages }),
    "of a restatement with other watts": (_, { usage, averages }) =>
      restate({ store: usage, averages, interval: first, power: perCore({ busyWatts: 30 }) }),
    "of a restatement with other owners": (_, { usage, averages }) =>
      restate({
        store: usage,
        averages,
        interval: first,
        groupOf: () => "all",
        tenures: { source: TENURES },
      }),
  };
  const TENURES = {
    id: "test",
    tenures: async () => [{ host: "a:9100", from: FROM, to: FROM + HOUR_MS / 2, user: "zoe" }],
  };

  it.each(Object.entries(cases))(
    "%s are mended by the next run, with nothing else to do",
    async (_, work) => {
      const w = await world();
      for (let writes = 0; ; writes++) {
        const stores = await filled(w);
        // An hour that is fetched anew, so that the sync has rows to replace.
        await stores.usage.remove(await stores.usage.scopes("project"), { from: FROM, to: FROM + HOUR_MS });
        const dying = killedBefore(stores, writes);
        await work(w, dying).catch((error: unknown) => expect(String(error)).toMatch(/killed/));
        await w.run(stores.usage, { averages: stores.averages });
        await expectAsStored(stores);
        if (!dying.isKilled()) return expect(writes).toBeGreaterThan(2);
      }
    },
  );

  it("the same restatement again, after one that was cut off, ends with right averages", async () => {
    const w = await world();
    const power = perCore({ busyWatts: 30 });
    for (let writes = 0; ; writes++) {
      const stores = await filled(w);
      const dying = killedBefore(stores, writes);
      const options = { interval: first, power };
      await restate({ store: dying.usage, averages: dying.averages, ...options }).catch(() => undefined);
      await restate({ store: stores.usage, averages: stores.averages, ...options });
      await expectAsStored(stores);
      if (!dying.isKilled()) return;
    }
  });

  it("of forecasts that were replaced by what was measured agree in their grams, too", async () => {
    const w = await world();
    for (let writes = 0; ; writes++) {
      const stores = { usage: memoryUsageStore(), averages: memoryAverageStore() };
      w.grid = { unestimated: [INTERVAL] };
      w.now = INTERVAL.to + HOUR_MS;
      await w.run(stores.usage, { averages: stores.averages });
      w.grid = {};
      w.now = LATER;
      const dying = killedBefore(stores, writes);
      await w.run(dying.usage, { averages: dying.averages }).catch(() => undefined);
      await w.run(stores.usage, { averages: stores.averages });
      await expectAsStored(stores);
      if (!dying.isKilled()) return;
    }
  });
});

describe("averages and pruned hours", () => {
  const cut = FROM + 3 * HOUR_MS;

  it("keep what they learnt of them, add new hours, and count none twice", async () => {
    const w = await world();
    const [whole, stores] = [await filled(w), { usage: memoryUsageStore(), averages: memoryAverageStore() }];
    const { usage: store, averages } = stores;
    await w.run(store, { averages, interval: { from: FROM, to: FROM + 4 * HOUR_MS } });
    await prune({ store, averages, before: cut });
    await w.run(store, { averages, interval: { from: cut, to: INTERVAL.to } });
    expectAlike(await everyAverage(averages), await everyAverage(whole.averages));
    // Hours that come back are known already.
    await w.run(store, { averages });
    expectAlike(await everyAverage(averages), await everyAverage(whole.averages));
    // Also when they are corrected, and when they are pruned again.
    const learnt = await everyAverage(averages);
    await restate({ store, averages, interval: { from: FROM, to: cut }, power: perCore({ busyWatts: 20 }) });
    expectAlike(await everyAverage(averages), learnt);
    await prune({ store, averages, before: cut });
    expectAlike(await everyAverage(averages), learnt);
    expect(await repairAverages(store, averages)).toEqual([]);
  });

  it("keep what hours before 1970 taught them, which are pruned like any other", async () => {
    const stores = await filled(await world());
    const earlierMs = 60 * 365 * DAY_MS;
    const { usage: store, averages } = { usage: memoryUsageStore(), averages: memoryAverageStore() };
    const scopes = (await Promise.all(SCOPE_KINDS.map((kind) => stores.usage.scopes(kind)))).flat();
    const rows = await Promise.all(scopes.map((scope) => stores.usage.read(scope, INTERVAL)));
    const moved = rows.map((series) => {
      const hours = series.hours.map((hour) => finishedHour(hour - earlierMs, LATER));
      return { ...series, hours };
    });
    await replaceRows(store, averages, moved, []);
    const learnt = await everyAverage(averages);
    expect(await prune({ store, averages, before: cut - earlierMs })).toMatchObject({
      rows: scopes.length * 3,
    });
    expect((await store.read(ADA, EVER)).hours).toHaveLength(3);
    expectAlike(await everyAverage(averages), learnt);
    expect(await repairAverages(store, averages)).toEqual([]);
  });

  it("learn hours from before the pruned ones that come for the first time, once", async () => {
    const w = await world();
    const whole = await everyAverage((await filled(w)).averages);
    const { usage: store, averages } = { usage: memoryUsageStore(), averages: memoryAverageStore() };
    await w.run(store, { averages, interval: { from: FROM + 2 * HOUR_MS, to: INTERVAL.to } });
    await prune({ store, averages, before: FROM + 4 * HOUR_MS });
    await w.run(store, { averages, interval: { from: FROM, to: FROM + 2 * HOUR_MS } });
    expectAlike(await everyAverage(averages), whole);
    expect(await repairAverages(store, averages)).toEqual([]);
    await prune({ store, averages, before: cut });
    await w.run(store, { averages });
    expectAlike(await everyAverage(averages), whole);
  });

  it("agree after a kill at any write of the pruning and of what comes after it", async () => {
    const w = await world();
    const whole = await everyAverage((await filled(w)).averages);
    for (let writes = 0; ; writes++) {
      const stores = { usage: memoryUsageStore(), averages: memoryAverageStore() };
      const interval = { from: FROM, to: FROM + 4 * HOUR_MS };
      await w.run(stores.usage, { averages: stores.averages, interval });
      const dying = killedBefore(stores, writes);
      const work = async (): Promise<void> => {
        await prune({ store: dying.usage, averages: dying.averages, before: cut });
        await w.run(dying.usage, { averages: dying.averages, interval: { from: cut, to: INTERVAL.to } });
      };
      await work().catch((error: unknown) => expect(String(error)).toMatch(/killed/));
      await prune({ store: stores.usage, averages: stores.averages, before: cut });
      await w.run(stores.usage, { averages: stores.averages, interval: { from: cut, to: INTERVAL.to } });
      expectAlike(await everyAverage(stores.averages), whole);
      if (!dying.isKilled()) return expect(writes).toBeGreaterThan(3);
    }
  });
});

describe("averages that somebody gave", () => {
  const given = withHour(noAverages("Muon"), {
    machine: "Muon",
    weight: 1,
    busyCpuSeconds: 3600,
    idleCpuSeconds: 3600,
    busyKwh: 0.04,
    idleKwh: 0.002,
    busyGco2eq: Number.NaN,
    idleGco2eq: Number.NaN,
  });

  it("are what the model takes at every run, and stay as they are", async () => {
    const w = await world();
    const [usage, averages] = [memoryUsageStore(), memoryAverageStore()];
    await averages.put([given]);
    for (const to of [FROM + 2 * HOUR_MS, INTERVAL.to]) {
      const power = await machineAverageModel(averages, perCore());
      expect(power.id).toMatch(/given=1 learnt=\d else/);
      await w.run(usage, { averages, power, interval: { from: FROM, to } });
      await w.run(usage, { averages, power });
      expect(await averages.get("Muon")).toEqual(given);
    }
    const { busyKwh, busyCpuSeconds } = await usage.read({ kind: "machine", name: "Muon" }, INTERVAL);
    for (const [i, kwh] of busyKwh.entries())
      expect((kwh * 3.6e6) / (busyCpuSeconds[i] ?? Number.NaN)).toBeCloseTo(40, 9);
    await restate({ store: usage, averages, interval: INTERVAL, power: perCore() });
    await prune({ store: usage, averages, before: INTERVAL.to });
    expect(await averages.get("Muon")).toEqual(given);
  });

  it("of a machine that was never idle say what a busy CPU takes; an idle one is by the default", async () => {
    const averages = memoryAverageStore();
    await averages.put([{ ...given, idleCpuSeconds: { sum: 0, lost: 0 }, idleKwh: { sum: 0, lost: 0 } }]);
    const power = await machineAverageModel(averages, perCore());
    expect(power.id).toMatch(/given=1 learnt=0/);
    const energy = power.energy({ busyCpuSeconds: 3600, idleCpuSeconds: 3600 }, { machine: "Muon", hour: 0 });
    expect(energy).toEqual({ busyKwh: 0.04, idleKwh: 0.001 });
  });
});

describe("a store of averages", () => {
  it("that forgets what was learnt is told so before anything is written", async () => {
    const w = await world();
    const [usage, kept] = [memoryUsageStore(), memoryAverageStore()];
    const forgetful: AverageStore = {
      ...kept,
      put: (averages) => kept.put(averages.map(({ learnt: _, ...rest }) => rest)),
    };
    await expect(w.run(usage, { averages: forgetful })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(/without what was put into their member learnt/),
    });
    expect(await usage.scopes("ada")).toEqual([]);
  });

  it("is brought up to date after rows were written without it", async () => {
    const w = await world();
    const stores = await filled(w);
    await restate({ store: stores.usage, interval: INTERVAL, power: perCore({ busyWatts: 30 }) });
    await w.run(stores.usage, { averages: stores.averages });
    await expectAsStored(stores);
    expect(machineMeans((await stores.averages.get("Muon")) ?? noAverages("")).busyKwPerCpu).toBeCloseTo(
      0.03,
      9,
    );
  });
});
