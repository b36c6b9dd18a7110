import {
  ADA,
  emptySeries,
  finishedHours,
  HOUR_MS,
  type Scope,
  type ScopeKind,
  type UsageSeries,
} from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import { cli, FROM, out } from "./support/cli-lab.js";

// What is ranked, by hand-made hours: two of them, in which a scope used so much in each.

interface Use {
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams in all; NaN where no intensity is known. */
  readonly grams?: number;
}

const HOURS = finishedHours({ from: FROM, to: FROM + 2 * HOUR_MS }, FROM + 9 * HOUR_MS);

function used(scope: Scope, { busyKwh, idleKwh, grams = 100 }: Use): UsageSeries {
  const series = emptySeries(scope, HOURS, { library: "0.1.0", model: "per-core/1", intensity: null });
  HOURS.forEach((_, i) => {
    series.busyCpuSeconds[i] = busyKwh * 300_000;
    series.idleCpuSeconds[i] = idleKwh * 3_600_000;
    series.busyKwh[i] = busyKwh;
    series.idleKwh[i] = idleKwh;
    series.busyGco2eq[i] = grams;
    series.idleGco2eq[i] = Number.isNaN(grams) ? Number.NaN : 0;
    series.coverage[i] = 1;
    series.status[i] = Number.isNaN(grams) ? "unprocessed" : "processed";
  });
  return series;
}

async function stored(kind: ScopeKind, uses: Readonly<Record<string, Use>>): Promise<void> {
  const scopes = Object.entries(uses).map(([name, use]) => used({ kind, name }, use));
  await using store = Object.assign(fileUsageStore(out), {
    async [Symbol.asyncDispose](): Promise<void> {
      await store.close();
    },
  });
  await store.replace([used(ADA, { busyKwh: 10, idleKwh: 5 }), ...scopes]);
}

const top = async (
  ...args: string[]
): Promise<{ name: string; kwh: number | null; gco2eq: number | null }[]> =>
  JSON.parse((await cli(["top", ...args, "--out", out, "--json"])).stdout).top;
const names = async (...args: string[]): Promise<string[]> => (await top(...args)).map(({ name }) => name);

const THREE = {
  hasty: { busyKwh: 3, idleKwh: 0.1, grams: 50 },
  idler: { busyKwh: 0.1, idleKwh: 2, grams: 60 },
  nightly: { busyKwh: 1, idleKwh: 0.2, grams: 10 },
};

it.each(["project", "machine", "user", "group", "experiment", "host"] as const)(
  "ranks every %s by energy, carbon and idle cores",
  async (kind) => {
    await stored(kind, THREE);
    expect(await names(`${kind}s`)).toEqual(["hasty", "idler", "nightly"]);
    expect(await names(kind, "--by", "carbon")).toEqual(["idler", "hasty", "nightly"]);
    expect(await names(kind, "--by", "idle")).toEqual(["idler", "nightly", "hasty"]);
    expect(await names(kind, "--by", "idle", "--limit", "1")).toEqual(["idler"]);
  },
);

it("keeps those with as much in the order of their names", async () => {
  const same = { busyKwh: 1, idleKwh: 1 };
  await stored("user", { b: same, c: same, a: same, most: { busyKwh: 2, idleKwh: 1 } });
  expect(await names("users")).toEqual(["most", "a", "b", "c"]);
  expect(await names("users", "--limit", "2")).toEqual(["most", "a"]);
});

it("puts those of which the measure is not known last, as a dash and as null", async () => {
  await stored("user", { known: { ...THREE.nightly }, unknown: { ...THREE.hasty, grams: Number.NaN } });
  expect(await names("users")).toEqual(["unknown", "known"]);
  const byCarbon = await top("users", "--by", "carbon");
  expect(byCarbon.map(({ name, gco2eq }) => [name, gco2eq])).toEqual([
    ["known", 20],
    ["unknown", null],
  ]);
  const table = await cli(["top", "users", "--by", "carbon", "--out", out]);
  expect(table.stdout).toMatch(/^unknown +6\.200 +- +0\.200 +3\.2%$/m);
});

it("shows nobody who used nothing, and says where nothing is known", async () => {
  await stored("user", { away: { busyKwh: 0, idleKwh: 0, grams: 0 }, here: THREE.hasty });
  expect(await names("users")).toEqual(["here"]);
  const none = await cli(["top", "experiments", "--out", out]);
  expect([none.status, none.stderr]).toEqual([
    3,
    expect.stringMatching(
      /no experiment has a stored hour in .*, which has hours of others; experiments are of tenures, which say who held which host when: ada-carbon restate --tenures FILE adds them to stored hours, sync --tenures FILE to new ones$/m,
    ),
  ]);
  const day = ["--from", "2025-09-10", "--to", "2025-09-11"];
  for (const args of [["top"], ["report", "--scope"], ["rollup"]]) {
    const { status, stderr } = await cli([...args, "hosts", "--out", out, ...day]);
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(
        /no host has a stored hour in that interval in .*, which has hours of others; hours are stored without hosts by sync --no-hosts, and by sums that Prometheus records$/m,
      ),
    ]);
  }
});

it("gives the same as CSV, with the period before", async () => {
  await stored("user", THREE);
  const second = ["--from", "2025-09-10T01:00:00Z", "--to", "2025-09-10T02:00:00Z", "--beside", "before"];
  const csv = await cli(["top", "users", "--out", out, ...second, "--format", "csv"]);
  expect(parse(csv.stdout, { columns: true, cast: true })).toEqual([
    {
      name: "hasty",
      kwh: 3.1,
      gco2eq: 50,
      idleKwh: 0.1,
      before: 3.1,
      hoursMissing: 0,
      hoursIncomplete: 0,
      basis: "",
    },
    {
      name: "idler",
      kwh: 2.1,
      gco2eq: 60,
      idleKwh: 2,
      before: 2.1,
      hoursMissing: 0,
      hoursIncomplete: 0,
      basis: "",
    },
    {
      name: "nightly",
      kwh: 1.2,
      gco2eq: 10,
      idleKwh: 0.2,
      before: 1.2,
      hoursMissing: 0,
      hoursIncomplete: 0,
      basis: "",
    },
  ]);
  expect(csv.stdout).toMatch(/^name,kwh,gco2eq,idleKwh,before,hoursMissing,hoursIncomplete,basis\r\n/);
});
