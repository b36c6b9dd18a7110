import { describe, expect, it } from "vitest";
import type { PowerModel } from "../power/model.js";
import { perCore } from "../power/per-core.js";
import { estimated, type HostHours } from "../rows/host-hours.js";
import type { CpuHours } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { MeterHours } from "./meter.js";
import { meteredModel } from "./metered-model.js";

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
const metered = (fallback: PowerModel, meters: readonly MeterHours[]): HostHours =>
  estimated({ cpu, attribution }, meteredModel(meters, { where: "ipmi", fallback }), intensity);
const meter = (host: string, ...kwh: number[]): MeterHours => ({
  ...{ meter: host, kind: "host", hosts: [host], hours, kwh: Float64Array.from(kwh), spread: null },
});
const useOf = (hosts: typeof estimate, row: number, t: number): { busyKwh: number; idleKwh: number } => {
  const cell = row * 2 + t;
  const [busyCpuSeconds = 0, idleCpuSeconds = 0] = [cpu.busyCpuSeconds[cell], cpu.idleCpuSeconds[cell]];
  return hosts.useOf(row, t, { busyCpuSeconds, idleCpuSeconds });
};

describe("hosts with meters of their own", () => {
  const hosts = metered(perCore(), [meter("a", 0.05, Number.NaN), meter("b:9256", 0.09, 0.06)]);

  it("have what was metered, divided as the estimate is", () => {
    expect(useOf(hosts, 0, 0)).toEqual({ busyKwh: expect.closeTo(0.05, 12), idleKwh: 0 });
    const [first, second] = [useOf(hosts, 1, 0), useOf(hosts, 2, 0)];
    expect(first.busyKwh + first.idleKwh + second.busyKwh + second.idleKwh).toBeCloseTo(0.09, 12);
    expect(first.busyKwh).toBeCloseTo(second.busyKwh, 12);
    expect(second.idleKwh / second.busyKwh).toBeCloseTo(2 / 12, 12);
  });

  it("keep the estimate where the meter is silent, and say which it was", () => {
    expect(useOf(hosts, 0, 1)).toEqual({ busyKwh: 0, idleKwh: 0.001 });
    expect(hosts.basisOf(0, "a:9100").model).toBe("metered/1 ipmi");
    expect(hosts.basisOf(1, "a:9100").model).toBe(perCore().id);
    expect(hosts.basisOf(0, "c:9100").model).toBe(perCore().id);
    expect(hosts.basisOf(0, undefined).model).toBe(`metered/1 ipmi else ${perCore().id}`);
  });

  it("took it idle where nothing was estimated", () => {
    const idle = metered(perCore({ idleWatts: 0 }), [meter("a", Number.NaN, 0.02)]);
    expect(useOf(idle, 0, 1)).toEqual({ busyKwh: 0, idleKwh: 0.02 });
  });

  it("are not those of a hypervisor, nor of a bill", () => {
    const others = [
      { ...meter("a", 9, 9), hosts: ["a", "b"] },
      { ...meter("a", 9, 9), spread: "evenly" as const },
    ];
    expect(useOf(metered(perCore(), others), 0, 0)).toEqual(useOf(estimate, 0, 0));
  });
});
