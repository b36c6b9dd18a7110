import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function bench(...flags: string[]): Promise<string> {
  const given = [
    "--import",
    "tsx",
    "bench/run.ts",
    "stores",
    "--quick",
    "--loads",
    "1",
    "--appends",
    "2",
    ...flags,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: root });
  return stdout;
}

describe("the benchmark of the stores", () => {
  // Its speeds say nothing while other tests run; that it runs, and reads back what it wrote, they do.
  it("measures every adapter beside its engine, or says why not", async () => {
    const { machine, results } = JSON.parse(await bench("--json"));
    expect(machine).toEqual({ cpu: expect.any(String), cores: expect.any(Number), node: process.version });
    const engines = results.map((result: { engine: string }) => result.engine);
    expect(engines).toEqual(["files", "sqlite", "postgres", "mongodb"]);
    for (const result of results) {
      if ("skipped" in result) {
        if (process.env.CI === "true") expect(result).toBe("measured");
        continue;
      }
      const { load, append, readBack, peakMb } = result;
      for (const { ours, bare } of [load, append]) expect(ours.median / bare.median).toBeGreaterThan(0);
      expect(readBack.worstRelativeError).toBeLessThanOrEqual(1e-12);
      expect(peakMb.ours).toBeLessThan(300);
    }
  }, 600_000);

  it("prints a line for each", async () => {
    const printed = await bench("--only", "sqlite");
    expect(printed).toMatch(/cores, node v/);
    expect(printed).toMatch(/sqlite .*prepared inserts/);
  }, 120_000);
});
