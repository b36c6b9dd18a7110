import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interval, UsageSeries } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cli } from "./support/cli-lab.js";

// Hours that are stored, estimated again from meters of their hosts.

const span = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T03:00:00Z"];
const interval: Interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 3) };

let folder: string;
let server: SimulationServer;
let out: string;
let hosts: readonly UsageSeries[];
let runs = 0;

const stored = async (): Promise<readonly UsageSeries[]> => {
  const store = fileUsageStore(out);
  const scopes = await store.scopes("host");
  const series = await Promise.all(scopes.map((scope) => store.read(scope, interval)));
  await store.close();
  return series
    .filter(({ hours }) => hours.length === 3)
    .sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
};
const kwhOf = ({ busyKwh, idleKwh }: UsageSeries): number[] =>
  [...busyKwh].map((busy, t) => busy + (idleKwh[t] ?? Number.NaN));
const modelsOf = ({ provenance }: UsageSeries): (string | null)[] => provenance.map(({ model }) => model);
const hostCalled = async (name: string): Promise<UsageSeries> =>
  (await stored()).find(({ scope }) => scope.name === name) ?? expect.fail(name);

/** Readings of the first hosts: what was estimated, so many times over, in these hours. */
async function readings(times: number, { count = 4, hours = 2 } = {}): Promise<string> {
  const rows = hosts.slice(0, count).flatMap((series) =>
    kwhOf(series)
      .slice(0, hours)
      .map((kwh, t) => `2025-09-10T0${t}:00Z,${series.scope.name.split(":")[0]},${kwh * times}`),
  );
  const file = join(folder, `readings-${times}.csv`);
  await writeFile(file, `time,meter,kwh\n${rows.join("\n")}\n`);
  return file;
}
const restate = (...args: string[]): ReturnType<typeof cli> =>
  cli(["restate", "--out", out, ...span, ...args]);
