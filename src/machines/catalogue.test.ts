import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { perCore, workspaceModel } from "ada-carbon";
import {
  catalogueModel,
  doubtfulMachines,
  formatMachines,
  type MachineWatts,
  machineOfAttributes,
  nearlyKnown,
  parseMachines,
  workspaceCatalogueModel,
} from "ada-carbon/machines";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const example = readFileSync(fileURLToPath(new URL("../../examples/machines.json", import.meta.url)), "utf8");
const hour = 0;

async function modelOf(text: string, pue = 1): ReturnType<typeof catalogueModel> {
  const machines = parseMachines(text, "machines.csv");
  return catalogueModel(
    { where: "machines.csv", machines: async () => machines },
    { fallback: perCore(), pue },
  );
}

describe("a catalogue of machines", () => {
  it("is read from CSV as from JSON, and written so that it is read again", () => {
    const csv = [
      "machine,busy_watts,busy_watts_low,busy_watts_high,idle_watts,curve,memory_watts,cores,source,date",
      "Muon,8,6,9,2,,,,PDU of rack 4,2025-03-01",
      "WISH,,,,,0:1 50:5 100:8,24,16,,",
    ].join("\n");
    const machines = parseMachines(csv, "machines.csv");
    expect(machines).toEqual([
      {
        machine: "Muon",
        busyCore: { watts: 8, low: 6, high: 9 },
        idleCore: { watts: 2, low: null, high: null },
        curve: null,
        memory: null,
        source: "PDU of rack 4",
        date: "2025-03-01",
      },
      {
        machine: "WISH",
        busyCore: { watts: 8, low: null, high: null },
        idleCore: { watts: 1, low: null, high: null },
        curve: [
          { utilisation: 0, watts: 1 },
          { utilisation: 0.5, watts: 5 },
          { utilisation: 1, watts: 8 },
        ],
        memory: { watts: 24, cores: 16 },
        source: null,
        date: null,
      },
    ] satisfies MachineWatts[]);
    expect(parseMachines(formatMachines(machines), "again.json")).toEqual(machines);
    expect(parseMachines(`\uFEFF${example}`, "with a byte order mark")).toHaveLength(3);
    expect(parseMachines(example, "machines.json").map(({ machine }) => machine)).toContain("Muon");
  });

  it.each([
    ["machine,busy_watts,idle_watts\nMuon,-8,1", /"Muon": busy_watts is -8; it must be watts of one core/],
    ["machine,busy_watts,idle_watts\nMuon,1200,1", /no core takes over 1000 W/],
    ["machine,busy_watts,idle_watts\nMuon,8W,1", /line 2: busy_watts: not a number/],
    ["machine,busy_watts,idle_watts\nMuon,8,1\nMUON ,7,1", /"MUON" is there twice, as "Muon"/],
    ["machine,busy_watts,idle_watts\nMuon,8,1\nMuon,7,1", /"Muon" is there twice; leave one/],
    ["machine,busy,idle\nMuon,8,1", /busy, idle: no such column; watts are busy_watts and idle_watts/],
    ["machine,busy_watts\nMuon,8", /"Muon" needs busy_watts and idle_watts/],
    ["machine,busy_watts,idle_watts\n,8,1", /a machine needs a name/],
    ["machine,busy_watts,busy_watts_low,idle_watts\nMuon,8,9,1", /busy_watts_low is 9; it must be at most/],
    ["machine,curve\nMuon,0:1 50:5", /from 0 to 100%/],
    ["machine,curve\nMuon,0:1 50:9 100:5", /never fall/],
    ["machine,busy_watts,idle_watts,memory_watts\nMuon,8,1,20", /memory_watts needs the machine's cores/],
    ["machine,busy_watts,idle_watts,date\nMuon,8,1,01.03.2025", /line 2: date/],
    ['[{ "machine": "Muon", "busy_watts": " ", "idle_watts": 1 }]', /entry 1: busy_watts: not a number/],
    ["machine,curve\nMuon,0: 100:8", /curve/],
    ["machine,curve\nMuon,0:1 50:2:99 100:8", /curve/],
    [
      "machine,busy_watts,idle_watts,memory_watts,cores\nMuon,8,1,24000,16",
      /memory_watts for each of its cores is 1500/,
    ],
    ["machine,busy_watts,idle_watts\n", /there are no machines in it/],
    ["[{", /not JSON/],
    ["{}", /expected an array of machines/],
  ])("refuses %j by name", (text, message) => {
    expect(() => parseMachines(text, "machines.csv")).toThrow(message);
    expect(() => parseMachines(text, "machines.csv")).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  it("says what hardly any server takes, and what differs in case or spaces only", () => {
    const machines = parseMachines(
      "machine,busy_watts,idle_watts\nMuon,40,1\nWISH,8,0.01\nLoki,5,6\nArtemis (Matlab),12,1",
      "machines.csv",
    );
    const doubts = doubtfulMachines(machines);
    expect(doubts).toEqual([
      expect.stringMatching(/"Muon": 40 W a busy core; 98 of 100 measured servers take 1.5 to 14.9 W/),
      expect.stringMatching(/"WISH": 0.01 W an idle core/),
      expect.stringMatching(/"Loki": 6 W an idle core/),
      expect.stringMatching(/"Loki": an idle core takes more than a busy one/),
    ]);
    expect(nearlyKnown(machines, ["muon", "WISH", "artemis  (matlab)", "SXD"])).toEqual([
      expect.stringMatching(/hosts say "muon", the catalogue "Muon"/),
      expect.stringMatching(/hosts say "artemis {2}\(matlab\)", the catalogue "Artemis \(Matlab\)"/),
    ]);
  });
});

describe("hardware fields of a database", () => {
  it("are watts where they say so, and refused where they say it twice or wrongly", () => {
    const fields = { cpu: "Xeon", watts_busy: "8", watts_at_idle: 1.2, watts_busy_high: 9, cores: 16 };
    expect(machineOfAttributes("Muon", fields, "dim_machine")).toMatchObject({
      machine: "Muon",
      busyCore: { watts: 8, low: null, high: 9 },
      idleCore: { watts: 1.2 },
    });
    expect(machineOfAttributes("Muon", { cpu: "Xeon", cores: 16 }, "dim_machine")).toBeUndefined();
    expect(machineOfAttributes("Muon", null, "dim_machine")).toBeUndefined();
    const twice = { watts_busy: 8, busy_watts: 9, watts_at_idle: 1 };
    expect(() => machineOfAttributes("Muon", twice, "dim_machine")).toThrow(
      /dim_machine: "Muon": busy_watts and watts_busy are the same/,
    );
    expect(() => machineOfAttributes("Muon", { watts_busy: -8, watts_at_idle: 1 }, "dim_machine")).toThrow(
      /"Muon": busy_watts is -8/,
    );
    expect(() => machineOfAttributes("Muon", { watts_busy: 8 }, "dim_machine")).toThrow(
      /needs busy_watts and idle_watts/,
    );
  });
});

describe("the model of a catalogue", () => {
  it("is named by what the catalogue says, in whatever order", async () => {
    const one = await modelOf("machine,busy_watts,idle_watts\nMuon,8,2\nWISH,7,1");
    const other = await modelOf("machine,idle_watts,busy_watts\nWISH,1,7\nMuon,2,8");
    const changed = await modelOf("machine,busy_watts,idle_watts\nMuon,8,2\nWISH,7,1.1");
    expect(one.id).toMatch(/^machines\/1 catalogue=[0-9a-f]{16} machines=2 pue=1 else per-core\/1 /);
    expect(other.id).toBe(one.id);
    expect(changed.id).not.toBe(one.id);
    expect(one.isKnown?.("Muon")).toBe(true);
    expect(one.isKnown?.("muon")).toBe(false);
    expect(one.isKnown?.(null)).toBe(false);
  });

  it("counts memory and the building, and leaves machines it does not know to the default", async () => {
    const model = await modelOf("machine,busy_watts,idle_watts,memory_watts,cores\nMuon,8,2,24,16\n", 1.5);
    const cpu = { busyCpuSeconds: 3600, idleCpuSeconds: 7200 };
    const { busyKwh, idleKwh } = model.energy(cpu, { machine: "Muon", hour });
    expect(busyKwh).toBeCloseTo(((8 + 1.5) * 1.5) / 1000, 12);
    expect(idleKwh).toBeCloseTo(((2 + 1.5) * 2 * 1.5) / 1000, 12);
    expect(model.energy(cpu, { machine: "WISH", hour })).toEqual(
      perCore().energy(cpu, { machine: "WISH", hour }),
    );
  });

  it("takes what the curve says of all cores, never less for more work, and as a line what the line says", async () => {
    const curved = await modelOf("machine,curve\nMuon,0:1 50:5 100:8");
    const straight = await modelOf("machine,curve\nMuon,0:1 100:8");
    const line = await modelOf("machine,busy_watts,idle_watts\nMuon,8,1");
    const wattsOf = (model: typeof line, busy: number): { total: number; busy: number; idle: number } => {
      const cpu = { busyCpuSeconds: 3600 * busy, idleCpuSeconds: 3600 * (1 - busy) };
      const { busyKwh, idleKwh } = model.energy(cpu, { machine: "Muon", hour });
      return { total: (busyKwh + idleKwh) * 1000, busy: busyKwh * 1000, idle: idleKwh * 1000 };
    };
    expect(wattsOf(curved, 0.5).total).toBeCloseTo(5, 12);
    expect(wattsOf(curved, 0.25).total).toBeCloseTo(3, 12);
    expect(wattsOf(curved, 1).total).toBeCloseTo(8, 12);
    expect(wattsOf(curved, 0)).toEqual({ total: 1, busy: 0, idle: 1 });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          expect(wattsOf(curved, more).total).toBeGreaterThanOrEqual(wattsOf(curved, less).total - 1e-12);
          expect(wattsOf(curved, a).busy).toBeGreaterThanOrEqual(-1e-12);
          expect(wattsOf(straight, a).total).toBeCloseTo(wattsOf(line, a).total, 9);
        },
      ),
    );
  });

  it("is the tracker's, too: the minutes of an hour add up to the hour where watts are a straight line", async () => {
    const machines = parseMachines(
      "machine,busy_watts,idle_watts,memory_watts,cores\nMuon,8,2,24,4\n",
      "machines.csv",
    );
    const catalogue = { where: "machines.csv", machines: async () => machines };
    const hourly = await catalogueModel(catalogue, { fallback: perCore() });
    const live = await workspaceCatalogueModel(catalogue, { fallback: workspaceModel() });
    const polls = Array.from({ length: 60 }, (_, minute) => ({
      machine: "Muon",
      cores: 4,
      idleFraction: (minute % 10) / 10,
      memoryActiveRatio: 0.5,
    }));
    const minutes = polls.map((load) => live.energy(load, 60_000));
    const busyCpuSeconds = polls.reduce((sum, { idleFraction }) => sum + 240 * (1 - idleFraction), 0);
    const ofHour = hourly.energy(
      { busyCpuSeconds, idleCpuSeconds: 4 * 3600 - busyCpuSeconds },
      { machine: "Muon", hour },
    );
    for (const name of ["busyKwh", "idleKwh"] as const)
      expect(minutes.reduce((sum, each) => sum + each[name], 0)).toBeCloseTo(ofHour[name], 12);
    const [load = { cores: 4, idleFraction: 0, memoryActiveRatio: null }] = polls;
    expect(live.watts(load)).toBeCloseTo(4 * 8 + 24, 9);
    expect(live.watts({ ...load, machine: "WISH" })).toBe(workspaceModel().watts(load));
  });
});
