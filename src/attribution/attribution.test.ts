import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CpuHours, CpuSlices } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS, parseInstant } from "../usage/hour.js";
import { byTenures } from "./attribution.js";
import { groupByProject, groupByProjectAndMachine } from "./owners.js";
import { sharesOf } from "./shares.js";
import { tenureList, workspaceTenures } from "./sources.js";
import { type Tenure, TenureIndex } from "./tenure.js";
import { parseTenures } from "./tenure-text.js";

const T0 = Date.UTC(2025, 8, 10);
const at = (minutes: number): number => T0 + minutes * 60_000;
const hold = (user: string, from: number, to: number | null, more: Partial<Tenure> = {}): Tenure => ({
  host: "h",
  from: at(from),
  to: to === null ? null : at(to),
  user,
  ...more,
});
const HOUR = { from: T0, to: T0 + HOUR_MS };
const split = (tenures: Tenure[], policy: "share" | "latest" = "share"): Record<string, number> =>
  Object.fromEntries(
    sharesOf(HOUR, new TenureIndex(tenures).of("h"), policy).map(({ holder, share }) => [
      holder?.user ?? "-",
      share,
    ]),
  );

describe("an hour is split", () => {
  it("among those who held the host, and nobody for the rest", () => {
    expect(split([])).toEqual({ "-": 1 });
    expect(split([hold("a", -60, null)])).toEqual({ a: 1 });
    expect(split([hold("a", 0, 60)])).toEqual({ a: 1 });
    expect(split([hold("a", 0, 15), hold("b", 30, 90)])).toEqual({ a: 0.25, "-": 0.25, b: 0.5 });
    expect(split([hold("a", -60, 0), hold("b", 60, 90)])).toEqual({ "-": 1 });
    expect(split([hold("a", 0, 15), hold("a", 30, 45)])).toEqual({ a: 0.5, "-": 0.5 });
  });

  it("equally where they overlap, or to the latest", () => {
    const both = [hold("a", 0, 60), hold("b", 30, 60)];
    expect(split(both)).toEqual({ a: 0.75, b: 0.25 });
    expect(split(both, "latest")).toEqual({ a: 0.5, b: 0.5 });
    expect(split([...both].reverse())).toEqual(split(both));
  });

  it("into parts that sum to 1, none negative, whatever the tenures", () => {
    const tenure = fc.record({
      user: fc.constantFrom("a", "b", "c"),
      from: fc.integer({ min: -90, max: 90 }),
      length: fc.integer({ min: 0, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(tenure), fc.constantFrom("share" as const, "latest" as const), (list, policy) => {
        const parts = Object.values(
          split(
            list.map(({ user, from, length }) => hold(user, from, from + length)),
            policy,
          ),
        );
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("hosts match", () => {
  const index = new TenureIndex([
    { host: "host-1", from: 0, to: null },
    { host: "host-10:9100", from: 0, to: null },
    { host: ".*", from: 0, to: null },
  ]);
  it.each([
    ["host-1", 1],
    ["host-1:9100", 1],
    ["host-10:9100", 1],
    ["host-10", 0],
    ["host-10:9200", 0],
    ["host", 0],
    ["host-1.domain:9100", 0],
    ["host-1:x", 0],
    ["[::1]:9100", 0],
  ])("%s exactly, %i of them", (instance, count) => {
    expect(index.of(instance)).toHaveLength(count);
  });
});

/** One batch of two hours with a busy host `h:9100` of 4 cores, up from minute `up` on. */
function batch(up = 0): CpuHours {
  const column = (value: number): Float64Array => new Float64Array(2).fill(value);
  return {
    hours: [T0, T0 + HOUR_MS] as FinishedHour[],
    hosts: [{ instance: "h:9100", project: "IDAaaS", machine: "Muon", user: "label" }],
    busyCpuSeconds: column(3600),
    idleCpuSeconds: column(10_800),
    observedCpuSeconds: column(14_400),
    expectedCpuSeconds: column(14_400),
    upFrom: Float64Array.of(at(up), at(60)),
    upTo: Float64Array.of(at(60), at(120)),
    answered: [true, true],
    warnings: [],
    findings: [],
  };
}

describe("by tenures", () => {
  const handover = [hold("a", -60, 30), hold("b", 30, null, { experiment: "RB1" })];

  it("an hour is split by the time the host was up, and whole hours share one object", async () => {
    const cpu = batch(15);
    const attribution = await byTenures(
      cpu,
      { source: tenureList("list", handover) },
      groupByProject,
      undefined,
      undefined,
    );
    expect(attribution.by(0, 0)).toBe("tenures of list");
    expect(attribution.ownersOf(0, 0).map(({ user, busyShare }) => [user, busyShare])).toEqual([
      ["a", 1 / 3],
      ["b", 2 / 3],
    ]);
    expect(attribution.ownersOf(0, 1)).toMatchObject([
      {
        project: "IDAaaS",
        machine: "Muon",
        user: "b",
        experiment: "RB1",
        group: "IDAaaS",
        busyShare: 1,
        idleShare: 1,
      },
    ]);
  });

  it("unclaimed time is unattributed, even if a label names a user", async () => {
    const attribution = await byTenures(
      batch(),
      { source: tenureList("none", []) },
      groupByProjectAndMachine,
      undefined,
      undefined,
    );
    expect(attribution.ownersOf(0, 0)).toMatchObject([
      { user: "unattributed", experiment: "unattributed", group: "IDAaaS_Muon", busyShare: 1 },
    ]);
  });

  it("an hour is split by what was used where slices can be had", async () => {
    const asked: unknown[] = [];
    const slices = async (interval: unknown, instances: readonly string[]): Promise<CpuSlices> => {
      asked.push([interval, instances]);
      // Busy in the first half only; idle throughout, and a bit more in the second half.
      const busy = Float64Array.from({ length: 12 }, (_, s) => (s < 6 ? 600 : 0));
      const idle = Float64Array.from({ length: 12 }, (_, s) => (s < 6 ? 600 : 1200));
      return { instances, from: T0, stepMs: 300_000, count: 12, busyCpuSeconds: busy, idleCpuSeconds: idle };
    };
    const attribution = await byTenures(
      batch(),
      { source: tenureList("list", handover) },
      groupByProject,
      slices,
      undefined,
    );
    expect(asked).toEqual([[HOUR, ["h:9100"]]]);
    const owners = attribution.ownersOf(0, 0);
    expect(owners.map(({ user }) => user)).toEqual(["a", "b"]);
    expect(owners[0]?.busyShare).toBe(1);
    expect(owners[0]?.idleShare).toBeCloseTo(1 / 3, 12);
    expect(owners[1]?.idleShare).toBeCloseTo(2 / 3, 12);
  });

  it("what the hour has beyond the slices is of the time that they lack", async () => {
    // Nothing is known there of the last forty minutes: they are in a gap, over which the hour was spread.
    const slices = async (_: unknown, instances: readonly string[]): Promise<CpuSlices> => {
      const used = (each: number) => Float64Array.from({ length: 12 }, (_, s) => (s < 4 ? each : Number.NaN));
      const [busyCpuSeconds, idleCpuSeconds] = [used(200), used(400)];
      return { instances, from: T0, stepMs: 300_000, count: 12, busyCpuSeconds, idleCpuSeconds };
    };
    const hour = { busyCpuSeconds: Float64Array.of(2400), idleCpuSeconds: Float64Array.of(4800) };
    const attribution = await byTenures(
      { ...batch(), ...hour },
      { source: tenureList("list", handover) },
      groupByProject,
      slices,
      undefined,
    );
    const owners = attribution.ownersOf(0, 0);
    expect(owners.map(({ user }) => user)).toEqual(["a", "b"]);
    for (const { busyShare, idleShare } of owners) {
      expect(busyShare).toBeCloseTo(1 / 2, 12);
      expect(idleShare).toBeCloseTo(1 / 2, 12);
    }
  });

  it("a tenure that cannot be is refused, and named", async () => {
    const source = tenureList("bookings", [{ host: "h", from: at(30), to: at(0) }]);
    const bad = { ...source, tenures: async () => [{ host: "h", from: at(30), to: at(0) }] };
    await expect(
      byTenures(batch(), { source: bad }, groupByProject, undefined, undefined),
    ).rejects.toMatchObject({
      code: "bad-input",
      message:
        "bookings: the tenure of h ends at 2025-09-10T00:00:00Z, before it begins at 2025-09-10T00:30:00Z",
    });
  });
});

describe("tenures from a text", () => {
  it("are read from CSV and from JSON", () => {
    const csv =
      '\ufeffhost,from,to,user,experiment\n"h,1",2025-09-10T01:00:00+01:00,,amara,"RB ""1"""\n\nh2,2025-09-10T00:00Z,2025-09-11T00:00Z,,\n';
    expect(parseTenures(csv, "t.csv")).toEqual([
      { host: "h,1", from: T0, to: null, user: "amara", group: undefined, experiment: 'RB "1"' },
      {
        host: "h2",
        from: T0,
        to: T0 + 24 * HOUR_MS,
        user: undefined,
        group: undefined,
        experiment: undefined,
      },
    ]);
    expect(
      parseTenures('[{"host":"h","from":"2025-09-10T00:00:00Z","to":null,"group":"g"}]', "t.json"),
    ).toMatchObject([{ host: "h", group: "g" }]);
  });

  it.each([
    [
      "host,from,until,user\nh,2025-09-10T00:00Z,,amara\n",
      /t: "until": no such column; there may be host, from, to, user/,
    ],
    ["host,from,to,usr\nh,2025-09-10T00:00Z,,amara\n", /t: "usr": no such column/],
    ["\n", /t: it has no rows, nor a header; expected tenures/],
    ["host,from,to\nh,2025-09-10T00:00:00,\n", /t: line 2: "2025-09-10T00:00:00" is not an instant/],
    ["host,from,to\nh,2025-09-10T00:00Z,2025-09-09T00:00Z\n", /t: line 2: the tenure of h ends/],
    ["host,from,to\n,2025-09-10T00:00Z,\n", /t: line 2: the tenure names no host/],
    ["name,from\nh,2025-09-10T00:00Z\n", /t: line 2: host/],
    ['host,from\n"h,2025-09-10T00:00Z\n', /t: not CSV/],
    ["[{]", /t: not JSON/],
    ["{}", /t: expected an array/],
    ['[{"host":"h","from":1}]', /t: entry 1: from/],
  ])("refuses %j", (content, message) => {
    expect(() => parseTenures(content, "t")).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) }),
    );
  });
});

describe("tenures from a collection of workspaces", () => {
  const collection = (
    documents: object[],
    seen: object[] = [],
  ): { find(filter: object): { toArray(): Promise<object[]> } } => ({
    find: (filter) => {
      seen.push(filter);
      return { toArray: async () => documents };
    },
  });
  const time = (iso: string): Date => new Date(parseInstant(iso));
  const created_time = time("2025-09-09T00:00:00Z");

  it("begin when the workspace was acquired and end when it was deleted", async () => {
    const seen: object[] = [];
    const documents = [
      {
        hostname: "h",
        owner: "amara",
        created_time,
        acquired_time: time("2025-09-10T00:30:00Z"),
        deleted_time: time("2025-09-10T02:00:00Z"),
        users: [],
        experiments: [
          { name: "RB1", members: ["bjorn"] },
          { name: "RB2", members: [{ username: "amara" }] },
        ],
      },
      {
        hostname: "h",
        owner: null,
        created_time,
        deleted_time: time("2025-09-10T00:10:00Z"),
        users: ["chidi"],
        experiments: [{ name: "RB3" }],
      },
      { hostname: "h", owner: "old", created_time, deleted_time: time("2025-09-09T12:00:00Z") },
    ];
    const tenures = await workspaceTenures({ collection: collection(documents, seen) }).tenures(HOUR, [
      "h:9100",
    ]);
    expect(tenures).toEqual([
      { host: "h", from: at(30), to: at(120), user: "amara", group: undefined, experiment: "RB2" },
      {
        host: "h",
        from: created_time.getTime(),
        to: at(10),
        user: "chidi",
        group: undefined,
        experiment: "RB3",
      },
    ]);
    expect(seen).toEqual([{ hostname: { $in: ["h:9100", "h"] } }]);
  });

  it.each([
    [{ owner: "a", created_time }, /hostname/],
    [{ hostname: "h", owner: "a" }, /no created_time/],
    [{ hostname: "h", owner: 7, created_time }, /owner/],
    [{ hostname: "h", owner: "a", created_time: "2025-09-09 00:00" }, /created_time/],
  ])("refuses %j", async (document, message) => {
    await expect(
      workspaceTenures({ collection: collection([document]) }).tenures(HOUR, ["h"]),
    ).rejects.toMatchObject({ code: "bad-input", message: expect.stringMatching(message) });
  });
});