const again = (...args: string[]): ReturnType<typeof cli> =>
  cli([
    "sync",
    ...["--prometheus", server.prometheusUrl, "--intensity", server.intensityUrl],
    ...span,
    ...["--out", out, "--quiet"],
    ...args,
  ]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-restate-meter-"));
  server = await serveSimulation({ cluster: simulateCluster({ interval }), clock: Date.now });
});
beforeEach(async () => {
  out = join(folder, `out-${runs++}`);
  expect(await again()).toMatchObject({ status: 0, stderr: "" });
  hosts = await stored();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("restate --meter", () => {
  it("takes what was metered, leaves the rest as it is, and says what changed", async () => {
    const file = await readings(2);
    const { status, stdout, stderr } = await restate("--meter", file);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: the meters have \d+% of the stored core-hours behind them\n$/);
    expect(stdout).toMatch(/^8 of \d+ hours of hosts are by their own meters$/m);
    expect(stdout).toMatch(/^ada +2 /m);
    for (const [i, before] of hosts.entries()) {
      const after = await hostCalled(before.scope.name);
      const isMetered = i < 4;
      for (const [t, kwh] of kwhOf(after).entries()) {
        const expected = (kwhOf(before)[t] ?? Number.NaN) * (isMetered && t < 2 ? 2 : 1);
        expect(kwh).toBeCloseTo(expected, 9);
        expect(modelsOf(after)[t]).toMatch(isMetered && t < 2 ? /^metered\/1 readings=/ : /^per-core\/1/);
      }
    }
    expect((await restate("--meter", file)).stdout).toMatch(/nothing changes/);
  });

  it("stores nothing with --dry-run", async () => {
    const { stdout } = await restate("--meter", await readings(2), "--dry-run");
    expect(stdout).toMatch(/would be restated; nothing was stored/);
    expect(await stored()).toEqual(hosts);
  });

  it("is what corrected readings are a reason for, and sync says so", async () => {
    await restate("--meter", await readings(2));
    expect((await again("--meter", await readings(2))).stdout).not.toMatch(/another power model/);
    const corrected = await again("--meter", await readings(1.5));
    expect(corrected.stdout).toMatch(/2 hours were stored under another power model .* restate computes/);
    await restate("--meter", await readings(1.5));
    const [first] = hosts;
    if (first === undefined) return expect.fail("there are no hosts");
    expect(kwhOf(await hostCalled(first.scope.name))[0]).toBeCloseTo(
      (kwhOf(first)[0] ?? Number.NaN) * 1.5,
      9,
    );
  });

  it("keeps what was metered where the meters have forgotten it, and under other watts", async () => {
    await restate("--meter", await readings(2));
    const metered = (await stored()).slice(0, 4);
    const isAsMetered = async (): Promise<boolean[]> =>
      (await stored()).slice(0, 4).map((series, i) => {
        const before = metered[i] ?? expect.fail("there are no hosts");
        return [0, 1].every((t) => Math.abs((kwhOf(series)[t] ?? 0) - (kwhOf(before)[t] ?? 0)) < 1e-12);
      });
    const forgotten = await readings(2, { count: 1, hours: 1 });
    await restate("--meter", forgotten);
    expect(await isAsMetered()).toEqual([true, true, true, true]);
    expect((await again("--meter", forgotten)).stdout).not.toMatch(/another power model/);
    await restate("--busy-watts", "6");
    expect(await isAsMetered()).toEqual([true, true, true, true]);
    const [first] = await stored();
    expect(first && modelsOf(first)).toEqual([
      expect.stringMatching(/^metered/),
      expect.stringMatching(/^metered/),
      expect.stringMatching(/^per-core\/1 busy=6W/),
    ]);
    await restate("--busy-watts", "6", "--estimate-metered");
    expect(await isAsMetered()).toEqual([false, false, false, false]);
  });

  it("leaves out meters in Wh that say kWh, and stores nothing of them", async () => {
    const { status, stdout, stderr } = await restate("--meter", await readings(1000));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /W a core, where 0\.3 to 25 W are plausible, a factor of 1000 .*; it is left out$/m,
    );
    expect(stdout).toMatch(/nothing changes/);
    expect(await stored()).toEqual(hosts);
  });

  it("refuses a host with two meters, by name", async () => {
    const { status, stderr } = await restate("--meter", await readings(2), "--meter", await readings(3));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ada-carbon: ".*" has two meters that both have 2025-09-10T00:00:00Z; give one/m);
    expect(await stored()).toEqual(hosts);
  });

  it("needs watts to estimate what was metered", async () => {
    expect(await restate("--estimate-metered")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--estimate-metered needs watts: give --machines, /),
    });
  });
});

describe("sync --meter", () => {
  it("estimates what is over 1 kW a core, and names the meter", async () => {
    const file = await readings(1000);
    out = join(folder, `out-${runs++}`);
    const { status, stderr } = await again("--meter", file);
    expect(status).toBe(0);
    expect(stderr).toMatch(/a factor of 1000 as of Wh taken for kWh .* over 1000 W a core was estimated/);
  });
});

describe("restate --machines", () => {
  it("says how much the default was taken for, and what nearly has the name of a machine", async () => {
    const catalogue = join(folder, "near.csv");
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nmuon,8,2\nExcitations,7,2\n");
    const { stdout, stderr } = await restate("--machines", catalogue);
    expect(stderr).toMatch(/^warning: hosts say "Muon", the catalogue "muon": write it as the hosts do/m);
    expect(stdout).toMatch(/\d+ of \d+ core-hours are of machines that the model does not know.*: .*Muon/);
  });

  it("takes a catalogue that changed between two runs, and says what that changed", async () => {
    const catalogue = join(folder, "changing.csv");
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nMuon,8,2\n");
    await restate("--machines", catalogue);
    expect((await again("--machines", catalogue)).stdout).not.toMatch(/another power model/);
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nMuon,6,2\n");
    expect((await again("--machines", catalogue)).stdout).toMatch(
      /3 hours were stored under another power model/,
    );
    expect((await restate("--machines", catalogue)).stdout).toMatch(/^machine:Muon +3 /m);
  });
});
