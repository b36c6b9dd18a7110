import { describe, expect, it } from "vitest";
import type { CpuGap, CpuHours, CpuSource, Host } from "../../usage/cpu.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { type FinishedHour, finishedHours, HOUR_MS } from "../../usage/hour.js";
import { ADA_MODES } from "../../usage/modes.js";
import { severalCpuSources } from "./several-cpu-sources.js";

const FROM = Date.UTC(2025, 8, 10);
const hours = finishedHours({ from: FROM, to: FROM + 6 * HOUR_MS }, FROM + 99 * HOUR_MS);
const request = { hours, projects: ["IDAaaS", "CDAaaS"], modes: ADA_MODES };

interface Shown {
  readonly busy: number;
  readonly observed?: number;
  readonly cpus?: number;
  readonly up?: readonly [number, number];
}
/** What a host shows in an hour; nothing where it was not there. */
type ShownBy = (hour: number) => Shown | undefined;

const host = (instance: string, project = "IDAaaS", user: string | null = null): Host => {
  return { instance, project, machine: null, user };
};
const idle: ShownBy = () => ({ busy: 100 });

/** Hours of hosts as a source has them; each host has one CPU, or two. */
function batchOf(own: readonly FinishedHour[], rows: readonly [Host, ShownBy][]): CpuHours {
  const column = (of: (shown: Shown, hour: number) => number, none = Number.NaN): Float64Array =>
    Float64Array.from(
      rows.flatMap(([, shown]) =>
        own.map((hour) => {
          const cell = shown((hour - FROM) / HOUR_MS);
          return cell === undefined ? none : of(cell, hour);
        }),
      ),
    );
  const upTime = ({ cpus = 1, up: [from, to] = [0, 1] }: Shown): number => cpus * 3600 * (to - from);
  const observed = (shown: Shown): number => shown.observed ?? upTime(shown);
  return {
    hours: own,
    hosts: rows.map(([labels]) => labels),
    busyCpuSeconds: column(({ busy }) => busy),
    idleCpuSeconds: column((shown) => observed(shown) - shown.busy),
    observedCpuSeconds: column(observed),
    expectedCpuSeconds: column(upTime, 0),
    upFrom: column(({ up: [from] = [0, 1] }, hour) => hour + from * HOUR_MS),
    upTo: column(({ up: [, to] = [0, 1] }, hour) => hour + to * HOUR_MS),
    answered: own.map((hour) => rows.some(([, shown]) => shown((hour - FROM) / HOUR_MS) !== undefined)),
    scrapes: Float64Array.from(own, () => 60 * rows.length),
    warnings: [],
    findings: [],
  };
}

/** A source of these hosts that answers in batches of so many hours, and then perhaps fails. */
function sourceOf(
  rows: readonly [Host, ShownBy][],
  { size = 6, failsAfter = 6, error = down() }: { size?: number; failsAfter?: number; error?: Error } = {},
): CpuSource {
  return {
    where: "http://somewhere",
    async projects() {
      return [...new Set(rows.map(([{ project }]) => project))];
    },
    async *cpuHours({ hours: wanted, projects }) {
      const asked = rows.filter(([{ project }]) => projects.includes(project));
      for (let from = 0; from < wanted.length; from += size) {
        if (from >= failsAfter) throw error;
        yield batchOf(wanted.slice(from, from + size), asked);
      }
    },
    scrapes: async () => new Map([[hours[0] as FinishedHour, 60 * rows.length]]),
  };
}

const down = (): AdaCarbonError => new AdaCarbonError("unreachable", "http://somewhere cannot be reached");

async function all(source: CpuSource): Promise<(CpuHours | CpuGap)[]> {
  const batches: (CpuHours | CpuGap)[] = [];
  for await (const batch of source.cpuHours(request)) batches.push(batch);
  return batches;
}
async function whole(source: CpuSource): Promise<CpuHours> {
  const [batch, ...more] = await all(source);
  if (batch === undefined || more.length > 0 || "error" in batch) throw new Error("not one batch");
  return batch;
}
const several = (isis: CpuSource, clf: CpuSource): CpuSource =>
  severalCpuSources([
    { name: "isis", source: isis },
    { name: "clf", source: clf },
  ]);

