import { describe, expect, it } from "vitest";
import { HIDDEN, HIDDEN_FLOOR, hiddenRig } from "../../test/support/hidden-watts.js";
import { randomNumbers } from "../../torture/random-numbers.js";
import type { MachineWatts } from "../machines/machine-watts.js";
import type { Hour } from "../usage/hour.js";
import { type Calibration, calibrate } from "./calibrate.js";
import type { MeteredLoad } from "./loads.js";

const WHERE = { where: "the rig" };

/** How far each number is off, as a share of what is hidden. */
function errorsOf({ machines }: Calibration): number[] {
  return machines.flatMap(({ machine, busyCore, idleCore }) => {
    const { busy = Number.NaN, idle = Number.NaN } = HIDDEN[machine] ?? {};
    return [busyCore.watts / busy - 1, idleCore.watts / idle - 1];
  });
}

describe("three machines under forty metered hypervisors, a month, noise 3%", () => {
  it.each([1, 2, 3])("are recovered within 2%, and hours not seen within 5% (draw %i)", (seed) => {
    const calibration = calibrate(hiddenRig({ seed }), WHERE);
    expect(calibration.machines.map(({ machine }) => machine)).toEqual(Object.keys(HIDDEN));
    for (const error of errorsOf(calibration)) expect(Math.abs(error)).toBeLessThan(0.02);
    expect(calibration).toMatchObject({
      method: "fitted",
      untold: [],
      findings: [],
      meters: 40,
      hours: 28_800,
    });
    for (const { floor } of calibration.floors) expect(floor.watts / HIDDEN_FLOOR).toBeCloseTo(1, 1);
    expect(calibration.heldOut?.days).toBe(30);
    expect(calibration.heldOut?.meanError).toBeLessThan(0.05);
    expect(Math.abs(calibration.heldOut?.bias ?? Number.NaN)).toBeLessThan(0.01);
    expect(calibration.machines[0]).toMatchObject({
      source: "calibrated to 40 meters of the rig, 2025-09-01T00:00:00Z to 2025-10-01T00:00:00Z",
      date: "2025-09-30",
    });
  });

  it("have intervals that hold nine times in ten, over 200 draws", () => {
    const held = new Map<string, number>();
    const draws = 200;
    for (let seed = 1; seed <= draws; seed++) {
      const { machines, floors } = calibrate(hiddenRig({ seed, meters: 8, days: 10 }), WHERE);
      const numbers = [
        ...machines.flatMap(({ machine, busyCore, idleCore }) => [
          { name: `busy ${machine}`, truth: HIDDEN[machine]?.busy ?? Number.NaN, ...busyCore },
          { name: `idle ${machine}`, truth: HIDDEN[machine]?.idle ?? Number.NaN, ...idleCore },
        ]),
        ...floors.map(({ floor }) => ({ name: "floors", truth: HIDDEN_FLOOR, ...floor })),
      ];
      for (const { name, truth, low, high } of numbers) {
        const holds = (low ?? Number.NaN) <= truth && truth <= (high ?? Number.NaN);
        held.set(name, (held.get(name) ?? 0) + Number(holds) / (name === "floors" ? floors.length : 1));
      }
    }
    expect(held.size).toBe(7);
    for (const [name, count] of held) {
      expect(count / draws, name).toBeGreaterThanOrEqual(0.85);
      expect(count / draws, name).toBeLessThanOrEqual(0.95);
    }
  });

  it("have wider intervals where a meter is off for a day at a time", () => {
    const calm = calibrate(hiddenRig({ seed: 5, meters: 8 }), WHERE);
    const draw = randomNumbers(9);
    const moody = hiddenRig({ seed: 5, meters: 8 }).map((load): MeteredLoad => {
      const moods = Array.from({ length: 31 }, () => 0.9 + 0.2 * draw());
      return { ...load, kwh: load.kwh.map((kwh, t) => kwh * (moods[Math.floor(t / 24)] ?? 1)) };
    });
    const width = ({ machines: [first] }: Calibration): number =>
      (first?.busyCore.high ?? Number.NaN) - (first?.busyCore.low ?? Number.NaN);
    expect(width(calibrate(moody, WHERE))).toBeGreaterThan(3 * width(calm));
  });
});

/** The rig's hypervisors as one bill a month. */
function billOf(loads: readonly MeteredLoad[]): MeteredLoad {
  const hours: Hour[] = [...(loads[0]?.hours ?? [])];
  const total = loads.reduce((sum, { kwh }) => sum + kwh.reduce((all, value) => all + value, 0), 0);
  const machines = loads.flatMap((load) => load.machines);
  return {
    meter: "site",
    kind: "site",
    spread: "evenly",
    hours,
    kwh: new Float64Array(hours.length).fill(total / hours.length),
    machines,
  };
}

/** What data sheets say: a third too much of everything, and each number up to a tenth more off. */
function dataSheets(): MachineWatts[] {
  const draw = randomNumbers(4);
  const watts = (hidden: number): { watts: number; low: null; high: null } => ({
    watts: hidden * 1.33 * (0.9 + 0.2 * draw()),
    low: null,
    high: null,
  });
  return Object.entries(HIDDEN).map(([machine, { busy, idle }]) => ({
    ...{ machine, busyCore: watts(busy), idleCore: watts(idle) },
    ...{ curve: null, memory: null, source: null, date: null },
  }));
}

