import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli as inProcess } from "./support/cli-lab.js";

// `--machines FILE`, as somebody uses it.

/** What a command says; rejects with its status and what it says if that is not 0. */
async function cli(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, ...said } = await inProcess(args);
  if (status !== 0) throw Object.assign(new Error(said.stderr), { code: status, ...said });
  return said;
}
const SHORT = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T03:00:00Z", "--quiet"];

interface Report {
  readonly total: { readonly busyKwh: number; readonly idleKwh: number };
  readonly bounds: { readonly kwh: { readonly value: number; readonly low: number; readonly high: number } };
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-machines-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("--machines", () => {
  it("takes the example, and says how much the default was taken for", async () => {
    const out = join(folder, "example");
    const { stdout } = await cli(
      "sync",
      "--demo",
      ...SHORT,
      "--out",
      out,
      "--machines",
      "examples/machines.json",
      "--json",
    );
    const { unknownMachines, total } = JSON.parse(stdout);
    expect(unknownMachines.names).toEqual(["Artemis (Matlab)", "Excitations", "WISH single crystal"]);
    expect(unknownMachines.ofCoreHours * 3600).toBeCloseTo(total.busyCpuSeconds + total.idleCpuSeconds, 3);
    expect(unknownMachines.coreHours).toBeGreaterThan(0);
    expect(unknownMachines.coreHours).toBeLessThan(unknownMachines.ofCoreHours);
    const averages = JSON.parse((await cli("averages", "--out", out, "--json")).stdout).averages;
    const muon = averages.find(({ machine }: { machine: string }) => machine === "Muon");
    expect(muon.busyKwPerCpu).toBeCloseTo(0.0075, 9);
    expect(muon.idleKwPerCpu).toBeCloseTo(0.00104, 9);
  });

  it("gives bounds by what the catalogue says of each machine", async () => {
    const out = join(folder, "bounds");
    const machines = ["--machines", "examples/machines.json"];
    await cli("sync", "--demo", ...SHORT, "--out", out, ...machines);
    const boundsOf = async (scope: string, ...more: string[]): Promise<Report> => {
      const args = ["report", "--out", out, "--scope", scope, "--bounds", "1", "--json"];
      return JSON.parse((await cli(...args, ...more)).stdout);
    };
    const { total, bounds } = await boundsOf("machine:Muon", ...machines);
    expect(bounds.kwh.low).toBeCloseTo((total.busyKwh * 3.6) / 7.5 + (total.idleKwh * 0.76) / 1.04, 6);
    expect(bounds.kwh.high).toBeCloseTo((total.busyKwh * 12.3) / 7.5 + (total.idleKwh * 2.48) / 1.04, 6);
    // Of all machines some are known better: the whole is, too.
    const [known, measured] = [await boundsOf("ada", ...machines), await boundsOf("ada")];
    expect(known.bounds.kwh.value).toBeCloseTo(measured.bounds.kwh.value, 9);
    expect(known.bounds.kwh.low).toBeGreaterThan(measured.bounds.kwh.low);
    expect(known.bounds.kwh.high).toBeLessThan(measured.bounds.kwh.high);
    await expect(cli("report", "--out", out, ...machines)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--machines is about bounds/),
    });
  });

  it("leaves hours by another catalogue as they are, says so, and restates them", async () => {
    const out = join(folder, "changed");
    await cli("sync", "--demo", ...SHORT, "--out", out);
    const catalogue = join(folder, "machines.csv");
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nMuon,8,2\n");
    const again = await cli("sync", "--demo", ...SHORT, "--out", out, "--machines", catalogue);
    expect(again.stdout).toMatch(
      /3 hours were stored under another power model .* restate computes them again/,
    );
    const span = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T03:00:00Z"];
    const restated = await cli("restate", "--out", out, ...span, "--machines", catalogue, "--json");
    const changed = JSON.parse(restated.stdout).changed.map(({ scope }: { scope: string }) => scope);
    expect(changed).toContain("machine:Muon");
    const { provenance } = JSON.parse(
      (await cli("explain", "--scope", "machine:Muon", "--hour", span[1] ?? "", "--out", out, "--json"))
        .stdout,
    );
    expect(provenance.model).toMatch(/^machines\/1 catalogue=/);
  });

  it("warns of names that differ in case, and of watts that hardly any server takes", async () => {
    const catalogue = join(folder, "odd.csv");
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nMUON,40,1\n");
    const { stderr } = await cli(
      "sync",
      "--demo",
      ...SHORT,
      "--out",
      join(folder, "odd"),
      "--machines",
      catalogue,
    );
    expect(stderr).toMatch(/warning: .*odd.csv: "MUON": 40 W a busy core/);
    expect(stderr).toMatch(/warning: hosts say "Muon", the catalogue "MUON"/);
  });

  it("has what flags say in its place doubted where it is of another unit", async () => {
    const kilowatts = ["--busy-watts", "0.012", "--idle-watts", "1"];
    const { stderr } = await cli("sync", "--demo", ...SHORT, "--out", join(folder, "kw"), ...kilowatts);
    expect(stderr).toMatch(/warning: --busy-watts and --idle-watts: 0.012 W a busy core; 98 of 100/);
    expect(stderr).toMatch(/an idle core takes more than a busy one \(1 and 0.012 W\)/);
  });

  it("is refused by name when it cannot be read or used", async () => {
    const missing = cli(
      "sync",
      "--demo",
      ...SHORT,
      "--out",
      join(folder, "none"),
      "--machines",
      "nosuch.csv",
    );
    await expect(missing).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nosuch.csv: the machines cannot be read \(there is no such file\)/),
    });
    const latin = join(folder, "latin.csv");
    await writeFile(latin, Buffer.from("machine,busy_watts,idle_watts\nMüon,4,1\n", "latin1"));
    const unreadable = cli("sync", "--demo", ...SHORT, "--out", join(folder, "none"), "--machines", latin);
    await expect(unreadable).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /latin.csv: the machines cannot be read \(it is no text in UTF-8; save it/,
      ),
    });
    const catalogue = join(folder, "negative.csv");
    await writeFile(catalogue, "machine,busy_watts,idle_watts\nMuon,-4,1\n");
    const negative = cli("sync", "--demo", ...SHORT, "--out", join(folder, "none"), "--machines", catalogue);
    await expect(negative).rejects.toMatchObject({
      stderr: expect.stringMatching(/negative.csv: "Muon": busy_watts is -4/),
    });
  });
});
