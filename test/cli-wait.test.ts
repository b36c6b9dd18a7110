import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DAY_MS, formatInstant, HOUR_MS } from "ada-carbon";
import type { Fault } from "ada-carbon/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { cli, type Ended, FROM, type Surroundings, server, servers } from "./support/cli-lab.js";

// `ada-carbon wait` and the back-test beside a grid whose forecasts the tests write, with a clock that sleeping moves on.

const HALF_HOUR = HOUR_MS / 2;
const NINE = FROM + 9 * HOUR_MS;
const time = (hours: number): string => formatInstant(FROM + hours * HOUR_MS);

type Forecast = (hour: number, asked: number) => number;
const cheapAt =
  (...cheap: number[]): Forecast =>
  (hour) =>
    cheap.includes(Math.floor(hour)) ? 50 : 200;

interface World extends Surroundings {
  /** Sleeping takes so much longer at this time. */
  readonly oversleep?: (now: number) => number;
  /** When it is run; nine where nothing is said. */
  readonly startsAt?: string;
}

/** Runs it, and says when each forecast was asked for, in hours of the day, and when the command ended. */
async function wait(
  forecast: Forecast | null,
  args: readonly string[],
  { oversleep = () => 0, startsAt, ...world }: World = {},
): Promise<Ended & { readonly asked: number[]; readonly endedAt: string }> {
  let now = startsAt === undefined ? NINE : Date.parse(startsAt);
  const asked: number[] = [];
  servers.fault = ({ path }) => {
    const from = Date.parse(/intensity\/(\d[^/]*)\//.exec(path)?.[1] ?? "");
    asked.push((now - FROM) / HOUR_MS);
    if (forecast === null) return { status: 404, body: "gone" };
    const rows = Array.from({ length: 96 }, (_, i) => {
      const start = from + i * HALF_HOUR;
      const value = forecast((start - FROM) / HOUR_MS, (now - FROM) / HOUR_MS);
      const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
      return { from: minute(start), to: minute(start + HALF_HOUR), intensity: { forecast: value } };
    });
    if (rows.some(({ intensity }) => Number.isNaN(intensity.forecast))) return { status: 404, body: "gone" };
    return { status: 200, body: JSON.stringify({ data: rows }) };
  };
  const ended = await cli(["wait", "--intensity", server.intensityUrl, ...args], {
    clock: () => now,
    sleep: async (ms) => {
      now += ms + oversleep(now);
    },
    ...world,
  });
  return { ...ended, asked, endedAt: formatInstant(now) };
}

const JOB = ["--for", "2h", "--before", "18:00"];
const PLACES = () => ["--grid", "isis=gb/12", "--grid", "clf=gb/3", "--intensity", server.intensityUrl];

function regionalReply(path: string, grams: (region: number, hour: number) => number): Fault {
  const from = Date.parse(/intensity\/(\d[^/]*)\//.exec(path)?.[1] ?? "");
  const regionid = Number(path.split("/").at(-1));
  const data = Array.from({ length: 96 }, (_, i) => {
    const start = from + i * HALF_HOUR;
    const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
    const forecast = grams(regionid, (start - FROM) / HOUR_MS);
    return { from: minute(start), to: minute(start + HALF_HOUR), intensity: { forecast } };
  });
  return { status: 200, body: JSON.stringify({ data: { regionid, data } }) };
}

describe("wait", () => {
  it("ends when the best window begins, and asks every half hour until then", async () => {
    const { status, stdout, stderr, asked, endedAt } = await wait(cheapAt(11, 12), [...JOB, "--kwh", "2.5"]);
    expect([status, endedAt, asked]).toEqual([0, time(11), [9, 9.5, 10, 10.5]]);
    expect(stdout).toMatch(
      /^run 2025-09-10T11:00:00Z .*13:00:00Z.*\nat 50 gCO2eq\/kWh by the forecast of 2025-09-10T10:30:00Z; at once 200: waiting saves 150 g for every kWh, 375 g for 2.5 kWh\n/,
    );
    expect(stdout).toMatch(/average direct/);
    expect(stderr).toBe(`starts ${time(11)}, ends ${time(13)}, at 50 gCO2eq/kWh\n`);
  });

  it("starts earlier or later where the forecast changes", async () => {
    const earlier: Forecast = (hour, asked) => cheapAt(...(asked < 10 ? [14, 15] : [11, 12]))(hour, asked);
    expect((await wait(earlier, JOB)).endedAt).toBe(time(11));
    const later: Forecast = (hour, asked) => cheapAt(...(asked < 10 ? [11, 12] : [15, 16]))(hour, asked);
    const { endedAt, stderr } = await wait(later, JOB);
    expect([endedAt, stderr.split("\n")]).toEqual([
      time(15),
      [expect.stringContaining(`starts ${time(11)}`), expect.stringContaining(`starts ${time(15)}`), ""],
    ]);
  });

  it("runs at the place with the least grams, by what the job draws hour by hour", async () => {
    const forecast = (cheap: readonly number[]) => (hour: number) =>
      cheap.includes(Math.floor(hour)) ? 50 : 200;
    servers.fault = ({ path }) =>
      regionalReply(path, (region, hour) =>
        region === 12 ? forecast([11])(hour) : forecast([14])(hour) + 10,
      );
    const dry = ["--dry-run", ...JOB, ...PLACES(), "--power-curve", "300,100"];
    const waited = await cli(["wait", ...dry], { clock: () => NINE });
    expect([waited.status, waited.stdout.split("\n").slice(0, 2)]).toEqual([
      0,
      [
        `would run at isis ${time(11)} to ${time(13)}`,
        expect.stringMatching(
          /^at 88 gCO2eq.*at once 200: waiting saves 113 g for every kWh, 45 g for 0.4 kWh$/,
        ),
      ],
    ]);
    const curve = join(mkdtempSync(join(tmpdir(), "ada-carbon-curve-")), "job.csv");
    onTestFinished(() => rmSync(dirname(curve), { recursive: true }));
    writeFileSync(curve, "hours,watts\n0,300\n1,100\n7,50\n");
    const fromFile = [...dry.slice(0, -1), `file:${curve}`];
    expect((await cli(["wait", ...fromFile], { clock: () => NINE })).stdout).toBe(waited.stdout);
    for (const [content, fault] of [
      ["hours,watts\n0,many\n", /job\.csv: line 2: watts is "many"; it must be a number of at least 0/],
      ["hours,watts\n1,300\n", /is no power curve of 2 hours/],
      ["hours,watts\n0,0\n2,300\n", /\[\[0,0\]\] is no power curve of 2 hours; .*some watts above 0$/m],
      ["watts\n300\n", /job\.csv: line 2: hours is ""; it must be a number/],
    ] as const) {
      writeFileSync(curve, content);
      const { status, stderr } = await cli(["wait", ...fromFile], { clock: () => NINE });
      expect([status, stderr]).toEqual([1, expect.stringMatching(fault)]);
    }

    const best = ["intensity", "--best", "2", ...PLACES()];
    const { stdout } = await cli(best, { clock: () => NINE });
    expect(stdout).toMatch(
      /^best 2 h: isis, 2025-09-10T10:00:00Z to 2025-09-10T12:00:00Z at 125 gCO2eq\/kWh\n.*\nclf, .* at 135/,
    );
    const json = JSON.parse((await cli([...best, "--json"], { clock: () => NINE })).stdout);
    expect(json).toMatchObject({ place: "isis", others: [{ place: "clf", from: time(13) }] });
  });

  it("goes on with the other places where one is away, and with what it had said before", async () => {
    let now = NINE;
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    const world = { clock: () => now, sleep };
    const gone = { status: 404, body: "gone" };
    const grams = (region: number, hour: number): number => {
      if (Math.floor(hour) === (region === 12 ? 11 : 14)) return region === 12 ? 50 : 100;
      return 200;
    };
    // Away from the start: the best of the others.
    servers.fault = ({ path }) => (path.endsWith("/12") ? gone : regionalReply(path, grams));
    const others = await cli(["wait", "--for", "1h", "--before", "18:00", ...PLACES()], world);
    expect([others.status, others.stdout.split("\n")[0], others.stderr]).toEqual([
      0,
      `run at clf ${time(14)} to ${time(15)}`,
      expect.stringMatching(/^warning: isis: .*404/),
    ]);
    // Away later: its window of before stands, since the others have none that is better.
    now = NINE;
    servers.fault = ({ path }) => (path.endsWith("/12") && now > NINE ? gone : regionalReply(path, grams));
    const kept = await cli(["wait", "--for", "1h", "--before", "18:00", ...PLACES()], world);
    expect(kept.stdout.split("\n")[0]).toBe(`run at isis ${time(11)} to ${time(12)}`);
    expect(kept.stderr).toMatch(/^warning: isis: .*404/m);
  });

  it("is over by the deadline, however cheap it is after it", async () => {
    expect((await wait(cheapAt(17, 18, 19, 20), JOB)).endedAt).toBe(time(16));
    const always: Forecast = (hour) => 500 - hour;
    expect((await wait(always, JOB)).endedAt).toBe(time(16));
    expect((await wait(always, ["--for", "2h", "--before", time(11)])).endedAt).toBe(time(9));
  });

  it("never misses the deadline, whatever is forecast", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const noise: Forecast = (hour, asked) =>
        asked > 9 && (seed * asked * 7) % 5 < 1
          ? Number.NaN
          : 100 + (Math.sin(seed * hour * (1 + asked)) + 1) * 100;
      const { status, endedAt } = await wait(noise, JOB);
      expect([seed, status, Date.parse(endedAt) <= FROM + 16 * HOUR_MS]).toEqual([seed, 0, true]);
    }
  });

  it("starts at once without a forecast, and as planned where one was had before", async () => {
    const none = await wait(null, [...JOB, "--json"]);
    expect([none.status, none.endedAt, none.stderr]).toEqual([
      0,
      time(9),
      expect.stringMatching(/^warning: there is no forecast: .*404.*; it starts at once\n$/),
    ]);
    expect(JSON.parse(none.stdout)).toMatchObject({
      forecastAt: null,
      gco2eqPerKwh: null,
      savedGco2eqPerKwh: null,
    });
    const lost: Forecast = (hour, asked) => (asked > 9 ? Number.NaN : cheapAt(11, 12)(hour, asked));
    const { status, endedAt, stderr } = await wait(lost, JOB);
    expect([status, endedAt]).toEqual([0, time(11)]);
    expect(stderr).toContain(`it starts at ${time(11)} as planned`);
  });

  it("starts at once where the forecast does not answer in time", async () => {
    servers.fault = () => ({ hang: true });
    const before = formatInstant(NINE + 2 * HOUR_MS + 500);
    const args = ["wait", "--intensity", server.intensityUrl, "--for", "2h", "--before", before];
    const { status, stderr } = await cli(args, { clock: () => NINE });
    expect([status, stderr]).toEqual([0, expect.stringMatching(/did not answer in time; it starts at once/)]);
  });

  it("runs at another place where one does not answer in time", async () => {
    servers.fault = ({ path }) => (path.endsWith("/12") ? { hang: true } : regionalReply(path, () => 100));
    const before = formatInstant(NINE + 2 * HOUR_MS + 500);
    const { status, stdout, stderr } = await cli(["wait", "--for", "2h", "--before", before, ...PLACES()], {
      clock: () => NINE,
    });
    expect([status, stdout.split("\n")[0], stderr.split("\n")]).toEqual([
      0,
      `run at clf ${time(9)} to ${time(11)}`,
      [
        "warning: isis: gb-carbon-intensity/region-12 did not answer in time",
        expect.stringMatching(/^starts at clf/),
        "",
      ],
    ]);
  });

  it("fails where the machine slept until it was too late", async () => {
    const oversleep = (now: number): number => (now === NINE + HOUR_MS ? 9 * HOUR_MS : 0);
    const { status, stdout, stderr } = await wait(cheapAt(15, 16), JOB, { oversleep });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/had to start by 2025-09-10T16:00:00Z; the machine may have slept/);
    const late = await wait(cheapAt(11, 12), JOB, { oversleep: (now) => (now === NINE ? 4 * HOUR_MS : 0) });
    expect([late.status, late.endedAt]).toEqual([0, "2025-09-10T13:01:00Z"]);
  });

  it("is interrupted with 130", async () => {
    const interrupt = new AbortController();
    const sleep = async (): Promise<void> => interrupt.abort(new Error("stopped by SIGINT"));
    const ended = await wait(cheapAt(12, 13), JOB, { signal: interrupt.signal, sleep });
    expect([ended.status, ended.stdout, ended.stderr]).toEqual([
      130,
      "",
      expect.stringMatching(/interrupted/),
    ]);
  });

  it("says when it would start, and ends", async () => {
    const { stdout, asked, endedAt } = await wait(cheapAt(11, 12), [
      ...JOB,
      "--dry-run",
      "--json",
      "--kwh",
      "2",
    ]);
    expect([asked, endedAt]).toEqual([[9], time(9)]);
    expect(JSON.parse(stdout)).toMatchObject({
      source: "gb-carbon-intensity/national",
      ...{ from: time(11), to: time(13), before: time(18), forecastAt: time(9) },
      ...{ gco2eqPerKwh: 50, atOnceGco2eqPerKwh: 200, savedGco2eqPerKwh: 150, kwh: 2, savedGco2eq: 300 },
      dryRun: true,
    });
  });

  it.each([
    ["18:00", "UTC", "2025-09-10T18:00:00Z"],
    ["18:00", "Europe/London", "2025-09-10T17:00:00Z"],
    ["08:30", "UTC", "2025-09-11T08:30:00Z"],
    ["15:00", "Asia/Kolkata", "2025-09-10T09:30:00Z"],
    ["2025-09-10T18:00+01:00", "UTC", "2025-09-10T17:00:00Z"],
    ["2025-09-11", "Europe/London", "2025-09-10T23:00:00Z"],
  ])("takes --before %s in %s as %s", async (before, zone, instant) => {
    const { stdout } = await wait(cheapAt(), [
      "--for",
      "30m",
      "--before",
      before,
      "--zone",
      zone,
      "--dry-run",
      "--json",
    ]);
    expect(JSON.parse(stdout).before).toBe(instant);
  });

  it.each([
    ["the first of two", "01:30", "Europe/London", "2025-10-25T22:00Z", "2025-10-26T00:30:00Z"],
    [
      "the second of two, after the first",
      "01:30",
      "Europe/London",
      "2025-10-26T00:45Z",
      "2025-10-26T01:30:00Z",
    ],
    [
      "the second of two, between them",
      "01:30",
      "Europe/London",
      "2025-10-26T01:10Z",
      "2025-10-26T01:30:00Z",
    ],
    ["the next day's, after both", "01:30", "Europe/London", "2025-10-26T01:40Z", "2025-10-27T01:30:00Z"],
    ["when it is skipped", "01:30", "Europe/London", "2026-03-29T00:30Z", "2026-03-29T01:00:00Z"],
    [
      "the next day's, once it was skipped",
      "01:30",
      "Europe/London",
      "2026-03-29T01:10Z",
      "2026-03-30T00:30:00Z",
    ],
    ["the first of two", "01:30", "America/New_York", "2025-11-02T03:00Z", "2025-11-02T05:30:00Z"],
    ["the second of two", "01:30", "America/New_York", "2025-11-02T05:45Z", "2025-11-02T06:30:00Z"],
    [
      "the second, half an hour later",
      "01:45",
      "Australia/Lord_Howe",
      "2026-04-04T14:50Z",
      "2026-04-04T15:15:00Z",
    ],
    ["when it is skipped", "02:15", "Australia/Lord_Howe", "2026-10-03T15:20Z", "2026-10-03T15:30:00Z"],
  ])(
    "means %s by --before %s where clocks of %s change, at %s",
    async (_, before, zone, startsAt, instant) => {
      const args = ["--for", "5m", "--before", before, "--zone", zone, "--dry-run", "--json"];
      const { stdout, stderr } = await wait(() => 100, args, { startsAt });
      expect([JSON.parse(stdout).before, stderr]).toEqual([instant, ""]);
    },
  );

  it("asks anew where a clock that was set, or sleep, went over the start by far", async () => {
    const oversleep = (now: number): number => (now > FROM + 10.8 * HOUR_MS ? 3 * HOUR_MS : 0);
    const slept = (now: number): number => (now < FROM + 13 * HOUR_MS ? oversleep(now) : 0);
    const later = await wait(cheapAt(11, 12, 15, 16), [...JOB, "--kwh", "1"], { oversleep: slept });
    expect([later.endedAt, later.stdout]).toEqual([
      time(15),
      expect.stringMatching(/^run 2025-09-10T15:00:00Z .*\nat 50 gCO2eq\/kWh by the forecast of/),
    ]);
    const atOnce = await wait(cheapAt(11, 12), JOB, { oversleep: slept });
    expect(atOnce.stdout).toMatch(/^run 2025-09-10T13:.*\nat 200 gCO2eq\/kWh .*: waiting saves 0 g/);
    const withoutForecast = (hour: number, asked: number): number =>
      asked > 13 ? Number.NaN : cheapAt(11, 12)(hour, asked);
    const unheard = await wait(withoutForecast, JOB, { oversleep: slept });
    expect([unheard.status, unheard.stdout.trim().split("\n")]).toEqual([
      0,
      [expect.stringMatching(/^run 2025-09-10T13:/)],
    ]);
    expect(unheard.stderr).toMatch(/there is no forecast: .*; it starts at once/);
  });

  it("takes lengths of days, hours and minutes", async () => {
    for (const [length, to] of Object.entries({ "90m": 10.5, "1h30m": 10.5, "1.5h": 10.5, "1d": 33 })) {
      const args = ["--for", length, "--before", time(33), "--dry-run", "--json"];
      expect(JSON.parse((await wait(() => 100, args)).stdout).to).toBe(time(to));
    }
  });

  it("refuses a deadline that cannot be met", async () => {
    const { status, stderr } = await wait(cheapAt(), ["--for", "4h", "--before", "12:00"]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/had to start by 2025-09-10T08:00:00Z/)]);
  });

  it("writes one line over and over on a terminal, and nothing with --quiet", async () => {
    const { stderr } = await wait(cheapAt(11, 12), JOB, { isTTY: true });
    expect(stderr).toContain("2 h 0 min to wait");
    expect(stderr).toContain("0 h 1 min to wait");
    expect(stderr).not.toContain("\n");
    expect((await wait(cheapAt(11, 12), [...JOB, "--quiet"])).stderr).toBe("");
  });
});

