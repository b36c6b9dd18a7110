import { AdaCarbonError } from "ada-carbon";
import { describe, expect, it } from "vitest";
import { kwh, Lab, MINUTE, pollAt, T } from "../../test/support/workspace-lab.js";
import type { IntensityPeriod } from "../intensity/port.js";
import type { PollReport } from "./report.js";

describe("carbon", () => {
  const period = (lab: Lab, gco2eqPerKwh: number, kind: "actual" | "forecast"): IntensityPeriod => ({
    from: lab.now - MINUTE,
    to: lab.now + 30 * MINUTE,
    gco2eqPerKwh,
    kind,
    fetchedAt: lab.now,
  });

  it("is the energy times the intensity of now, measured before predicted, asked for every five minutes", async () => {
    const lab = new Lab();
    let asked = 0;
    lab.grid = async () => {
      asked += 1;
      return [period(lab, 999, "forecast"), { ...period(lab, 300, "actual"), from: lab.now - 2 * MINUTE }];
    };
    const reports = await pollAt(lab, lab.tracker(), 0, 1, 2, 3, 4, 5, 6);
    expect(asked).toBe(2);
    expect(reports.at(-1)?.intensity).toMatchObject({ kind: "actual", gco2eqPerKwh: 300, source: "grid" });
    const session = await lab.only();
    expect(session.busyGco2eq + session.idleGco2eq).toBeCloseTo(300 * kwh(session), 12);
    expect(session.kwhWithoutCarbon).toBe(0);
  });

  it("goes on with what was predicted when the source is down, then with the fallback", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ fallbackGco2eqPerKwh: 50 });
    lab.grid = async () => [period(lab, 200, "forecast")];
    await pollAt(lab, tracker, 0);
    lab.grid = async () => {
      throw new AdaCarbonError("server-error", "grid: 503");
    };
    const [predicted, constant] = await pollAt(lab, tracker, 10, 40);
    expect(predicted?.intensity).toEqual({
      kind: "forecast",
      gco2eqPerKwh: 200,
      source: "grid",
      fetchedAt: T,
    });
    expect(predicted?.warnings).toEqual(["grid: 503; what it said at 2025-09-10T12:00:00Z is used"]);
    expect(constant?.intensity).toEqual({
      kind: "fallback",
      gco2eqPerKwh: 50,
      source: "constant",
      fetchedAt: null,
    });
    expect(constant?.warnings).toEqual(["grid: 503; the fallback of 50 gCO2eq/kWh is used"]);
  });

  it("is not waited for by the polls of a run: what the grid says later is for the next one", async () => {
    const lab = new Lab();
    const grid = Promise.withResolvers<IntensityPeriod[]>();
    lab.grid = () => grid.promise;
    const end = new AbortController();
    const reports: PollReport[] = [];
    const begin = performance.now();
    await lab.tracker().run({
      everyMs: MINUTE,
      signal: end.signal,
      sleep: async () => {
        lab.now += MINUTE;
        grid.resolve([period(lab, 300, "actual")]);
      },
      onPoll: ({ report }) => {
        if (report !== undefined) reports.push(report);
        if (reports.length === 3) end.abort();
      },
    });
    expect(performance.now() - begin).toBeLessThan(3000);
    const [first, second] = reports;
    expect(first).toMatchObject({ intensity: null, hosts: 1 });
    expect(first?.warnings).toEqual(["grid: has not answered yet; energy is counted without carbon"]);
    expect(second).toMatchObject({ intensity: { gco2eqPerKwh: 300 }, warnings: [] });
    expect((await lab.only()).kwhWithoutCarbon).toBe(0);
  });

  it.each([
    ["knows nothing", async () => []],
    ["throws something odd", async () => Promise.reject("odd")],
    ["answers nonsense", async (lab: Lab) => [period(lab, Number.NaN, "forecast")]],
    ["never answers", () => new Promise<never>(() => {})],
  ])(
    "is not in the sums, and said so, when the source %s",
    async (_, grid: (lab: Lab) => Promise<IntensityPeriod[]>) => {
      const lab = new Lab();
      lab.grid = () => grid(lab);
      const [, report] = await pollAt(lab, lab.tracker({ intensityTimeoutMs: 20 }), 0, 1);
      expect(report).toMatchObject({ intensity: null, busyGco2eq: 0, idleGco2eq: 0 });
      expect(report?.warnings).toEqual([
        expect.stringMatching(/^grid: .*; energy is counted without carbon$/),
      ]);
      const session = await lab.only();
      expect(session.kwhWithoutCarbon).toBe(kwh(session));
    },
  );
});
