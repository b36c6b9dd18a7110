import { describe, expect, it } from "vitest";
import type { PowerModel } from "../power/model.js";
import { perCore } from "../power/per-core.js";
import { estimated, type HostHours } from "../rows/host-hours.js";
import type { CpuHours } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { MeterHours } from "./meter.js";
import { hostMeters, meteredModel } from "./metered-model.js";

const hours = [0, 1].map((t) => (t * HOUR_MS) as FinishedHour);

/** Two hosts; the second one had other labels in each half of both hours. */
const cpu: CpuHours = {
  hours,
  hosts: ["a:9100", "b:9100", "b:9100"].map((instance, row) => ({
    ...{ instance, project: "IDAaaS", machine: "Muon", user: `user-${row}` },
  })),
  busyCpuSeconds: Float64Array.of(3600, 0, 1800, 1800, 1800, 0),
  idleCpuSeconds: Float64Array.of(0, 3600, 0, 1800, 3600, 0),
  observedCpuSeconds: Float64Array.of(3600, 3600, 1800, 3600, 5400, 0),
  expectedCpuSeconds: Float64Array.of(3600, 3600, 1800, 3600, 5400, 0),
  upFrom: new Float64Array(6).fill(Number.NaN),
  upTo: new Float64Array(6).fill(Number.NaN),
  answered: [true, true],
  warnings: [],
  findings: [],
};
const attribution = { by: () => "labels", ownersOf: () => [] };
const intensity = { gco2eqPerKwh: Float64Array.of(100, 100), provenance: [null, null] };
const estimate = estimated({ cpu, attribution }, perCore(), intensity);
const metered = async (fallback: PowerModel, meters: readonly MeterHours[]): Promise<HostHours> =>
  estimated({ cpu, attribution }, await meteredModel(meters, { where: "ipmi", fallback }), intensity);
const meter = (host: string, ...kwh: number[]): MeterHours => ({
  ...{ meter: host, kind: "host", hosts: [host], hours, kwh: Float64Array.from(kwh), spread: null },
});
const useOf = (hosts: typeof estimate, row: number, t: number): { busyKwh: number; idleKwh: number } => {
  const cell = row * 2 + t;
  const [busyCpuSeconds = 0, idleCpuSeconds = 0] = [cpu.busyCpuSeconds[cell], cpu.idleCpuSeconds[cell]];
  return hosts.useOf(row, t, { busyCpuSeconds, idleCpuSeconds });
};

describe("hosts with meters of their own", () => {
  const meters = [meter("a", 0.05, Number.NaN), meter("b:9256", 0.09, 0.06)];
  const hosts = metered(perCore(), meters);

  it("have what was metered, divided as the estimate is", async () => {
    expect(useOf(await hosts, 0, 0)).toEqual({ busyKwh: expect.closeTo(0.05, 12), idleKwh: 0 });
    const [first, second] = [useOf(await hosts, 1, 0), useOf(await hosts, 2, 0)];
    expect(first.busyKwh + first.idleKwh + second.busyKwh + second.idleKwh).toBeCloseTo(0.09, 12);
    expect(first.busyKwh).toBeCloseTo(second.busyKwh, 12);
    expect(second.idleKwh / second.busyKwh).toBeCloseTo(2 / 12, 12);
  });

  it("keep the estimate where the meter is silent, and say which it was", async () => {
    const { basisOf } = await hosts;
    expect(useOf(await hosts, 0, 1)).toEqual({ busyKwh: 0, idleKwh: 0.001 });
    expect(basisOf(0, "a:9100").model).toMatch(/^metered\/1 readings=[0-9a-f]{16} ipmi$/);
    expect(basisOf(1, "a:9100").model).toBe(perCore().id);
    expect(basisOf(0, "c:9100").model).toBe(perCore().id);
    expect(basisOf(0, undefined).model).toBe(`${basisOf(0, "a:9100").model} else ${perCore().id}`);
  });

  it("name what was read, so that corrected readings have another name, in their hour alone", async () => {
    const named = async (own: readonly MeterHours[]): Promise<(string | null)[]> => {
      const { basisOf } = await metered(perCore(), own);
      return [0, 1].map((t) => basisOf(t, undefined).model);
    };
    const [first, second] = await named(meters);
    expect(await named(meters.toReversed())).toEqual([first, second]);
    const [corrected, same] = await named([meter("a", 0.051, Number.NaN), meter("b:9256", 0.09, 0.06)]);
    expect([corrected === first, same === second]).toEqual([false, true]);
    const [silent] = await named([meter("a", Number.NaN, 0.05)]);
    expect(silent).toBe(perCore().id);
  });

  it("are one line of provenance, whatever their place is called", async () => {
    const { idOf } = await hostMeters([meter("a", 1, 1)], "my meters else/new pdu.csv");
    expect(idOf(0)).toMatch(/ my_meters_else\/new_pdu\.csv$/);
  });

  it("took it idle where nothing was estimated", async () => {
    const idle = await metered(perCore({ idleWatts: 0 }), [meter("a", Number.NaN, 0.02)]);
    expect(useOf(idle, 0, 1)).toEqual({ busyKwh: 0, idleKwh: 0.02 });
  });

  it("are not those of a hypervisor, nor of a bill", async () => {
    const others = [
      { ...meter("a", 9, 9), hosts: ["a", "b"] },
      { ...meter("a", 9, 9), spread: "evenly" as const },
    ];
    expect(useOf(await metered(perCore(), others), 0, 0)).toEqual(useOf(estimate, 0, 0));
  });

  it("are estimated where a meter has over 1 kW a core, as of Wh taken for kWh", async () => {
    const absurd = await metered(perCore(), [meter("a", 5, 0.9), meter("b", 90, 60)]);
    expect(useOf(absurd, 0, 0)).toEqual(useOf(estimate, 0, 0));
    expect(absurd.basisOf(0, "a:9100").model).toBe(perCore().id);
    expect(useOf(absurd, 0, 1)).toEqual({ busyKwh: 0, idleKwh: expect.closeTo(0.9, 12) });
  });

  it("are refused where two meters have the same hour of a host", async () => {
    await expect(hostMeters([meter("a:9100", 1, Number.NaN), meter("a:9290", 1, 1)], "x")).rejects.toThrow(
      /^"a" has two meters that both have 1970-01-01T00:00:00Z; give one of them$/,
    );
    const parts = [meter("a", 1, Number.NaN), meter("a", Number.NaN, 1)];
    expect((await hostMeters(parts, "x")).kwh("a", HOUR_MS)).toBe(1);
  });
});
