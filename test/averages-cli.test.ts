import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAverageStore, fileUsageStore } from "ada-carbon/files";
import { parseMachineMetrics, parseRunningAverages } from "ada-carbon/timeseries";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli as inProcess } from "./support/cli-lab.js";

// Averages as somebody has them, put in and taken out by the command line.

/** What a command says; rejects with its status and what it says if that is not 0. */
async function cli(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, ...said } = await inProcess(args);
  if (status !== 0) throw Object.assign(new Error(said.stderr), { code: status, ...said });
  return said;
}

/** kWh and grams in an hour of one machine of that name. */
const METRICS = {
  machine_name: "Muon",
  metrics: {
    energy_kwh: { busy: { average: 0.001 }, idle: { average: 0.006 } },
    carbon_gCo2eq: { busy: { average: 8 }, idle: { average: 1.2 } },
  },
};
const SPAN = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T06:00:00Z", "--quiet"];

let folder: string;
let synced: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-averages-cli-"));
  synced = join(folder, "synced");
  await cli("sync", "--demo", ...SPAN, "--out", synced);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function copied(name: string): Promise<string> {
  await cp(synced, join(folder, name), { recursive: true });
  return join(folder, name);
}

describe("averages", () => {
  it("are printed as both documents, which the parsers read again", async () => {
    const { averages, runningAverages, machineMetrics } = JSON.parse(
      (await cli("averages", "--out", synced, "--json")).stdout,
    );
    expect(averages.length).toBeGreaterThan(2);
    expect(runningAverages).toHaveLength(averages.length);
    for (const [i, mean] of averages.entries()) {
      expect(mean.origin).toBe("learnt");
      const running = parseRunningAverages(runningAverages[i], "running");
      expect(running).toMatchObject({
        machine: mean.machine,
        busyKwh: { dataPoints: mean.hours, average: mean.busyKwh },
      });
      expect(parseMachineMetrics(machineMetrics[i], "metrics").busyGco2eq).toBe(mean.busyGco2eq);
    }
  });

  it("that are imported are taken first, twice, and stay through restate and prune", async () => {
    const out = await copied("imported");
    const file = join(folder, "muon.json");
    await writeFile(file, JSON.stringify(METRICS));
    const { stdout } = await cli("averages", "import", file, "--out", out, "--json");
    const [{ busyKwPerCpu }] = JSON.parse(stdout).imported;
    expect(busyKwPerCpu).toBeGreaterThan(0);
    const given = await fileAverageStore(out).get("Muon");
    expect(given?.learnt).toBeUndefined();
    for (const to of ["2025-09-10T08:00:00Z", "2025-09-10T09:00:00Z"]) {
      const span = ["--from", "2025-09-10T06:00:00Z", "--to", to, "--quiet"];
      await cli("sync", "--demo", ...span, "--out", out, "--model", "machine-average");
    }
    const explained = await cli(
      "explain",
      "--scope",
      "machine:Muon",
      "--hour",
      "2025-09-10T08:00:00Z",
      "--out",
      out,
      "--json",
    );
    const { stored, provenance } = JSON.parse(explained.stdout);
    expect(provenance.model).toMatch(/^machine-average\/1 .* given=1 learnt=\d+ else/);
    expect((stored.busyKwh * 3600) / stored.busyCpuSeconds).toBeCloseTo(busyKwPerCpu, 9);
    await cli(
      "restate",
      "--out",
      out,
      "--from",
      "2025-09-10T00:00:00Z",
      "--to",
      "2025-09-10T03:00:00Z",
      "--busy-watts",
      "6",
    );
    await cli("prune", "--out", out, "--keep-days", "1", "--yes");
    expect(await fileAverageStore(out).get("Muon")).toEqual(given);
  }, 60_000);

  it("that were learnt survive the pruning of the hours that they were learnt from", async () => {
    const out = await copied("pruned");
    const before = JSON.parse((await cli("averages", "--out", out, "--json")).stdout).averages;
    await cli("prune", "--out", out, "--keep-days", "1", "--yes");
    await cli(
      "sync",
      "--demo",
      "--from",
      "2025-09-10T03:00:00Z",
      "--to",
      "2025-09-10T06:00:00Z",
      "--quiet",
      "--out",
      out,
    );
    expect(JSON.parse((await cli("averages", "--out", out, "--json")).stdout).averages).toEqual(before);
  }, 60_000);

  it("are refused by name when they cannot be used, and nothing is stored", async () => {
    const out = join(folder, "empty");
    const file = join(folder, "refused.json");
    await writeFile(file, JSON.stringify([METRICS, { machine_name: "WISH" }]));
    await expect(cli("averages", "import", file, "--out", out)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/refused.json: entry 2: metrics/),
    });
    await writeFile(file, JSON.stringify(METRICS));
    await expect(cli("averages", "import", file, "--out", out)).rejects.toMatchObject({
      stderr: expect.stringMatching(/"Muon": kWh a machine-hour say nothing of watts a CPU/),
    });
    const usage = fileUsageStore(synced);
    const release = await usage.lock();
    await expect(cli("averages", "import", file, "--out", synced)).rejects.toMatchObject({
      stderr: expect.stringMatching(/another run is writing to/),
    });
    await release();
    await writeFile(file, JSON.stringify([METRICS, METRICS]));
    await expect(cli("averages", "import", file, "--out", synced)).rejects.toMatchObject({
      stderr: expect.stringMatching(/"Muon" is in .* too; leave one of them/),
    });
    const absurd = structuredClone(METRICS);
    absurd.metrics.energy_kwh.busy.average = 4000;
    await writeFile(file, JSON.stringify(absurd));
    await expect(cli("averages", "import", file, "--out", synced)).rejects.toMatchObject({
      stderr: expect.stringMatching(/would take \d+ W a CPU; no CPU takes over 1000 W/),
    });
    await expect(cli("averages", "import", "--out", out)).rejects.toMatchObject({ code: 2 });
    expect(await fileAverageStore(out).list()).toEqual([]);
  }, 60_000);

  it("of a folder's own document are imported with their CPU-seconds", async () => {
    const [from, to] = [await copied("from"), join(folder, "to")];
    const file = fileAverageStore(from).pathOf("Muon");
    const { stdout } = await cli("averages", "import", file, "--out", to, "--json");
    const before = JSON.parse((await cli("averages", "--machine", "Muon", "--out", from, "--json")).stdout)
      .averages[0];
    expect(JSON.parse(stdout).imported[0].busyKwPerCpu).toBe(before.busyKwPerCpu);
  });
});
