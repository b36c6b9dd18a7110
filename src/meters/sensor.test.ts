import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, hoursIn } from "../usage/hour.js";
import { SensorHours } from "./sensor.js";
import { sumOfSensors } from "./sensors-of-meter.js";

const FROM = Date.UTC(2025, 8, 10);
const hours = hoursIn({ from: FROM, to: FROM + 3 * HOUR_MS });
const MINUTE = 60_000;

/** Readings every minute, so many milliseconds after it, but not in the gap; by a gauge and by a counter. */
function read(
  kind: "gauge" | "counter",
  watts: (ms: number) => number,
  {
    phase = 17_000,
    gap = [0, 0],
    resetAt = Number.POSITIVE_INFINITY,
  }: { phase?: number; gap?: number[]; resetAt?: number } = {},
): SensorHours {
  const sensor = new SensorHours(hours);
  let joules = 5e6;
  for (let ms = phase - 10 * MINUTE; ms < 3 * HOUR_MS + 10 * MINUTE; ms += MINUTE) {
    joules += watts(ms - MINUTE / 2) * 60;
    if (ms - MINUTE < resetAt && ms >= resetAt) joules = 100;
    if (ms >= (gap[0] ?? 0) && ms < (gap[1] ?? 0)) continue;
    if (kind === "gauge") sensor.addWatts(FROM + ms, watts(ms));
    else sensor.addCounted(FROM + ms, joules);
  }
  return sensor;
}
const kwhOf = (sensor: SensorHours): number[] => hours.map((_, hour) => sensor.kwh(hour));

describe("the hours of a sensor", () => {
  it.each(["gauge", "counter"] as const)(
    "are exact for steady power, whatever the phase of the readings (%s)",
    (kind) => {
      for (const phase of [0, 1, 30_000, 59_999])
        for (const kwh of kwhOf(read(kind, () => 250, { phase }))) expect(kwh).toBeCloseTo(0.25, 12);
    },
  );

  it("of a gauge are means by time, not by reading", () => {
    const sensor = new SensorHours(hours.slice(0, 1), { maxGapMs: HOUR_MS });
    // A minute at a time at first, then a long step: 100 W for ten minutes, then up to 200 W over fifty.
    for (let minute = 0; minute <= 10; minute++) sensor.addWatts(FROM + minute * MINUTE, 100);
    sensor.addWatts(FROM + HOUR_MS, 200);
    expect(sensor.kwh(0)).toBeCloseTo((10 * 100 + 50 * 150) / 60_000, 12);
  });

  it("miss what is not covered: never zero, and never half", () => {
    const half = kwhOf(read("gauge", () => 250, { gap: [HOUR_MS + 15 * MINUTE, HOUR_MS + 45 * MINUTE] }));
    expect(half).toEqual([expect.closeTo(0.25, 9), Number.NaN, expect.closeTo(0.25, 9)]);
    const short = kwhOf(read("gauge", () => 250, { gap: [HOUR_MS + 15 * MINUTE, HOUR_MS + 18 * MINUTE] }));
    expect(short[1]).toBeCloseTo(0.25, 9);
    expect(kwhOf(new SensorHours(hours))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("of a counter are whole, though it was not read for half of an hour", () => {
    const watts = (ms: number): number =>
      ms > HOUR_MS + 20 * MINUTE && ms < HOUR_MS + 40 * MINUTE ? 900 : 300;
    const gap = [HOUR_MS + 15 * MINUTE, HOUR_MS + 45 * MINUTE];
    const [, second] = kwhOf(read("counter", watts, { phase: 0, gap }));
    expect(second).toBeCloseTo(0.5, 2);
    // Over an edge nobody knows how much was on which side.
    const over = kwhOf(
      read("counter", watts, { phase: 0, gap: [HOUR_MS - 15 * MINUTE, HOUR_MS + 15 * MINUTE] }),
    );
    expect(over.map((kwh) => Number.isNaN(kwh))).toEqual([true, true, false]);
  });

  it("of a counter that was reset leave that step out, and say so", () => {
    const sensor = read("counter", () => 250, { resetAt: HOUR_MS + 30 * MINUTE });
    expect(sensor.resets).toBe(1);
    for (const kwh of kwhOf(sensor)) expect(kwh).toBeCloseTo(0.25, 9);
    const { findings } = sumOfSensors([{ meter: "hv-1", sensor }], "host", hours);
    expect(findings).toEqual([expect.stringMatching(/^hv-1: its counter fell once, as at a reset/)]);
  });

  it("add up to what a counter counted, wherever it was read", () => {
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 9 * MINUTE }), joules: fc.nat(1e6) }), {
      minLength: 60,
      maxLength: 120,
    });
    fc.assert(
      fc.property(steps, (readings) => {
        const sensor = new SensorHours(hours, { leastShare: 0 });
        let [time, joules] = [FROM, 0];
        sensor.addCounted(time, joules);
        for (const step of readings) {
          if (time + step.ms > FROM + 3 * HOUR_MS) break;
          time += step.ms;
          joules += step.joules;
          sensor.addCounted(time, joules);
        }
        const lastHour = Math.ceil((time - FROM) / HOUR_MS) - 1;
        const covered = hours.map((_, hour) =>
          hour < lastHour ? 1 : hour > lastHour ? 0 : (time - FROM) / HOUR_MS - hour,
        );
        const total = hours.reduce(
          (sum, _, hour) => sum + (covered[hour] === 0 ? 0 : sensor.kwh(hour) * (covered[hour] ?? 0)),
          0,
        );
        expect(Math.abs(total - joules / 3.6e6)).toBeLessThanOrEqual(1e-9 * Math.max(1, joules / 3.6e6));
      }),
    );
  });
});

describe("a meter of several sensors", () => {
  it("is their sum, and missing where another number of them was there", () => {
    const both = read("gauge", () => 100);
    const late = new SensorHours(hours);
    for (let ms = HOUR_MS; ms <= 3 * HOUR_MS; ms += MINUTE) late.addWatts(FROM + ms, 50);
    const { meters, findings } = sumOfSensors(
      [
        { meter: "hv-1", sensor: both },
        { meter: "hv-1", sensor: late },
        { meter: "hv-2", sensor: both },
      ],
      "hypervisor",
      hours,
    );
    expect(meters.map(({ meter }) => meter)).toEqual(["hv-1", "hv-2"]);
    expect([...(meters[0]?.kwh ?? [])]).toEqual([
      Number.NaN,
      expect.closeTo(0.15, 9),
      expect.closeTo(0.15, 9),
    ]);
    expect(findings).toEqual([
      "hv-1: 1 hours, the first at 2025-09-10T00:00:00Z, have another number of sensors than the usual 2; they are missing",
    ]);
  });
});