describe("several sources", () => {
  it("are one with the hosts of all, hour by hour, whatever the sizes of their batches", async () => {
    const isis = sourceOf([[host("a"), idle]], { size: 4 });
    const clf = sourceOf([[host("b", "CDAaaS"), (hour) => ({ busy: hour })]], { size: 3 });
    const batches = (await all(several(isis, clf))) as CpuHours[];
    expect(batches.map((batch) => batch.hours.length)).toEqual([3, 1, 2]);
    expect(batches.flatMap((batch) => batch.hours)).toEqual(hours);
    for (const batch of batches) {
      expect(batch.hosts.map(({ instance }) => instance)).toEqual(["a", "b"]);
      expect(batch.missing).toBeUndefined();
    }
    const busyOfB = batches.flatMap(({ hours: own, busyCpuSeconds }) => [
      ...busyCpuSeconds.slice(own.length),
    ]);
    expect(busyOfB).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(batches[0]?.scrapes ?? [])]).toEqual([120, 120, 120]);
    expect(await several(isis, clf).projects(undefined)).toEqual(["CDAaaS", "IDAaaS"]);
    expect([
      ...((await several(isis, clf).scrapes?.({ interval: { from: 0, to: 1 }, projects: [] })) ?? []),
    ]).toEqual([[FROM, 120]]);
  });

  it("count a host that both see once, by the one that observed more of the hour, with its labels", async () => {
    const isis = sourceOf([[host("a"), (hour) => ({ busy: 100, observed: hour === 2 ? 1800 : 3600 })]]);
    const clf = sourceOf([[host("a", "IDAaaS", "amara"), () => ({ busy: 101 })]]);
    const batch = await whole(several(isis, clf));
    expect(batch.hosts.map(({ user }) => user)).toEqual([null, "amara"]);
    expect([...batch.busyCpuSeconds]).toEqual([
      ...[100, 100, Number.NaN, 100, 100, 100],
      ...[Number.NaN, Number.NaN, 101, Number.NaN, Number.NaN, Number.NaN],
    ]);
    expect([...batch.expectedCpuSeconds].reduce((sum, seconds) => sum + seconds, 0)).toBe(6 * 3600);
    expect([...(batch.doubted ?? [])]).toEqual(new Array(12).fill(0));
    expect(batch.findings).toEqual([
      { kind: "identity", message: expect.stringMatching(/^a: seen by isis and clf, and counted once/) },
    ]);
  });

  it("count a host in both parts of the hour in which it went from one to the other", async () => {
    const isis = sourceOf([
      [host("a"), (hour) => (hour < 2 ? { busy: 80 } : hour === 2 ? { busy: 40, up: [0, 0.5] } : undefined)],
      [host("c"), idle],
    ]);
    const clf = sourceOf([
      [host("a"), (hour) => (hour > 2 ? { busy: 80 } : hour === 2 ? { busy: 40, up: [0.5, 1] } : undefined)],
      [host("d"), idle],
    ]);
    const batch = await whole(several(isis, clf));
    expect([...batch.busyCpuSeconds.slice(0, 6)]).toEqual(new Array(6).fill(80));
    expect([...batch.expectedCpuSeconds.slice(0, 6)]).toEqual(new Array(6).fill(3600));
  });

  it("do not rely on a host of which they disagree, and tell two apart by their projects", async () => {
    const busy: ShownBy = () => ({ busy: 3000 });
    const alike = await whole(several(sourceOf([[host("a"), idle]]), sourceOf([[host("a"), busy]])));
    expect([...(alike.doubted ?? [])]).toEqual(new Array(6).fill(1));
    expect(alike.findings.map(({ message }) => message).join()).toMatch(
      /isis and clf do not agree .* label of its own/,
    );
    const apart = await whole(
      several(sourceOf([[host("a"), idle]]), sourceOf([[host("a", "CDAaaS"), busy]])),
    );
    expect(apart.hosts).toEqual([
      { ...host("a (IDAaaS)"), address: "a" },
      { ...host("a (CDAaaS)", "CDAaaS"), address: "a" },
    ]);
    expect([...apart.busyCpuSeconds]).toEqual([...new Array(6).fill(100), ...new Array(6).fill(3000)]);
    expect([...(apart.doubted ?? [])]).toEqual(new Array(12).fill(0));
  });

  it("add up recorded sums, which have no hosts", async () => {
    const isis = { ...sourceOf([[host("", "IDAaaS", "amara"), idle]]), rows: "owners" as const };
    const clf = { ...sourceOf([[host("", "IDAaaS", "amara"), idle]]), rows: "owners" as const };
    const joined = several(isis, clf);
    expect(joined.rows).toBe("owners");
    expect([...(await whole(joined)).busyCpuSeconds]).toEqual(new Array(6).fill(200));
    expect(() => several(isis, sourceOf([]))).toThrow(/isis has owners and clf has hosts/);
  });
});

