import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UsageSeries } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { parseMachines } from "ada-carbon/machines";
import type { MeterHours } from "ada-carbon/meters";
import { serveSimulation, simulateCluster, simulateMeters } from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli as runCli } from "./support/cli-lab.js";

// `ada-carbon calibrate`, as somebody uses it: on the demo, and on a store with an export of meters.

const folder = mkdtempSync(join(tmpdir(), "ada-carbon-calibrate-"));
const path = (name: string): string => join(folder, name);
const out = path("store");
const interval = { from: Date.UTC(2025, 8, 8), to: Date.UTC(2025, 8, 11) };
const span = ["--from", "2025-09-08T00:00:00Z", "--to", "2025-09-11T00:00:00Z"];
const HIDDEN = { Muon: { busy: 6, idle: 1.2 }, WISH: { busy: 9, idle: 2 } };

/** Six of twelve hosts have meters of their own, but not in the first hour. */
const hostMeters: MeterHours[] = [];

beforeAll(async () => {
  const cluster = simulateCluster({
    interval,
    hosts: 12,
    machines: ["Muon", "WISH"],
    events: "none",
    seed: 3,
  });
  const server = await serveSimulation({ cluster });
  const clock = (): number => cluster.scraped.to;
  const synced = await runCli(
    [
      "sync",
      "--prometheus",
      server.prometheusUrl,
      "--intensity",
      server.intensityUrl,
      ...span,
      "--out",
      out,
      "--quiet",
    ],
    { clock },
  );
  const own = simulateMeters(cluster, { watts: HIDDEN, floorWatts: 10, noise: 0, hostsOfMeter: 1 }).meters;
  hostMeters.push(...own.slice(0, 6));
  const hostRows = hostMeters.flatMap(({ hosts, hours, kwh }) =>
    hours
      .slice(1)
      .map((hour, t) => `${new Date(hour).toISOString()},${hosts?.[0]?.split(":")[0]},${kwh[t + 1]}`),
  );
  writeFileSync(path("hosts.csv"), ["time,meter,kwh", ...hostRows].join("\n"));
  const metered = await runCli(
    [
      ...["sync", "--prometheus", server.prometheusUrl, "--intensity", server.intensityUrl, ...span],
      ...["--out", path("metered"), "--quiet", "--meter", path("hosts.csv")],
    ],
    { clock },
  );
  expect([metered.status, metered.stderr]).toEqual([
    0,
    expect.stringMatching(/^warning: the meters have \d+% of the stored core-hours behind them\n$/),
  ]);
  await server.close();
  expect([synced.status, synced.stderr]).toEqual([0, ""]);
  const { meters } = simulateMeters(cluster, { watts: HIDDEN, floorWatts: 30, noise: 0.01 });
  const rows = meters.flatMap(({ meter, hours, kwh }) =>
    hours.map((hour, t) => `${new Date(hour).toISOString()},${meter},${kwh[t]}`),
  );
  writeFileSync(path("pdu.csv"), ["time,meter,kwh", ...rows].join("\n"));
  writeFileSync(
    path("wh.csv"),
    [
      "time,meter,kwh",
      ...rows.map((row) => row.replace(/[\d.]+$/, (kwh) => String(Number(kwh) * 1000))),
    ].join("\n"),
  );
  const placed = meters.flatMap(({ meter, hosts }) => (hosts ?? []).map((host) => `${meter},${host}`));
  writeFileSync(path("placements.csv"), ["meter,host", ...placed].join("\n"));
  const total = meters.reduce((sum, { kwh }) => sum + kwh.reduce((all, value) => all + value, 0), 0);
  writeFileSync(path("bill.csv"), `month,kwh\n2025-09,${total * 10}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const calibrate = (...args: string[]): ReturnType<typeof runCli> => runCli(["calibrate", ...args]);
const stored = (...args: string[]): ReturnType<typeof runCli> => calibrate("--store", out, ...span, ...args);

describe("calibrate", () => {
  it("finds the watts of the demo, without any server or store", async () => {
    const { status, stdout, stderr } = await calibrate("--demo", "--floors", "shared");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^SIMULATED {2}2025-09-01T00:00:00Z to 2025-09-15T00:00:00Z: 12 meters, 4,032 hours of them/,
    );
    expect(stdout).toMatch(/Powder Diffraction +6\.\d\d +6\.\d\d - 6\.\d\d +1\.\d\d/);
    expect(stdout).toMatch(/each meter +2[45]\.\d\d/);
    expect(stdout).toMatch(/off by [12]\.\d% an hour on 14 days it had not seen/);
  });

  it("writes a catalogue from an export that sync and restate take", async () => {
    const written = path("machines.json");
    const ended = await stored(
      "--meter",
      path("pdu.csv"),
      "--placements",
      path("placements.csv"),
      "--floors",
      "shared",
      "--write",
      written,
      "--json",
    );
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
    const calibration = JSON.parse(ended.stdout);
    expect(calibration).toMatchObject({
      simulated: false,
      method: "fitted",
      meters: 6,
      hours: 6 * 72,
      untold: [],
    });
    const machines = parseMachines(readFileSync(written, "utf8"), written);
    expect(machines).toEqual(calibration.machines);
    for (const { machine, busyCore, idleCore, source } of machines) {
      const { busy, idle } = HIDDEN[machine as keyof typeof HIDDEN];
      expect(Math.abs(busyCore.watts / busy - 1), machine).toBeLessThan(0.05);
      expect(Math.abs(idleCore.watts / idle - 1), machine).toBeLessThan(0.1);
      expect(source).toMatch(
        /^calibrated to 6 meters of .*pdu\.csv, 2025-09-08T00:00:00Z to 2025-09-11T00:00:00Z$/,
      );
    }
    const restated = await runCli(["restate", "--out", out, ...span, "--machines", written, "--dry-run"]);
    expect([restated.status, restated.stderr]).toEqual([0, ""]);
    expect(restated.stdout).toMatch(/72 hours, .* would be restated/);
  });

  it("cannot tell an idle core from the floor of a machine that never changes, and ends with 3", async () => {
    const { status, stdout } = await stored(
      "--meter",
      path("pdu.csv"),
      "--placements",
      path("placements.csv"),
    );
    expect(status).toBe(3);
    expect(stdout).toMatch(/no watts of any machine can be told/);
    expect(stdout).toMatch(/an idle core of \w+: it cannot be told from /);
  });

  it("scales given watts to a bill, and says that it is no more than that", async () => {
    const { status, stdout } = await stored("--meter", path("bill.csv"));
    expect(status).toBe(0);
    expect(stdout).toMatch(/1 meter, 1 month\n[\s\S]*\nthe given watts, times \d\.\d{3}/);
    expect(stdout).toMatch(/Muon +\d+\.\d\d +- +\d\.\d\d +-/);
    expect(stdout).toMatch(
      /cannot tell:\n {2}watts of each machine by themselves: a bill has one number a month/,
    );
    expect(stdout).toMatch(/nothing was left to hold out/);
  });

  it("names machines that are nearly in the catalogue that a bill scales", async () => {
    writeFileSync(path("nearly.csv"), "machine,busy_watts,idle_watts\nmuon,8,2\n");
    const { stderr } = await stored("--meter", path("bill.csv"), "--machines", path("nearly.csv"));
    expect(stderr).toMatch(/^warning: hosts say "Muon", the catalogue "muon"/m);
  });

  it("notices meters in another unit, and takes nothing from them", async () => {
    const { status, stderr } = await stored(
      "--meter",
      path("wh.csv"),
      "--placements",
      path("placements.csv"),
    );
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^warning: hv-1: .* W a core, where .* are plausible, a factor of 1000 as of Wh taken for kWh/m,
    );
  });

  it("says which hosts of its meters nobody has stored", async () => {
    const { status, stderr } = await stored("--meter", path("pdu.csv"));
    expect(status).toBe(3);
    expect(stderr).toMatch(/warning: 6 hosts behind meters are not stored, such as hv-1, hv-2, hv-3/);
  });

  it.each([
    [[], /--meter METER is missing/],
    [["--meter", "nosuch"], /--meter nosuch: give a file .*or one of ipmi-dcmi, ipmi-sensor/],
    [["--meter", "ipmi-dcmi"], /--meter ipmi-dcmi is a metric: --prometheus URL is missing/],
    [["--meter", path("pdu.csv"), "--meter-kind", "rack"], /--meter-kind rack needs --placements FILE/],
    [
      ["--meter", path("pdu.csv"), "--meter-kind", "room"],
      /Allowed choices are host, hypervisor, rack, site/,
    ],
    [["--meter", path("pdu.csv"), "--floors", "none"], /Allowed choices are each, shared/],
  ])("refuses %j with one line and status 2", async (args, message) => {
    const { status, stdout, stderr } = await stored(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("needs an interval, and fails by name where a file is not there or cannot be written", async () => {
    expect(await calibrate("--store", out, "--meter", "x.csv")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^ada-carbon: --from TIME is missing/),
    });
    expect(await stored("--meter", "nosuch.csv")).toMatchObject({
      status: 1,
      stderr: "ada-carbon: nosuch.csv: the meter readings cannot be read (there is no such file)\n",
    });
    const unwritable = await calibrate("--demo", ...span, "--write", path("none/machines.json"));
    expect(unwritable).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /machines.json: the catalogue cannot be written \(there is no such folder\)/,
      ),
    });
  });
});

describe("sync --meter", () => {
  it("takes the energy of hosts with meters as it is, estimates the rest, and says which is which", async () => {
    const store = fileUsageStore(path("metered"));
    const read = (kind: "ada" | "host", name: string): Promise<UsageSeries> =>
      store.read({ kind, name }, interval);
    const withMeters = new Set(hostMeters.map(({ hosts }) => hosts?.[0]));
    const ada = await read("ada", "ada");
    expect(ada.provenance[5]?.model).toMatch(/^metered\/1 .*hosts\.csv else per-core\/1 busy=12W/);
    const total = new Float64Array(ada.hours.length);
    for (const { name } of await store.scopes("host")) {
      const { busyKwh, idleKwh, busyCpuSeconds, idleCpuSeconds, provenance } = await read("host", name);
      const kwh = hostMeters.find(({ hosts }) => hosts?.[0] === name)?.kwh;
      for (const [t, busy] of busyKwh.entries()) {
        const used = busy + (idleKwh[t] ?? Number.NaN);
        total[t] = (total[t] ?? 0) + used;
        const isMetered = withMeters.has(name) && t > 0;
        expect(provenance[t]?.model).toMatch(
          isMetered ? /^metered\/1 readings=[0-9a-f]{16} .*hosts\.csv$/ : /^per-core\/1/,
        );
        const estimate = ((busyCpuSeconds[t] ?? 0) * 12 + (idleCpuSeconds[t] ?? 0)) / 3.6e6;
        expect(used).toBeCloseTo(isMetered ? (kwh?.[t] ?? Number.NaN) : estimate, 9);
      }
    }
    for (const [t, busy] of ada.busyKwh.entries())
      expect(busy + (ada.idleKwh[t] ?? Number.NaN)).toBeCloseTo(total[t] ?? Number.NaN, 9);
    await store.close();
  });
});
