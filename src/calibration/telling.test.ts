import { describe, expect, it } from "vitest";
import { HIDDEN, hiddenRig, type RigOptions } from "../../test/support/hidden-watts.js";
import { randomNumbers } from "../../torture/random-numbers.js";
import { numberAt } from "../usage/series.js";
import { calibrate } from "./calibrate.js";
import type { MachineLoad, MeteredLoad } from "./loads.js";

const WHERE = { where: "the rig" };

/** The rig with other core-hours than it was metered with: what meters show is as it was. */
function rigWith(
  change: (load: MachineLoad) => MachineLoad,
  options: Partial<RigOptions> = {},
): MeteredLoad[] {
  return hiddenRig({ seed: 2, meters: 6, days: 10, ...options }).map((load) => ({
    ...load,
    machines: load.machines.map(change),
  }));
}

describe("what too little was measured to tell", () => {
  it("is all of a load that never changes: nothing tells it from the floor", () => {
    const constant = hiddenRig({ seed: 2, meters: 6, days: 10 }).map((load): MeteredLoad => {
      const machines = load.machines.slice(0, 1).map(({ machine, busyCoreHours }) => ({
        machine,
        busyCoreHours: busyCoreHours.map(() => 10),
        idleCoreHours: busyCoreHours.map(() => 22),
      }));
      return { ...load, kwh: load.kwh.map((_, t) => 0.3 + 0.001 * Math.sin(t)), machines };
    });
    const { machines, floors, untold } = calibrate(constant, WHERE);
    expect([machines, floors]).toEqual([[], []]);
    expect(untold).toHaveLength(8);
    expect(untold).toContainEqual({
      what: "a busy core of Artemis (Matlab)",
      reason: expect.stringMatching(/as much load in every hour.*nothing tells it from the floor/),
    });
  });

  it("is a machine whose cores are always as many: its idle cores are like a floor", () => {
    const always = rigWith((load) =>
      load.machine === "Muon"
        ? { ...load, idleCoreHours: load.busyCoreHours.map((busy) => 32 - busy) }
        : load,
    );
    const { machines, floors, untold } = calibrate(always, WHERE);
    expect(machines.map(({ machine }) => machine)).toEqual(["Artemis (Matlab)", "WISH single crystal"]);
    expect(floors).toEqual([]);
    const muon = untold.find(({ what }) => what === "an idle core of Muon");
    expect(muon?.reason).toMatch(
      /cannot be told from a busy core of Muon, the floor of hv-1, the floor of hv-2 and 4 more: they always/,
    );
  });

  it("is two machines that always work together, by name", () => {
    const twins = hiddenRig({ seed: 2, meters: 6, days: 10 }).map((load): MeteredLoad => {
      const [artemis] = load.machines;
      return artemis === undefined
        ? load
        : {
            ...load,
            machines: load.machines.map((own) =>
              own.machine === "Muon" ? { ...artemis, machine: "Muon" } : own,
            ),
          };
    });
    const { machines, untold } = calibrate(twins, WHERE);
    expect(machines.map(({ machine }) => machine)).toEqual(["WISH single crystal"]);
    expect(untold.map(({ what }) => what).sort()).toEqual([
      "a busy core of Artemis (Matlab)",
      "a busy core of Muon",
      "an idle core of Artemis (Matlab)",
      "an idle core of Muon",
    ]);
    expect(untold.find(({ what }) => what === "a busy core of Artemis (Matlab)")?.reason).toBe(
      "it cannot be told from a busy core of Muon: they always came together",
    );
  });

  it("is anything of a few hours, or of a machine that was hardly ever there", () => {
    const short = hiddenRig({ seed: 2, meters: 2, days: 1 });
    const { machines, untold, heldOut } = calibrate(short, WHERE);
    expect([machines, heldOut]).toEqual([[], null]);
    expect(
      untold.every(({ reason }) => /48 hours of 2 days of meters are too few for 8 numbers/.test(reason)),
    ).toBe(true);

    const rare = rigWith((load) => {
      const isRare = load.machine === "Muon";
      const thin = (column: Float64Array): Float64Array =>
        column.map((value, t) => (isRare && t > 5 ? 0 : value / (isRare ? 100 : 1)));
      return { ...load, busyCoreHours: thin(load.busyCoreHours), idleCoreHours: thin(load.idleCoreHours) };
    });
    const found = calibrate(rare, WHERE).untold.filter(({ what }) => what.endsWith("Muon"));
    expect(found).toHaveLength(2);
    for (const { reason } of found)
      expect(reason).toMatch(/anything from .* W: too few hours, or too little change/);
  });

  it("is no machine without a name, which no catalogue could name", () => {
    const nameless = rigWith((load) => ({
      ...load,
      machine: load.machine === "Muon" ? "unattributed" : load.machine,
    }));
    const { machines } = calibrate(nameless, WHERE);
    expect(machines.map(({ machine }) => machine)).toEqual(["Artemis (Matlab)", "WISH single crystal"]);
  });

  it("is anything, where nothing is both metered and stored", () => {
    expect(calibrate([], WHERE)).toMatchObject({
      machines: [],
      hours: 0,
      untold: [{ what: "anything", reason: "no hour is both metered and stored in full" }],
    });
  });

  it("is less where all meters have the same floor", () => {
    const always = hiddenRig({ seed: 2, meters: 12, days: 10, noise: 0.01 }).map((load, i): MeteredLoad => {
      const machines = load.machines.map((own, type) => {
        const cores = 32 + 8 * ((i + type * 5) % 7);
        return { ...own, idleCoreHours: own.busyCoreHours.map((busy) => cores - busy) };
      });
      const kwh = load.kwh.map((_, t) => {
        const watts = machines.reduce((sum, { machine, busyCoreHours, idleCoreHours }) => {
          const { busy = 0, idle = 0 } = HIDDEN[machine] ?? {};
          return sum + busy * numberAt(busyCoreHours, t) + idle * numberAt(idleCoreHours, t);
        }, 150);
        return (watts / 1000) * (0.99 + (0.02 * ((t * 7919 + i * 104729) % 101)) / 101);
      });
      return { ...load, kwh, machines };
    });
    expect(calibrate(always, WHERE).machines).toEqual([]);
    const { machines, floors } = calibrate(always, { ...WHERE, floors: "shared" });
    expect(machines.map(({ machine }) => machine)).toEqual(Object.keys(HIDDEN));
    expect(floors).toHaveLength(1);
    expect(Math.abs((floors[0]?.floor.watts ?? Number.NaN) / 150 - 1)).toBeLessThan(0.05);
  });
});

