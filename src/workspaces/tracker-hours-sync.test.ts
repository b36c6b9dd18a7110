import {
  ADA,
  DAY_MS,
  type FinishedHour,
  hourOf,
  parseScope,
  perCore,
  restate,
  type UsageSeries,
} from "ada-carbon";
import { rebuildAverages } from "ada-carbon/averages";
import { pickRows } from "ada-carbon/kit";
import { explain } from "ada-carbon/reports";
import { describe, expect, it } from "vitest";
import {
  conservationError,
  EVER,
  HOUR,
  Lab,
  minutes,
  pollAt,
  sumOf,
  T,
} from "../../test/support/workspace-lab.js";
import { RowIndex } from "../rows/row-index.js";
import { planHours } from "../sync/plan.js";
import { shrunkenHours } from "../sync/shrunken-hours.js";

// What the main job makes of hours that the tracker stored.

const HOURS = { from: T, to: T + 2 * HOUR };

async function tracked(): Promise<Lab> {
  const lab = new Lab();
  lab.hosts = [{}, { instance: "b:9100", user: "bjorn", machine: "Mantid", idleFraction: 0.8 }];
  await pollAt(lab, lab.hourly(), ...minutes(0, 122));
  expect(await lab.rows("ada")).toHaveLength(2);
  return lab;
}

async function expectRightAverages(lab: Lab): Promise<void> {
  const machines = await lab.averages.list();
  expect(machines).toEqual(["Mantid", "Muon"]);
  const kept = await Promise.all(machines.map((machine) => lab.averages.get(machine)));
  await rebuildAverages(lab.usage, lab.averages, machines);
  for (const [i, machine] of machines.entries()) {
    const [ours, facts] = [kept[i], await lab.averages.get(machine)];
    if (ours === undefined || facts === undefined) throw new Error(`no averages of ${machine}`);
    expect(ours.hours).toBe(2);
    for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const)
      expect(ours[name].sum + ours[name].lost).toBeCloseTo(facts[name].sum + facts[name].lost, 12);
  }
}

describe("hours of the tracker", () => {
  it("can be restated with an intensity that has become known, and averages follow", async () => {
    const lab = await tracked();
    const before = sumOf(await lab.rows("ada"));
    await restate({
      ...{ store: lab.usage, averages: lab.averages, interval: HOURS },
      intensity: {
        id: "grid",
        hasActual: true,
        periods: async ({ from, to }) => [
          { from, to, gco2eqPerKwh: 50, kind: "actual", fetchedAt: T + 10 * DAY_MS },
        ],
      },
    });
    const rows = await lab.rows("ada");
    expect(sumOf(rows)).toMatchObject({ busyKwh: before.busyKwh, idleKwh: before.idleKwh });
    expect(sumOf(rows).busyGco2eq).toBeCloseTo(50 * before.busyKwh, 9);
    expect(rows[0]?.provenance.intensity).toMatchObject({ kind: "actual", settled: true });
    expect(rows[0]?.provenance.model).toMatch(/^tracked/);
    for (const scope of ["ada", "user:bjorn"])
      expect((await explain(lab.usage, parseScope(scope), hourOf(T))).recomputed?.error).toBeLessThan(1e-9);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-9);
    await expectRightAverages(lab);
  });

  it("stay as they are when there is nothing to restate, their carbon included", async () => {
    const lab = new Lab();
    let polls = 0;
    lab.hosts = [{}, { instance: "b:9100", user: "bjorn", idleFraction: 0.8 }];
    // Each poll has an intensity of its own, so no one intensity gives the carbon of every host.
    lab.grid = async () => [
      {
        from: lab.now,
        to: lab.now + 6 * 60_000,
        gco2eqPerKwh: 100 + 10 * polls++,
        kind: "actual",
        fetchedAt: lab.now,
      },
    ];
    const tracker = lab.hourly();
    for (const minute of minutes(0, 122)) {
      lab.hosts = lab.hosts.map((host, i) => ({ ...host, idleFraction: i === 0 ? (minute % 60) / 70 : 0.9 }));
      await pollAt(lab, tracker, minute);
    }
    const { hours, changed } = await restate({ store: lab.usage, interval: HOURS, dryRun: true });
    expect(hours).toBe(2);
    expect(changed).toEqual([]);
  });

  it("can be restated with another model, from their CPU-seconds", async () => {
    const lab = await tracked();
    await restate({ store: lab.usage, averages: lab.averages, interval: HOURS, power: perCore() });
    const [row] = await lab.rows("host:b:9100");
    // 4 cores, a fifth busy, at 12 W and 1 W.
    expect(row?.busyKwh).toBeCloseTo(0.0096, 9);
    expect(row?.idleKwh).toBeCloseTo(0.0032, 9);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-9);
    await expectRightAverages(lab);
  });

  it("are measured by sync while they are young, and left alone later", async () => {
    const lab = await tracked();
    const ada = await lab.usage.read(ADA, EVER);
    const projects = [await lab.usage.read({ kind: "project", name: "IDAaaS" }, EVER)];
    const plan = (now: number) =>
      planHours({
        ...{ hours: ada.hours, ada, projects, now },
        ...{ repairHorizonMs: 14 * DAY_MS, hasIntensity: true },
      });
    expect(plan(T + DAY_MS)).toMatchObject({ fetch: [T, T + HOUR], restate: [], done: [] });
    expect(plan(T + 30 * DAY_MS)).toMatchObject({ fetch: [], done: [T, T + HOUR] });
  });

  it("are replaced by a measurement that says a little less, and not by one that has lost most of it", async () => {
    const lab = await tracked();
    const project = await lab.usage.read({ kind: "project", name: "IDAaaS" }, EVER);
    const ada = await lab.usage.read({ kind: "ada", name: "ada" }, EVER);
    const share = (part: number): UsageSeries => ({
      ...pickRows(project, [...project.hours.keys()]),
      busyCpuSeconds: project.busyCpuSeconds.map((value) => value * part),
      idleCpuSeconds: project.idleCpuSeconds.map((value) => value * part),
    });
    const shrunken = (part: number): FinishedHour[] => [
      ...shrunkenHours([share(part)], new RowIndex(ada), [new RowIndex(project)], perCore().id),
    ];
    expect(shrunken(0.97)).toEqual([]);
    expect(shrunken(0.5)).toEqual([T, T + HOUR]);
  });
});
