import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatScope, SCOPE_KINDS, type Scope } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli as runCli } from "./support/cli-lab.js";

// What is attributed, held against a meter of everything.

const span = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T04:00:00Z"];

interface Hour {
  readonly hour: string;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly floorKwh: number;
}
interface Closed {
  readonly hourly: readonly Hour[];
  readonly part: { readonly hourly: readonly Hour[] } | null;
}

let folder: string;
let out: string;
let meter: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-report-meter-"));
  out = join(folder, "out");
  await runCli(["sync", "--demo", ...span, "--out", out, "--quiet"]);
  // The meter was silent for the third hour.
  const rows = ["00:00Z,hall,1.2", "01:00Z,hall,1.5", "03:00Z,hall,1.8"].map((row) => `2025-09-10T${row}`);
  meter = await readings("meter.csv", "kwh", ...rows);
});

const readings = async (name: string, unit: string, ...rows: string[]): Promise<string> => {
  await writeFile(join(folder, name), `time,meter,${unit}\n${rows.join("\n")}\n`);
  return join(folder, name);
};

async function scopesOf(place: string): Promise<Scope[]> {
  const store = fileUsageStore(place);
  const kinds = SCOPE_KINDS.filter((kind) => kind !== "ada");
  const scopes = (await Promise.all(kinds.map((kind) => store.scopes(kind)))).flat();
  await store.close();
  return scopes;
}

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("report --meter", () => {
  it("closes hour by hour, and says what is unexplained", async () => {
    const args = ["report", "--out", out, "--meter", meter, "--floor-watts", "300"];
    const { meter: closed } = JSON.parse((await runCli([...args, "--json"])).stdout);
    expect(closed).toMatchObject({ hours: 4, knownHours: 3, total: { meterKwh: 4.5 } });
    expect(closed.hourly.map(({ hour }: { hour: string }) => hour)).toEqual([
      "2025-09-10T00:00:00Z",
      "2025-09-10T01:00:00Z",
      "2025-09-10T03:00:00Z",
    ]);
    for (const parts of [closed.total, ...closed.hourly]) {
      const explained = parts.busyKwh + parts.idleKwh + parts.floorKwh + parts.unexplainedKwh;
      expect(Math.abs(explained - parts.meterKwh)).toBeLessThan(1e-9);
    }
    const { status, stdout } = await runCli(args);
    expect(status).toBe(3);
    expect(stdout).toMatch(/meter: 4\.50 kWh in 3 of 4 hours/);
    expect(stdout).toMatch(/floor, not shared +0\.90 kWh \(20\.0%\)/);
    expect(stdout).toMatch(/unexplained +-?\d+\.\d\d kWh/);
  });

  it("shares the floor by a stated rule, conserved among scopes of each kind, hour by hour", async () => {
    for (const rule of ["reserved", "use"]) {
      const parts = async (scope: string): Promise<Closed> => {
        const args = [
          "report",
          "--out",
          out,
          "--scope",
          scope,
          ...span,
          "--meter",
          meter,
          "--floor-watts",
          "300",
        ];
        const { stdout, stderr, status } = await runCli([...args, "--share-floor", rule, "--json"]);
        expect([status, stderr]).toEqual([3, ""]);
        return JSON.parse(stdout).meter;
      };
      const { hourly } = await parts("ada");
      expect(hourly.map(({ floorKwh }) => floorKwh)).toEqual([0.3, 0.3, 0.3]);
      const scopes = await scopesOf(out);
      expect(new Set(scopes.map(({ kind }) => kind))).toEqual(
        new Set(["project", "machine", "user", "group", "host"]),
      );
      for (const [kind, own] of Map.groupBy(scopes, (scope) => scope.kind)) {
        const shared = await Promise.all(own.map(async (scope) => (await parts(formatScope(scope))).part));
        for (const [t, { hour, busyKwh, floorKwh }] of hourly.entries()) {
          const sumOf = (name: "busyKwh" | "floorKwh"): number =>
            shared.reduce((sum, part) => sum + (part?.hourly[t]?.[name] ?? Number.NaN), 0);
          expect(Math.abs(sumOf("floorKwh") - floorKwh), `${kind} ${hour} ${rule}`).toBeLessThan(1e-9);
          expect(Math.abs(sumOf("busyKwh") - busyKwh), `${kind} ${hour}`).toBeLessThan(1e-9);
        }
      }
    }
  });

  it("says whose the floor is, and by what", async () => {
    const args = ["report", "--out", out, "--meter", meter, "--floor-watts", "300"];
    const everything = await runCli([...args, "--share-floor", "use"]);
    expect(everything.stdout).toMatch(/floor, by busy core-hours +0\.90 kWh \(20\.0%\)/);
    const { stdout } = await runCli([...args, "--scope", "project:IDAaaS", "--share-floor", "reserved"]);
    expect(stdout).toMatch(/of which project:IDAaaS:\n {2}attributed busy .*\n {2}attributed idle .*\n/);
    expect(stdout).toMatch(/floor, by core-hours reserved +0\.\d\d kWh \(\d\d\.\d%\)\n\n/);
  });

  it.each([
    [
      ["--scope", "project:IDAaaS", "--floor-watts", "300"],
      /--meter is of everything: leave --scope out, or .* --share-floor/,
    ],
    [["--share-floor", "use"], /--share-floor use needs the floor: --floor-watts W/],
    [["--share-floor", "half", "--floor-watts", "1"], /Allowed choices are reserved, use, none/],
  ])("refuses %j with one line and status 2", async (more, message) => {
    const { status, stdout, stderr } = await runCli(["report", "--out", out, "--meter", meter, ...more]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("says where nothing is known of both, and that a floor alone is nothing", async () => {
    const other = await readings("other.csv", "kwh", "2024-01-01T00:00Z,hall,2");
    const { stdout } = await runCli(["report", "--out", out, "--meter", other]);
    expect(stdout).toMatch(/meter: no hour of 4 is known of both/);
    expect(await runCli(["report", "--out", out, "--floor-watts", "300"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--floor-watts is a part of a meter: give --meter, too/),
    });
  });
});

describe("a meter of everything that cannot be right", () => {
  const warningsOf = async (file: string): Promise<string> => {
    const { status, stderr } = await runCli(["report", "--out", out, "--meter", file]);
    expect(status).toBe(3);
    return stderr;
  };

  it("is noticed where Wh were taken for kWh, or the reverse", async () => {
    const wattHours = await readings("wh.csv", "kwh", "2025-09-10T00:00Z,hall,1000");
    expect(await warningsOf(wattHours)).toMatch(
      /^warning: the meter has [\d.]+ W a core, where 0.3 to 25 W are plausible, a factor of 1000 as of Wh/,
    );
    const megawattHours = await readings("mwh.csv", "wh", "2025-09-10T00:00Z,hall,1");
    expect(await warningsOf(megawattHours)).toMatch(/the meter has 0\.0\d+ W a core, .* a factor of 1000/);
  });

  it("is noticed where megajoules were taken for kWh, by what is attributed", async () => {
    const { meter: closed } = JSON.parse(
      (await runCli(["report", "--out", out, "--meter", meter, "--json"])).stdout,
    );
    const [{ busyKwh, idleKwh }] = closed.hourly;
    const megajoules = await readings("mj.csv", "kwh", `2025-09-10T00:00Z,hall,${(busyKwh + idleKwh) * 3.6}`);
    expect(await warningsOf(megajoules)).toMatch(
      /^warning: the meter has 3\.6 times what is explained, as if megajoules \(a factor of 3\.6\)/,
    );
  });

  it("is noticed where half of the hosts are not behind it, and its unexplained part is below 0", async () => {
    const [{ busyKwh, idleKwh }] = JSON.parse(
      (await runCli(["report", "--out", out, "--meter", meter, "--json"])).stdout,
    ).meter.hourly;
    const half = await readings("half.csv", "kwh", `2025-09-10T00:00Z,hall,${(busyKwh + idleKwh) / 2}`);
    const { stderr, stdout } = await runCli(["report", "--out", out, "--meter", half]);
    expect(stderr).toMatch(/^warning: more is attributed than the meter has \(2\.0 times as much\)/);
    expect(stdout).toMatch(/unexplained +-0\.\d\d kWh \(-100\.0%\)/);
  });

  it("leaves out what a counter counted while it was reset, and says so", async () => {
    const counted = ["00:00Z,100", "01:00Z,102", "02:00Z,1", "03:00Z,3", "04:00Z,5"].map((row) => {
      const [time, kwh] = row.split(",");
      return `2025-09-10T${time},hall,${kwh}`;
    });
    const counter = await readings("counter.csv", "kwh_total", ...counted);
    const args = ["report", "--out", out, "--meter", counter, "--json"];
    const { stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(/^warning: site: its counter fell once, as at a reset; what it counted in that/);
    expect(JSON.parse(stdout).meter).toMatchObject({ knownHours: 3, total: { meterKwh: 6 } });
  });
});