describe("intensity --back-test", () => {
  const args = (...more: string[]): string[] => [
    ...["intensity", "--intensity", server.intensityUrl, "--back-test", "--for", "4h"],
    ...more,
  ];
  const days = ["--from", "2025-09-10T09:00Z", "--to", "2025-09-13T09:00Z"];

  it("says for each day what waiting would have saved, in hindsight and by forecast", async () => {
    const { status, stdout } = await cli(args(...days));
    expect(status).toBe(0);
    expect(stdout.match(/^2025-09-1[012]T09:00:00Z .*%$/gm)).toHaveLength(3);
    expect(stdout).toMatch(
      /^in hindsight: \d+\.\d% of the grams of 3 of 3 days saved; \d+\.\d% on the mean day$/m,
    );
    expect(stdout).toMatch(/^by forecast: -?\d+\.\d% of the grams of 3 of 3 days saved/m);
    const { jobs, hindsight, byForecast } = JSON.parse((await cli(args(...days, "--json"))).stdout);
    expect(hindsight.savedShare).toBeGreaterThanOrEqual(byForecast.savedShare);
    for (const job of jobs) {
      expect(job.hindsight.savedShare).toBeCloseTo(
        1 - job.hindsight.gco2eqPerKwh / job.atOnceGco2eqPerKwh,
        12,
      );
      expect(job.byForecast.savedShare).toBeLessThanOrEqual(job.hindsight.savedShare);
      const ends = Date.parse(job.hindsight.startAt) + 4 * HOUR_MS;
      expect(ends).toBeLessThanOrEqual(Date.parse(job.askedAt) + DAY_MS);
    }
  });

  it("says that it is hindsight where the source keeps no forecasts, and that a region never measures", async () => {
    const { stdout } = await cli(args(...days, "--region", "12"));
    expect(stdout).toMatch(/region-12 never measures/);
    expect(stdout).toMatch(/keeps no forecasts/);
    expect(stdout).not.toMatch(/^by forecast/m);
  });

  it("asks at the same time of the wall's day, also where clocks change", async () => {
    const given = ["--from", "2025-10-25", "--to", "2025-10-28", "--zone", "Europe/London", "--json"];
    const { jobs } = JSON.parse((await cli(args(...given))).stdout);
    expect(jobs.map(({ askedAt }: { askedAt: string }) => askedAt)).toEqual([
      ...["2025-10-24T23:00:00Z", "2025-10-25T23:00:00Z", "2025-10-27T00:00:00Z"],
    ]);
  });
});