describe("one of several sources that fails", () => {
  const isis = sourceOf([[host("a"), idle]]);
  const clf = (failsAfter: number): CpuSource =>
    sourceOf([[host("b", "CDAaaS"), idle]], { size: 2, failsAfter });

  it("is missing from its hours, and no others", async () => {
    const [before, after, ...more] = (await all(several(isis, clf(2)))) as CpuHours[];
    expect([before?.hours.length, after?.hours.length, more]).toEqual([2, 4, []]);
    expect(before?.missing).toBeUndefined();
    expect(after?.missing).toEqual({
      reasons: ["clf: http://somewhere cannot be reached"],
      wholeProjects: ["IDAaaS"],
    });
    expect(after?.hosts).toEqual([host("a")]);
  });

  it("that does not say its projects is asked for nothing, and leaves no project whole unless it is told which it has", async () => {
    let asked = 0;
    const away: CpuSource = {
      ...clf(9),
      projects: () => Promise.reject(down()),
      cpuHours() {
        asked += 1;
        return isis.cpuHours(request);
      },
    };
    const told: string[] = [];
    for (const [projects, wholeProjects] of [
      [undefined, []],
      [["CDAaaS"], ["IDAaaS"]],
    ] as const) {
      const source = severalCpuSources([
        { name: "isis", source: isis },
        { name: "clf", source: away, projects },
      ]);
      await expect(source.projects(undefined)).rejects.toThrow("clf: http://somewhere cannot be reached");
      expect(await source.projects(undefined, { onMissing: ({ message }) => told.push(message) })).toEqual([
        "IDAaaS",
      ]);
      expect((await whole(source)).missing).toEqual({ reasons: [told[0]], wholeProjects });
    }
    expect(asked).toBe(0);
  });

  it("is missing, too, from hours of which it has nothing although its hosts are wanted", async () => {
    const late = sourceOf([[host("b", "CDAaaS"), (hour) => (hour < 4 ? undefined : { busy: 1 })]]);
    const batches = (await all(several(isis, late))) as CpuHours[];
    expect(batches.map(({ hours: own, missing }) => [own.length, missing?.wholeProjects])).toEqual([
      [4, ["IDAaaS"]],
      [2, undefined],
    ]);
    const other = sourceOf([[host("b", "Other"), idle]]);
    expect((await whole(several(isis, other))).missing).toBeUndefined();
  });

  it("is an error if the others fail, too", async () => {
    const [gap] = await all(several(clf(0), clf(0)));
    expect(gap).toMatchObject({
      hours,
      error: { message: expect.stringMatching(/^isis: .*; clf: .*reached$/) },
    });
    const nobody = several(
      { ...isis, projects: () => Promise.reject(down()) },
      { ...isis, projects: () => Promise.reject(down()) },
    );
    await expect(nobody.projects(undefined, { onMissing: () => {} })).rejects.toMatchObject({
      code: "unreachable",
    });
  });

  it("by a fault of the program ends it all", async () => {
    const broken = sourceOf([], { failsAfter: 0, error: new TypeError("undefined is not a function") });
    await expect(all(several(isis, broken))).rejects.toThrow(TypeError);
  });

  it("cancels those under way when nobody takes more hours", async () => {
    let cancelled = false;
    const hanging: CpuSource = {
      ...isis,
      async *cpuHours(_, { signal } = {}) {
        yield batchOf(hours.slice(0, 1), []);
        await new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            cancelled = true;
            reject(signal.reason);
          });
        });
      },
    };
    const broken = sourceOf([[host("b"), idle]], { size: 1, failsAfter: 1, error: new TypeError("broken") });
    await expect(all(several(broken, hanging))).rejects.toThrow("broken");
    expect(cancelled).toBe(true);
  });
});

