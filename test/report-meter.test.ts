import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// What is attributed, held against a meter of everything.

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const cli = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, [join(root, "dist/cli/main.js"), ...args], { cwd: root });
/** A report of which an hour is wanting: it is printed, and the status is 3. */
const wanting = async (...args: string[]): Promise<string> => {
  const ended = await cli(...args).catch((error: { code: number; stdout: string }) => error);
  expect(ended).toMatchObject({ code: 3 });
  return ended.stdout;
};

let folder: string;
let out: string;
let meter: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-report-meter-"));
  [out, meter] = [join(folder, "out"), join(folder, "meter.csv")];
  const span = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T04:00:00Z"];
  await cli("sync", "--demo", ...span, "--out", out, "--quiet");
  // The meter was silent for the third hour.
  const rows = ["00:00Z,hall,2", "01:00Z,hall,2.5", "03:00Z,hall,3"].map((row) => `2025-09-10T${row}`);
  await writeFile(meter, `time,meter,kwh\n${rows.join("\n")}\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("report --meter", () => {
  it("closes hour by hour, and says what is unexplained", async () => {
    const args = ["report", "--out", out, "--meter", meter, "--floor-watts", "500"];
    const { meter: closed } = JSON.parse(await wanting(...args, "--json"));
    expect(closed).toMatchObject({ hours: 4, knownHours: 3, total: { meterKwh: 7.5, floorKwh: 1.5 } });
    expect(closed.hourly.map(({ hour }: { hour: string }) => hour)).toEqual([
      "2025-09-10T00:00:00Z",
      "2025-09-10T01:00:00Z",
      "2025-09-10T03:00:00Z",
    ]);
    for (const parts of [closed.total, ...closed.hourly]) {
      const explained = parts.busyKwh + parts.idleKwh + parts.floorKwh + parts.unexplainedKwh;
      expect(Math.abs(explained - parts.meterKwh)).toBeLessThan(1e-9);
    }
    const stdout = await wanting(...args);
    expect(stdout).toMatch(/meter: 7\.50 kWh in 3 of 4 hours/);
    expect(stdout).toMatch(/floor, not shared {2}1\.50 kWh \(20\.0%\)/);
    expect(stdout).toMatch(/unexplained {8}-?\d+\.\d\d kWh/);
  });

  it("is of everything, and says where nothing is known of both", async () => {
    const scoped = cli("report", "--out", out, "--scope", "project:IDAaaS", "--meter", meter);
    await expect(scoped).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--meter is of everything/),
    });
    const other = join(folder, "other.csv");
    await writeFile(other, "time,meter,kwh\n2024-01-01T00:00Z,hall,2\n");
    const stdout = await wanting("report", "--out", out, "--meter", other);
    expect(stdout).toMatch(/meter: no hour of 4 is known of both/);
  });
});