describe("a monthly bill alone", () => {
  const loads = hiddenRig({ seed: 1 });
  const given = {
    machines: dataSheets(),
    otherwise: { busyWatts: 12, idleWatts: 1 },
    floorWatts: 40 * HIDDEN_FLOOR * 1.33,
  };

  it("recovers watts within 15% from data sheets that are right among each other, and says what it did", () => {
    const calibration = calibrate([billOf(loads)], { ...WHERE, given });
    expect(errorsOf(calibration)).toHaveLength(6);
    for (const error of errorsOf(calibration)) expect(Math.abs(error)).toBeLessThan(0.15);
    expect(calibration.floors[0]?.floor.watts).toBeGreaterThan(0.85 * 40 * HIDDEN_FLOOR);
    expect(calibration.floors[0]?.floor.watts).toBeLessThan(1.15 * 40 * HIDDEN_FLOOR);
    expect(calibration).toMatchObject({ method: "scaled", hours: 1, heldOut: null });
    expect(
      calibration.machines.every(({ busyCore }) => busyCore.low === null && busyCore.high === null),
    ).toBe(true);
    expect(calibration.untold).toEqual([
      {
        what: "watts of each machine by themselves",
        reason: expect.stringMatching(/one number a month.*one factor/),
      },
    ]);
  });

  it("tells the bill of another month within 15%, even from 12 W and 1 W", () => {
    const { machines } = calibrate([billOf(loads)], WHERE);
    const other = billOf(hiddenRig({ seed: 77 }));
    const estimated = other.machines.reduce((sum, load) => {
      const entry = machines.find(({ machine }) => machine === load.machine);
      const total = (column: Float64Array): number => column.reduce((all, value) => all + value, 0);
      const busy = total(load.busyCoreHours) * (entry?.busyCore.watts ?? Number.NaN);
      return sum + (busy + total(load.idleCoreHours) * (entry?.idleCore.watts ?? Number.NaN)) / 1000;
    }, 0);
    const billed = other.kwh.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(estimated / billed - 1)).toBeLessThan(0.15);
  });

  it("is not used where there are meters by the hour", () => {
    const { method, findings } = calibrate([billOf(loads), ...loads], WHERE);
    expect(method).toBe("fitted");
    expect(findings).toEqual([expect.stringMatching(/what was spread over its hours is not used/)]);
  });
});

/**
 * STFC Cloud, IPMI, January 2024 (github.com/SCD-Energy-Efficiency-Team/stfc-cloud-energy-analysis, results/*.json,
 * commit dfa12db of 2026-06-12): mean Wh an hour of the hosts of a model, and of the least of them, which idles.
 */
const STFC = [
  { model: "hv-2019-dell", hosts: 133, meanWatts: 182.029, leastWatts: 160.9988 },
  { model: "hv-2020-xma", hosts: 243, meanWatts: 193.2124, leastWatts: 143.8143 },
];

/** Hypervisors of a model, with cores that take what is more than the least host, most of it when they are busy. */
function stfcHosts(
  { model, meanWatts, leastWatts }: (typeof STFC)[number],
  busyCores: number,
): MeteredLoad[] {
  const draw = randomNumbers(11);
  return hiddenRig({ seed: 3, meters: 10, machinesOfType: 4 }).map((load, i): MeteredLoad => {
    const [cores] = load.machines;
    if (cores === undefined) throw new Error("the rig has no machines");
    const mean = cores.busyCoreHours.reduce((sum, value) => sum + value, 0) / load.hours.length;
    const busyCoreHours = cores.busyCoreHours.map((value) => (value * busyCores) / mean);
    const busyWatts = (meanWatts - leastWatts) / busyCores;
    const kwh = busyCoreHours.map(
      (busy) => ((leastWatts + busyWatts * busy) / 1000) * (0.98 + 0.04 * draw()),
    );
    return { ...load, meter: `${model} ${i}`, kwh, machines: [{ ...cores, machine: model, busyCoreHours }] };
  });
}

describe("a fleet most of which is floor, as STFC's hypervisors", () => {
  it.each(STFC)("does not blame the busy cores of $model for it", (stfc) => {
    const busyCores = 6;
    const { machines, floors } = calibrate(stfcHosts(stfc, busyCores), WHERE);
    const { model, meanWatts, leastWatts } = stfc;
    const floor = floors.reduce((sum, { floor: { watts } }) => sum + watts, 0) / floors.length;
    expect(floors).toHaveLength(10);
    expect(Math.abs(floor / leastWatts - 1)).toBeLessThan(0.02);
    if (model === "hv-2019-dell") expect(Math.abs(floor / meanWatts - 0.89)).toBeLessThan(0.01);
    const [entry] = machines;
    const busyWatts = (meanWatts - leastWatts) / busyCores;
    expect(Math.abs((entry?.busyCore.watts ?? Number.NaN) / busyWatts - 1)).toBeLessThan(0.03);
    expect(entry?.idleCore.watts).toBeLessThan(0.1);
    // Without a floor, a busy core would have to take so much.
    expect(meanWatts / busyCores).toBeGreaterThan(3 * busyWatts);
  });
});
