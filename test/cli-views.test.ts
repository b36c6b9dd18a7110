import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADA, emptySeries, finishedHours, HOUR_MS } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import type { Estimate } from "ada-carbon/timeseries";
import { describe, expect, it } from "vitest";
import { cli, FROM, folder, out, server, syncArgs } from "./support/cli-lab.js";

describe("report", () => {
  it("shows any scope by hour, day, month and year, as a table and as JSON", async () => {
    await cli(syncArgs());
    const table = await cli(["report", "--out", out]);
    expect(table.stdout).toMatch(/^ada by day\n\nUTC +busy core-h/);
    expect(table.stdout).toMatch(/^2025-09-10 /m);
    for (const by of ["hour", "day", "month", "year"]) {
      const { bins } = JSON.parse(
        (await cli(["report", "--out", out, "--scope", "project:IDAaaS", "--by", by, "--json"])).stdout,
      );
      expect(bins).toHaveLength(by === "hour" ? 6 : 1);
    }
    const wide = await cli([
      "report",
      "--out",
      out,
      "--from",
      "2025-09-09T00:00:00Z",
      "--to",
      "2025-09-11T00:00:00Z",
      "--json",
    ]);
    expect(
      JSON.parse(wide.stdout).bins.map(({ hoursMissing }: { hoursMissing: number }) => hoursMissing),
    ).toEqual([24, 18]);
  });

  it("shows a dash, and gives null, where nothing is known", async () => {
    const hours = finishedHours({ from: FROM, to: FROM + 2 * HOUR_MS }, Date.now());
    const series = emptySeries(ADA, hours, { library: "", model: null, intensity: null });
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      series[name][1] = 2;
    series.coverage[1] = 1;
    series.status[1] = "unprocessed";
    const store = fileUsageStore(out);
    await store.replace([series]);
    await store.close();
    const { stdout } = await cli(["report", "--out", out, "--by", "hour"]);
    expect(stdout).toMatch(/^2025-09-10 00:00 +(- +){7}0\.0% +1 of 1$/m);
    expect(stdout).toMatch(/^2025-09-10 01:00 +<0\.1 +<0\.1 +2\.000 +2\.000 +50\.0% +- +- +100\.0% /m);
    expect(stdout).toMatch(/^in total 4 kWh and - gCO2eq, 1 of 2 hours missing/m);
    expect(stdout).not.toMatch(/that are not known/);
    const { total, equivalencies } = JSON.parse((await cli(["report", "--out", out, "--json"])).stdout);
    expect(total).toMatchObject({ busyKwh: 2, busyGco2eq: null, perHour: { busyKwh: 2, idleGco2eq: null } });
    expect(equivalencies).toBeNull();
  });

  it("says beside the sum of grams which hours are not in it, though their kWh are", async () => {
    const hours = finishedHours({ from: FROM, to: FROM + 3 * HOUR_MS }, Date.now());
    const series = emptySeries(ADA, hours, { library: "", model: null, intensity: null });
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      series[name].fill(2);
    for (const name of ["busyGco2eq", "idleGco2eq"] as const) series[name][1] = 300;
    series.coverage.fill(1);
    series.status.fill("unprocessed").fill("processed", 1, 2);
    const store = fileUsageStore(out);
    await store.replace([series]);
    await store.close();
    const { stdout } = await cli(["report", "--out", out]);
    expect(stdout).toMatch(
      /^in total 12 kWh and 600 gCO2eq \(without 2 hours that are not known\): about as much as/m,
    );
  });

  it.each([
    [
      ["--scope", "project:Nobody"],
      /project:Nobody has no stored hour in .*; stored are project:CDAaaS, project:DDAaaS, project:IDAaaS/,
      1,
    ],
    [["--scope", "nonsense"], /not a scope/, 2],
    [["--from", "9999-12-31"], /--from 9999-12-31: no hour of it is over; the last that is ends at 20/, 2],
    [["--by", "decade"], /Allowed choices are hour, day, week, month, year/, 2],
  ])("refuses %j", async (more, message, status) => {
    await cli(syncArgs());
    const ended = await cli(["report", "--out", out, ...more]);
    expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("day", () => {
  it("prints the document of a project's day, or one line", async () => {
    await cli(syncArgs());
    const day = await cli(["day", "--out", out, "--project", "IDAaaS", "--date", "2025-09-10"]);
    const entry = JSON.parse(day.stdout);
    expect([entry.cloud_project_name, entry.date]).toEqual(["IDAaaS", "10_09_2025"]);
    expect(entry.timeseries["05:00"].all.busy_kwh).toBeGreaterThan(0);
    for (const [more, status, message] of [
      [["--date", "2025-09-11"], 3, /no stored hour on 2025-09-11/],
      [["--date", "2025-02-31"], 2, /"2025-02-31" is not an instant: the calendar has no such day/],
      [["--date", "yesterday"], 3, /no stored hour on/],
      [["--date", "2025-W37"], 2, /YYYY-MM-DD/],
    ] as const) {
      const ended = await cli(["day", "--out", out, "--project", "IDAaaS", ...more]);
      expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)]);
    }
  });
});

describe("report --bounds", () => {
  it("gives low and high around every bin and the total, wider the more the errors go together", async () => {
    await cli(syncArgs());
    const report = async (correlation: string): Promise<BoundedReport> =>
      JSON.parse(
        (await cli(["report", "--out", out, "--by", "hour", "--bounds", correlation, "--json"])).stdout,
      );
    const [apart, together] = [await report("0"), await report("1")];
    for (const { bins, bounds } of [apart, together]) {
      for (const each of [bounds, ...bins.map((bin) => bin.bounds)]) {
        expect(each.kwh.low).toBeLessThan(each.kwh.value);
        // Measured servers take less than the model says, and more.
        expect(each.kwh.high).toBeGreaterThan(each.kwh.value);
        expect(each.gco2eq.low).toBeLessThan(each.gco2eq.value);
        expect(each.gco2eq.high).toBeGreaterThan(each.gco2eq.value);
      }
      expect(bins.reduce((sum, bin) => sum + bin.bounds.kwh.value, 0)).toBeCloseTo(bounds.kwh.value, 9);
    }
    const width = ({ bounds }: BoundedReport): number => bounds.kwh.high - bounds.kwh.low;
    expect(width(together)).toBeGreaterThan(width(apart));
    expect(apart.bins[0]?.bounds.kwh).toEqual(together.bins[0]?.bounds.kwh);
    const text = (await cli(["report", "--out", out, "--by", "hour", "--bounds", "1"])).stdout;
    expect(text).toMatch(/kWh between +gCO2eq between$/m);
    expect(text).toMatch(/\d\.\d{3} - \d+\.\d{3} +\d+\.\d - \d+\.\d$/m);
  });
});

it("report --bounds names machines that are nearly in the catalogue", async () => {
  await cli(syncArgs());
  const machines = join(folder, "machines.csv");
  writeFileSync(machines, "machine,busy_watts,idle_watts\nmuon,8,2\n");
  const { status, stderr } = await cli(["report", "--out", out, "--bounds", "1", "--machines", machines]);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/hosts say "Muon", the catalogue "muon"/)]);
});