it("several sources need names of their own", () => {
  const source = sourceOf([]);
  const named = (name: string) => ({ name, source });
  expect(() => severalCpuSources([])).toThrow(/there is no source/);
  expect(() => severalCpuSources([named("a"), named("a")])).toThrow(/two sources are called "a"/);
  expect(() => severalCpuSources([named("")])).toThrow(/no name/);
  expect(() => severalCpuSources({ isis: source } as never)).toThrow(/sources is .* must be a list/);
  expect(() => severalCpuSources([{ name: "isis", url: "http://isis" } as never])).toThrow(/has no "url"/);
  expect(() => severalCpuSources([{ name: "isis", source: "http://isis" } as never])).toThrow(/a CpuSource/);
});

describe("a source of one's own among several that answers wrongly is missing from the hours, and the error says how:", () => {
  const good = sourceOf([[host("a"), idle]]);
  const yielding = (...batches: ((own: CpuHours) => unknown)[]): CpuSource => ({
    ...good,
    async *cpuHours({ hours: wanted }) {
      for (const change of batches) yield change(batchOf(wanted, [[host("b", "CDAaaS"), idle]])) as CpuHours;
    },
  });
  it.each<[string, CpuSource, RegExp]>([
    ["nothing", yielding(() => undefined), /^clf: cpuHours of clf: a batch is missing; it must be an object/],
    [
      "a short matrix",
      yielding((own) => ({ ...own, busyCpuSeconds: own.busyCpuSeconds.slice(1) })),
      /^clf: cpuHours of clf: busyCpuSeconds is a Float64Array; it must be a Float64Array of 6/,
    ],
    [
      "hours that nobody asked for",
      yielding((own) => ({ ...own, hours: own.hours.map((hour) => hour + 99 * HOUR_MS) })),
      /^clf: cpuHours of clf: the hour 2025-09-14T03:00:00Z was not asked for/,
    ],
    [
      "no hours",
      yielding((own) => ({ ...batchOf([], []), hosts: own.hosts.slice(0, 0) })),
      /^clf: cpuHours of clf: no hour comes where 2025-09-10T00:00:00Z is next; give every hour once, ascending/,
    ],
    [
      "the last hour first",
      yielding((own) => ({ ...own, hours: own.hours.toReversed() })),
      /^clf: cpuHours of clf: 2025-09-10T05:00:00Z comes where 2025-09-10T00:00:00Z is next/,
    ],
    [
      "too few hours",
      yielding(() => batchOf(hours.slice(0, 2), [[host("b", "CDAaaS"), idle]])),
      /^clf: cpuHours of clf said nothing of 2025-09-10T02:00:00Z to 2025-09-10T06:00:00Z; give each hour/,
    ],
  ])("%s", async (_, clf, message) => {
    const batches = (await all(several(good, clf))) as CpuHours[];
    expect(batches.flatMap((batch) => batch.hours)).toEqual(hours);
    const reasons = batches.flatMap(({ missing }) => missing?.reasons ?? []);
    expect(reasons).toEqual([expect.stringMatching(message)]);
    // Nobody is left who could say anything.
    const alone = all(severalCpuSources([{ name: "clf", source: clf }]));
    await (batches.length === 1
      ? expect(alone).resolves.toMatchObject([{ error: { message: expect.stringMatching(message) } }])
      : expect(alone).resolves.toHaveLength(2));
  });
});
