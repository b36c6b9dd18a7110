import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS } from "ada-carbon";
import type { Difference } from "ada-carbon/reports";
import {
  type HostDescription,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cli, FROM } from "./support/cli-lab.js";

// What is said is kept, then something is corrected by the command that there is for it, and diff must say what it was.

const at = (hours: number): number => FROM + hours * HOUR_MS;
const up = { incarnations: [{ from: at(-24), to: Number.POSITIVE_INFINITY }] };
const hosts: HostDescription[] = [
  { ...up, project: "IDAaaS", instance: "a:9100", machine: "Muon", user: "amara", cores: 4 },
  {
    ...{ ...up, project: "IDAaaS", instance: "b:9100", machine: "Tomography GPU", user: "bjorn", cores: 8 },
    // From half past four on nothing is heard until half past seven.
    lateArrivals: [{ from: at(4.5), to: at(7.5), at: at(7.5) }],
  },
];
/** Of the grid of Great Britain, so that another source may take its place. */
const BASIS = "average, direct, consumption, losses-included, location, co2";

let now: number;
let server: SimulationServer;
let folder: string;
let store: string;
beforeAll(async () => {
  const cluster = simulateCluster({ interval: { from: FROM, to: at(9) }, hosts, events: "none" });
  server = await serveSimulation({ cluster, clock: () => now });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-diff-"));
  store = file("store");
  now = at(7);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);
const hours = (to: number): string[] => [
  "--from",
  "2025-09-10T00:00:00Z",
  "--to",
  `2025-09-10T0${to}:00:00Z`,
];

/** What a command prints on the store of the test. */
async function ada(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await cli([command, "--store", store, ...args], { clock: () => now });
  expect(stderr).not.toMatch(/^ada-carbon:/m);
  return stdout;
}
const sync = (to: number): Promise<string> => {
  const grid = ["--intensity", server.intensityUrl, "--prometheus", server.prometheusUrl];
  return ada("sync", ...grid, ...hours(to), "--quiet");
};
const save = (scope: string, name: string): Promise<string> =>
  ada("report", ...hours(6), "--scope", scope, "--save", file(name));
const restate = (...args: string[]): Promise<string> => ada("restate", ...hours(6), ...args);

/** The difference between a statement and the store, or another statement. */
async function diff(name: string, other?: string, ...flags: string[]): Promise<Difference> {
  const { stdout } = await cli(
    ["diff", file(name), ...(other === undefined ? ["--store", store] : [file(other)]), ...flags, "--json"],
    { clock: () => now },
  );
  const difference = JSON.parse(stdout) as Difference;
  for (const quantity of ["kwh", "gco2eq"] as const) {
    const [before, after] = [difference.from[quantity] ?? 0, difference.to[quantity] ?? 0];
    for (const parts of [difference.causes, difference.changed, [difference]]) {
      const sum = parts.reduce((all, part) => all + part[quantity], 0);
      expect(Math.abs(sum - (after - before))).toBeLessThanOrEqual(1e-12 * Math.max(before, after));
    }
  }
  return difference;
}
const causesOf = ({ causes }: Difference): string[] => causes.map(({ cause }) => cause);
const detailsOf = ({ causes }: Difference): string[] =>
  causes.flatMap(({ details }) => details.map(({ what }) => what));

/** From half past three to half past four somebody else held the hosts. */
async function correctOwners(...corrected: string[]): Promise<void> {
  const [begin, end, later] = ["03:30", "04:30", "09:00"].map((time) => `2025-09-10T${time}:00Z`);
  const tenures = hosts.flatMap(({ instance = "", user }) =>
    corrected.includes(instance)
      ? [`2025-09-09T00:00:00Z,${begin},${user}`, `${begin},${end},carol`, `${end},${later},${user}`].map(
          (tenure) => `${instance},${tenure}\n`,
        )
      : [`${instance},2025-09-09T00:00:00Z,${later},${user}\n`],
  );
  writeFileSync(file("bookings.csv"), `host,from,to,user\n${tenures.join("")}`);
  await restate("--tenures", file("bookings.csv"));
}

async function reviseIntensity(): Promise<void> {
  writeFileSync(file("grid.csv"), `# basis: ${BASIS}\nfrom,gco2e_per_kwh\n2025,300\n`);
  await restate("--again", "--grid", `file:${file("grid.csv")}`);
}

async function repairHours(to: number): Promise<void> {
  now = at(8);
  await sync(to);
}

describe("each cause alone", () => {
  it("owners that are corrected", async () => {
    await sync(6);
    for (const user of ["amara", "bjorn"]) await save(`user:${user}`, `${user}.json`);
    await save("ada", "ada.json");
    await correctOwners("a:9100");
    const amara = await diff("amara.json");
    expect(causesOf(amara)).toEqual(["owners corrected"]);
    expect(amara.causes[0]).toMatchObject({ hours: 2, details: [{ what: "a:9100", hours: 2 }] });
    for (const same of ["bjorn.json", "ada.json"]) expect(causesOf(await diff(same))).toEqual([]);
    // What she lost is what somebody else got.
    await save("user:carol", "carol.json");
    expect((await diff("carol.json")).from.gco2eq).toBeCloseTo(-amara.gco2eq, 9);
  });

  it("an intensity that is revised", async () => {
    await sync(6);
    await save("project:IDAaaS", "said.json");
    await reviseIntensity();
    const difference = await diff("said.json");
    expect(causesOf(difference)).toEqual(["intensity revised"]);
    expect(detailsOf(difference)[0]).toMatch(/^\w+ of gb-carbon-intensity\/national -> actual of file/);
    expect(difference).toMatchObject({ hours: 6, kwh: 0 });
    expect(difference.to.gco2eq).toBeCloseTo(300 * (difference.to.kwh ?? 0), 9);
  });

  it("what was bought, which is the other ledger's alone", async () => {
    await sync(6);
    await save("project:IDAaaS", "before.json");
    await restate("--market", "41");
    await save("project:IDAaaS", "said.json");
    await restate("--market", "5");
    expect(causesOf(await diff("said.json"))).toEqual([]);
    const difference = await diff("said.json", undefined, "--market");
    expect(difference).toMatchObject({ ledger: "market", hours: 6, kwh: 0 });
    expect(causesOf(difference)).toEqual(["intensity revised"]);
    expect(difference.from.gco2eq).toBeCloseTo(41 * (difference.from.kwh ?? 0), 9);
    expect(difference.to.gco2eq).toBeCloseTo(5 * (difference.to.kwh ?? 0), 9);
    // With the energy both ledgers change, each at its own grams.
    await restate("--machines", "examples/machines.json");
    const both = await diff("said.json", undefined, "--market");
    expect(causesOf(both)).toEqual(["model changed", "intensity revised"]);
    expect(both.causes[0]?.gco2eq).toBeCloseTo(41 * (both.causes[0]?.kwh ?? 0), 9);
    expect(causesOf(await diff("said.json"))).toEqual(["model changed"]);
    // Of what an earlier statement does not say nothing is told.
    const none = await cli(["diff", file("before.json"), "--store", store, "--market"], { clock: () => now });
    expect([none.status, none.stderr]).toEqual([1, expect.stringMatching(/has no market-based grams/)]);
  });

  it("a catalogue of machines", async () => {
    await sync(6);
    await save("project:IDAaaS", "said.json");
    await restate("--machines", "examples/machines.json");
    const difference = await diff("said.json");
    expect(causesOf(difference)).toEqual(["model changed"]);
    expect(detailsOf(difference)).toEqual([expect.stringMatching(/^per-core\/1 .* -> machines\/1 /)]);
  });

  it("hours that are repaired, because data came late", async () => {
    await sync(6);
    await save("ada", "ada.json");
    await save("user:bjorn", "bjorn.json");
    await repairHours(6);
    for (const name of ["ada.json", "bjorn.json"]) {
      const difference = await diff(name);
      expect(causesOf(difference)).toEqual(["hours repaired"]);
      expect(detailsOf(difference)).toEqual(["b:9100"]);
      expect(difference.kwh).toBeGreaterThan(0.01);
      const changed = ["2025-09-10T04:00:00Z", "2025-09-10T05:00:00Z"];
      expect(difference.changed.map(({ hour }) => hour)).toEqual(changed);
    }
  });

  it("hours that are added", async () => {
    await sync(4);
    await save("project:IDAaaS", "said.json");
    await sync(6);
    const difference = await diff("said.json");
    expect(causesOf(difference)).toEqual(["hours added"]);
    expect(difference).toMatchObject({ hours: 2, causes: [{ hours: 2 }] });
  });

  it("carbon that became known", async () => {
    await ada("sync", "--prometheus", server.prometheusUrl, "--intensity", "http://127.0.0.1:1", ...hours(6));
    await save("user:amara", "said.json");
    await sync(6);
    const difference = await diff("said.json");
    expect(difference).toMatchObject({ from: { gco2eq: null }, kwh: 0 });
    expect(causesOf(difference)).toEqual(["carbon became known"]);
  });

  it("none, where nothing was corrected", async () => {
    await sync(6);
    await save("user:amara", "said.json");
    expect(await ada("diff", file("said.json"))).toMatch(/Z\n\nnothing changed\n\n/);
  });
});

it.each(["store", "sqlite:store.db"])("all of them together, in %s", async (kind) => {
  store = kind.startsWith("sqlite:") ? `sqlite:${file("store.db")}` : file(kind);
  await sync(5);
  await save("user:bjorn", "first.json");
  await repairHours(6);
  await correctOwners("a:9100", "b:9100");
  await restate("--machines", "examples/machines.json");
  await reviseIntensity();
  await save("user:bjorn", "second.json");
  const difference = await diff("first.json", "second.json");
  expect(causesOf(difference)).toEqual([
    "hours added",
    "hours repaired",
    "owners corrected",
    "model changed",
    "intensity revised",
  ]);
  // The statement that was kept is the store, to the last digit.
  expect(await diff("first.json")).toEqual(difference);
});

describe("a statement", () => {
  it("is written as a whole, over the one before, and says so", async () => {
    await sync(6);
    writeFileSync(file("said.json"), "older");
    expect(await save("ada", "said.json")).toMatch(/^written: .*said\.json; hold it against/m);
    expect(JSON.parse(readFileSync(file("said.json"), "utf8"))).toMatchObject({
      ...{ statement: 1, scope: { kind: "ada", name: "ada" }, from: "2025-09-10T00:00:00Z" },
      hours: { length: 6 },
    });
    expect(readdirSync(folder).sort()).toEqual(["said.json", "store"]);
  });

  it("without hosts says what it cannot tell", async () => {
    const { stderr } = await cli(["sync", "--demo", "--out", file("demo"), "--no-hosts", "--quiet"]);
    expect(stderr).toBe("");
    const save = await cli(["report", "--out", file("demo"), "--save", file("said.json")]);
    expect(save.stderr).toMatch(/warning: .*said\.json holds no hosts/);
  });

  it("is written where a link leads, and over nothing that is no file", async () => {
    await sync(2);
    writeFileSync(file("behind.json"), "");
    symlinkSync(file("behind.json"), file("link.json"));
    await ada("report", "--save", file("link.json"));
    expect(readFileSync(file("behind.json"), "utf8")).toMatch(/^{"statement":1/);
    const ended = await cli(["report", "--store", store, "--save", folder]);
    expect([ended.status, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/cannot write .*: it is no file; choose/),
    ]);
  });

  it.each([
    [(text: string) => text.slice(0, 200), /said\.json is not JSON/],
    [() => "{}", /said\.json: statement: it is no statement of version 1, as report --save writes them/],
    [
      (text: string) => text.replace('"statement":1', '"statement":2'),
      /it is no statement of version 1, .*; a newer/,
    ],
    [(text: string) => text.replace('"status":"processed"', '"status":"fine"'), /hours\.0\.status: /],
    [(text: string) => text.replace(/"busyKwh":[\d.]+/, '"busyKwh":-1'), /hours\.0\.busyKwh: /],
    [(text: string) => text.replace("T01:00:00Z", "T00:00:00Z"), /hours are not ascending/],
    [(text: string) => text.replace('"hosts":["a:9100","b:9100"]', '"hosts":[]'), /no name of index 0/],
  ])("that is damaged is refused (%#)", async (damage, message) => {
    await sync(2);
    await ada("report", "--save", file("said.json"));
    writeFileSync(file("said.json"), damage(readFileSync(file("said.json"), "utf8")));
    const { status, stderr } = await cli(["diff", file("said.json"), "--store", store]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