describe("watts", () => {
  it("are never negative, where idle cores take nothing and meters are noisy", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const free = hiddenRig({ seed, meters: 4, days: 12, noise: 0 }).map((load): MeteredLoad => {
        const watts = (t: number): number =>
          load.machines.reduce((sum, own) => sum + 8 * numberAt(own.busyCoreHours, t), 100);
        const draw = randomNumbers(seed);
        return { ...load, kwh: load.kwh.map((_, t) => (watts(t) / 1000) * (0.9 + 0.2 * draw())) };
      });
      const { machines } = calibrate(free, WHERE);
      expect(machines).toHaveLength(3);
      for (const { busyCore, idleCore } of machines) {
        expect(Math.min(idleCore.watts, idleCore.low ?? Number.NaN)).toBeGreaterThanOrEqual(0);
        expect(idleCore.watts).toBeLessThan(0.5);
        expect(Math.abs(busyCore.watts / 8 - 1)).toBeLessThan(0.05);
      }
    }
  });
});

describe("meters in another unit than they say", () => {
  const inUnit = (factor: number, which: (meter: string) => boolean): MeteredLoad[] =>
    hiddenRig({ seed: 2, meters: 6, days: 10 }).map((load) =>
      which(load.meter) ? { ...load, kwh: load.kwh.map((kwh) => kwh * factor) } : load,
    );

  it.each([
    [1000, /hv-3: .* a factor of 1000 as of Wh taken for kWh or W for kW, or the reverse; it is left out/],
    [1 / 1000, /hv-3: .* a factor of 1000/],
    [3.6, /hv-3: .* a factor of 3.6 as of megajoules taken for kWh/],
    [3600, /hv-3: .* a factor of 3600 as of joules taken for Wh/],
  ])("one of them, by %d, is named and left out", (factor, message) => {
    const { findings, machines, meters } = calibrate(
      inUnit(factor, (meter) => meter === "hv-3"),
      WHERE,
    );
    expect(findings).toEqual([expect.stringMatching(message)]);
    expect(meters).toBe(5);
    expect(machines).toHaveLength(3);
  });

  it.each([
    [1000, /W a core, where 0.3 to 25 W are plausible, a factor of 1000/],
    [3.6, /W a core, where 0.3 to 25 W are plausible, a factor of 3.6/],
  ])("all of them, by %d, are noticed by what cores can take", (factor, message) => {
    const { findings, machines } = calibrate(
      inUnit(factor, () => true),
      WHERE,
    );
    expect(findings).toHaveLength(6);
    for (const finding of findings) expect(finding).toMatch(message);
    expect(machines).toEqual([]);
  });

  it("are left out where they read nothing at all", () => {
    const { findings, meters } = calibrate(
      inUnit(0, (meter) => meter === "hv-3"),
      WHERE,
    );
    expect(findings).toEqual(["hv-3: it read 0 in every hour; it is left out"]);
    expect(meters).toBe(5);
  });

  it("are not suspected for having few machines on them", () => {
    const few = hiddenRig({ seed: 2, meters: 6, days: 10 }).map((load, i): MeteredLoad => {
      if (i > 0) return load;
      const [first] = load.machines;
      return {
        ...load,
        kwh: load.kwh.map(() => 0.16),
        machines:
          first === undefined
            ? []
            : [
                {
                  ...first,
                  idleCoreHours: first.idleCoreHours.map(() => 1),
                  busyCoreHours: first.busyCoreHours.map(() => 0),
                },
              ],
      };
    });
    expect(calibrate(few, WHERE).findings).toEqual([]);
  });
});