interface Bounds {
  readonly kwh: Estimate;
  readonly gco2eq: Estimate;
}

interface BoundedReport {
  readonly bins: readonly { readonly bounds: Bounds }[];
  readonly bounds: Bounds;
}

describe("intensity", () => {
  const args = (...more: string[]): string[] => ["intensity", "--intensity", server.intensityUrl, ...more];

  it("shows an interval, a region, the next day, and the best window", async () => {
    const interval = await cli(args("--from", "2025-09-10T00:00Z", "--to", "2025-09-10T03:00Z", "--json"));
    expect(JSON.parse(interval.stdout).periods).toHaveLength(6);
    const region = await cli(
      args("--from", "2025-09-10T00:00Z", "--to", "2025-09-10T03:00Z", "--region", "12"),
    );
    expect(region.stdout).toMatch(/^2025-09-10T00:00:00Z +2025-09-10T00:30:00Z +\d+ +forecast$/m);
    expect((await cli(args())).stdout).toMatch(/forecast/);
    const best = await cli(args("--best", "4"));
    expect(best.stdout).toMatch(
      /^best 4 h: .* at \d+ gCO2eq\/kWh\n(starting now would be at|that is as good)/,
    );
    expect(best.stdout).toMatch(/CC BY 4\.0/);
    const job = JSON.parse((await cli(args("--best", "4", "--kwh", "2.5", "--json"))).stdout);
    expect(job).toMatchObject({ kwh: 2.5, savedGco2eq: job.savedGco2eqPerKwh * 2.5 });
  });

  it.each([
    [["--best", "100"], 2, /0.5 to 48/],
    [["--from", "2025-09-10T00:00Z"], 2, /--to TIME is missing: "2025-09-10T00:00Z" is no whole day/],
    [["--to", "2025-09-10T00:00Z"], 2, /--from TIME is missing/],
    [["--back-test", "--for", "4h", "--from", "2025-09-10T00:00Z"], 2, /--to TIME is missing/],
    [["--from", "2025-09-10T00:00Z", "--to", "2025-09-09T00:00Z"], 2, /must be after/],
  ])("refuses %j", async (more, status, message) => {
    const ended = await cli(args(...more));
    expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("help", () => {
  it.each([[[]], [["sync"]], [["report"]], [["intensity"]]])(
    "of %j reads like a manual page",
    async (command) => {
      const { status, stdout } = await cli([...command, "--help"]);
      expect(status).toBe(0);
      for (const title of ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"])
        expect(stdout).toMatch(new RegExp(`^${title}$`, "m"));
      expect(stdout).toContain(["ada-carbon", ...command].join(" "));
    },
  );

  it("is shown when no command is given, and a near miss is pointed out", async () => {
    expect(await cli([])).toMatchObject({ status: 2, stderr: expect.stringMatching(/SYNOPSIS/) });
    expect(await cli(["snyc"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Did you mean sync\?/),
    });
  });
});
