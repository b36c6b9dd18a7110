import { describe, expect, it } from "vitest";
import { perCore } from "../power/per-core.js";
import { formatInstant, HOUR_MS } from "../usage/hour.js";
import { idleSpell, type UsedTime } from "./idle-spell.js";
import { expectedIntensity, idleWattsPerCore, stopSaving, stopWindows, sumOfSavings } from "./stop-saving.js";

const LONDON = "Europe/London";
const AT = Date.UTC(2025, 8, 10, 12);

describe("times to stop a machine for", () => {
  it.each([
    // Before eight, in the day, in the evening, and in the night before the clocks go back.
    ["2025-09-10T05:00:00Z", "2025-09-10T05:00:00Z", "2025-09-10T07:00:00Z", "2025-09-15T07:00:00Z"],
    ["2025-09-10T12:00:00Z", "2025-09-10T17:00:00Z", "2025-09-11T07:00:00Z", "2025-09-15T07:00:00Z"],
    ["2025-09-10T21:00:00Z", "2025-09-10T21:00:00Z", "2025-09-11T07:00:00Z", "2025-09-15T07:00:00Z"],
    ["2025-10-25T20:00:00Z", "2025-10-25T20:00:00Z", "2025-10-26T08:00:00Z", "2025-10-27T08:00:00Z"],
    ["2025-09-15T06:00:00Z", "2025-09-15T06:00:00Z", "2025-09-15T07:00:00Z", "2025-09-15T07:00:00Z"],
    ["2025-09-15T09:00:00Z", "2025-09-15T17:00:00Z", "2025-09-16T07:00:00Z", "2025-09-22T07:00:00Z"],
  ])("at %s", (now, evening, morning, monday) => {
    const [tonight, untilMonday] = stopWindows(Date.parse(now), LONDON);
    const text = ({ from, to }: { from: number; to: number }): string[] => [from, to].map(formatInstant);
    expect([tonight && text(tonight), untilMonday && text(untilMonday)]).toEqual([
      [evening, morning],
      [now, monday],
    ]);
  });
});

describe("what stopping saves", () => {
  const window = { name: "tonight", from: AT, to: AT + 4 * HOUR_MS } as const;
  const period = (from: number, gco2eqPerKwh: number) => {
    return {
      from: AT + from * HOUR_MS,
      to: AT + (from + 1) * HOUR_MS,
      gco2eqPerKwh,
      kind: "forecast" as const,
      fetchedAt: 0,
    };
  };

  it("is by the forecast as far as it reaches without a gap, then as usual", () => {
    const usual = { usualGco2eqPerKwh: 200 };
    const whole = { forecast: [0, 1, 2, 3].map((hour) => period(hour, 100 + hour)), ...usual };
    expect(expectedIntensity(window, whole)).toMatchObject({ gco2eqPerKwh: 101.5, beyond: null });
    const gap = { forecast: [period(0, 100), period(2, 100), period(3, 100)], ...usual };
    expect(expectedIntensity(window, gap)).toMatchObject({
      ...{ gco2eqPerKwh: 175, forecastUntil: AT + HOUR_MS, beyond: "usual-of-4-weeks" },
    });
    const unknown = { forecast: [period(0, 100)], usualGco2eqPerKwh: null };
    expect(expectedIntensity(window, unknown)).toMatchObject({ gco2eqPerKwh: null, low: null });
  });

  it("is cores times idle watts times hours, and null where the cores are not known", () => {
    const outlook = { forecast: [], usualGco2eqPerKwh: 139 };
    // The numbers of the page's picture: 48 W for 62 hours are 2.98 kWh and 414 g.
    const weekend = { name: "until-monday", from: AT, to: AT + 62 * HOUR_MS } as const;
    const watts = idleWattsPerCore(perCore({ idleWatts: 6 }), "Muon", AT);
    const saving = stopSaving(weekend, 8, watts, outlook);
    expect(saving.kwh.kwh).toBeCloseTo(2.976, 9);
    expect(saving.gco2eq.gco2eq).toBeCloseTo(413.664, 6);
    const unknown = stopSaving(weekend, null, watts, outlook);
    expect([unknown.kwh, unknown.gco2eq.gco2eq]).toEqual([{ kwh: null, low: null, high: null }, null]);
    expect(sumOfSavings([saving, saving])?.kwh.kwh).toBeCloseTo(5.952, 9);
    expect(sumOfSavings([saving, unknown])?.kwh.kwh).toBeNull();
    expect(sumOfSavings([])).toBeNull();
  });
});

describe("a spell of idleness", () => {
  const hour = (ago: number, busy: number | null): UsedTime => ({
    from: AT - ago * HOUR_MS,
    to: AT - (ago - 1) * HOUR_MS,
    busyCpuSeconds: busy === null ? Number.NaN : 3600 * busy,
    idleCpuSeconds: busy === null ? Number.NaN : 3600 * (1 - busy),
  });

  it.each([
    ["goes on", [hour(4, 0.5), hour(3, 0.04), hour(2, 0), hour(1, 0)], 3, 3],
    ["is over at work", [hour(3, 0), hour(2, 0), hour(1, 0.05)], null, 0],
    ["begins after what nobody saw", [hour(5, 0.5), hour(4, 0), hour(3, null), hour(2, 0), hour(1, 0)], 2, 4],
    ["begins after a missing row", [hour(5, 0), hour(4, 0), hour(2, 0), hour(1, 0)], 2, null],
    ["is not known of what was seen long ago", [hour(9, 0.5), hour(8, 0)], null, 8],
    ["is not known of nothing", [], null, null],
  ])("%s", (_, times, since, busyAgo) => {
    const instant = (ago: number | null): number | null => (ago === null ? null : AT - ago * HOUR_MS);
    expect(idleSpell(times, AT)).toEqual({ idleSince: instant(since), lastBusyAt: instant(busyAgo) });
  });
});
