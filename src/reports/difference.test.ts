import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, type Hour } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import type { Cause } from "./change.js";
import { type Difference, differenceOf } from "./difference.js";
import { marketStatement } from "./market-statement.js";
import type { StatedHost } from "./stated-hosts.js";
import type { StatedHour, Statement } from "./statement.js";

// A cloud of which everything is known, and what a statement says of it. Things of it are changed one by one, or
// several together.

const JOULES_PER_KWH = 3_600_000;
const FROM = Date.UTC(2025, 8, 10);

interface Host {
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyWatts: number;
  readonly share: number;
}
interface CloudHour {
  readonly hosts: Readonly<Record<string, Host>>;
  readonly grams: number | null;
}
type Cloud = readonly (CloudHour | null)[];

function statementOf(cloud: Cloud, kind: ScopeKind = "user"): Statement {
  const scope = kind === "ada" ? { kind, name: "ada" } : { kind, name: "amara" };
  const interval = { from: FROM, to: FROM + cloud.length * HOUR_MS };
  const hours = cloud.flatMap((hour, i) => (hour === null ? [] : [statedHour(hour, i)]));
  const measured = cloud.flatMap((hour, i) =>
    Object.keys(hour?.hosts ?? {}).map((host) => ({
      host,
      spans: [{ from: FROM + i * HOUR_MS, to: FROM + (i + 1) * HOUR_MS }],
    })),
  );
  return { library: "0.1.0", statedAt: FROM, scope, interval, hours, measured: merged(measured) };
}

function merged(measured: Statement["measured"]): Statement["measured"] {
  const byHost = [...Map.groupBy(measured, ({ host }) => host)];
  return byHost.map(([host, some]) => ({ host, spans: some.flatMap(({ spans }) => spans) }));
}

function statedHour({ hosts, grams }: CloudHour, i: number): StatedHour {
  const stated = Object.entries(hosts).map(([name, host]) => statedHost(name, host, grams));
  const sum = (of: (host: StatedHost) => number): number => stated.reduce((all, host) => all + of(host), 0);
  const busyKwh = sum((host) => host.busyKwh * host.busyShare);
  const idleKwh = sum((host) => host.idleKwh * host.idleShare);
  return {
    hour: (FROM + i * HOUR_MS) as Hour,
    status: grams === null ? "unprocessed" : "processed",
    busyCpuSeconds: sum((host) => host.busyCpuSeconds * host.busyShare),
    idleCpuSeconds: sum((host) => host.idleCpuSeconds * host.idleShare),
    ...{ busyKwh, idleKwh, coverage: 1, gco2eqPerKwh: grams, model: stated[0]?.model ?? null },
    busyGco2eq: grams === null ? null : busyKwh * grams,
    idleGco2eq: grams === null ? null : idleKwh * grams,
    intensity: grams === null ? null : { kind: "actual", source: "grid", basis: null },
    cloudCpuSeconds: sum((host) => host.busyCpuSeconds + host.idleCpuSeconds),
    // What somebody had nothing of, their statement does not know.
    hosts: stated.filter(({ busyShare }) => busyShare > 0),
  };
}

function statedHost(name: string, host: Host, grams: number | null): StatedHost {
  const { busyCpuSeconds, idleCpuSeconds, busyWatts, share } = host;
  const busyKwh = (busyCpuSeconds * busyWatts) / JOULES_PER_KWH;
  const idleKwh = idleCpuSeconds / JOULES_PER_KWH;
  return {
    ...{ host: name, busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh },
    ...{ busyShare: share, idleShare: share, model: `per-core busy=${busyWatts}W` },
    gco2eq: grams === null ? null : (busyKwh + idleKwh) * share * grams,
  };
}

const HOST: Host = { busyCpuSeconds: 3600, idleCpuSeconds: 7200, busyWatts: 12, share: 1 };
const HOUR: CloudHour = { hosts: { a: HOST, b: HOST }, grams: 100 };
const withHost = (name: string, host: Partial<Host>): CloudHour => ({
  ...HOUR,
  hosts: { ...HOUR.hosts, [name]: { ...HOST, ...host } },
});
const causesOf = (difference: Difference): Cause[] => difference.causes.map(({ cause }) => cause);

describe("one cause", () => {
  const { a: _, ...withoutA } = HOUR.hosts;
  const cases: [Cause, CloudHour | null, CloudHour | null, number][] = [
    ["hours added", null, HOUR, 2.8],
    ["hours removed", HOUR, null, -2.8],
    ["hours repaired", HOUR, withHost("a", { busyCpuSeconds: 7200 }), 1.2],
    ["owners corrected", HOUR, withHost("a", { share: 0.5 }), -0.7],
    ["owners corrected", HOUR, withHost("a", { share: 0 }), -1.4],
    ["owners corrected", withHost("a", { share: 0 }), HOUR, 1.4],
    ["model changed", HOUR, withHost("a", { busyWatts: 6 }), -0.6],
    ["intensity revised", HOUR, { ...HOUR, grams: 150 }, 1.4],
    ["carbon became known", { ...HOUR, grams: null }, HOUR, 2.8],
    ["carbon no longer known", HOUR, { ...HOUR, grams: null }, -2.8],
    ["hours repaired", { ...HOUR, hosts: withoutA }, HOUR, 1.4],
    ["hours repaired", HOUR, { ...HOUR, hosts: withoutA }, -1.4],
  ];
  it.each(cases)("%s", (cause, before, after, grams) => {
    const difference = differenceOf(statementOf([HOUR, before]), statementOf([HOUR, after]));
    expect(causesOf(difference)).toEqual([cause]);
    expect(difference.causes[0]?.hours).toBe(1);
    expect(difference.gco2eq).toBeCloseTo(grams, 12);
    expect(difference.changed.map(({ hour }) => hour)).toEqual([FROM + HOUR_MS]);
  });

  it.each(cases)("%s, of what was bought as of the grid", (_, before, after) => {
    const [from, to] = [statementOf([HOUR, before]), statementOf([HOUR, after])];
    const bought = (statement: Statement): Statement => ({
      ...statement,
      hours: statement.hours.map(({ gco2eqPerKwh, intensity, ...hour }) => ({
        ...{ ...hour, gco2eqPerKwh: 777, intensity: null, busyGco2eq: 1, idleGco2eq: 2 },
        ...(gco2eqPerKwh === null || intensity === null ? {} : { market: { gco2eqPerKwh, ...intensity } }),
      })),
    });
    expect(differenceOf(marketStatement(bought(from)), marketStatement(bought(to)))).toEqual(
      differenceOf(from, to),
    );
    expect(() => marketStatement(from)).toThrow(/no market-based grams/);
  });

  it("nothing", () => {
    expect(differenceOf(statementOf([HOUR]), statementOf([HOUR]))).toMatchObject({
      ...{ hours: 0, kwh: 0, gco2eq: 0, causes: [], changed: [] },
      to: { gco2eq: expect.closeTo(2.8, 12) },
    });
  });

  it("a host that came because of its owners, while others were measured again", () => {
    const before = { ...HOUR, hosts: { a: { ...HOST, share: 0 }, b: HOST } };
    const after = withHost("b", { busyCpuSeconds: 7200 });
    const [repaired, corrected, ...others] = differenceOf(statementOf([before]), statementOf([after])).causes;
    expect(repaired).toMatchObject({ cause: "hours repaired", details: [{ what: "b" }] });
    expect(corrected).toMatchObject({ cause: "owners corrected", details: [{ what: "a" }] });
    expect(others).toEqual([]);
    // The other way round nobody knows whether the host that went was measured again as well.
    expect(causesOf(differenceOf(statementOf([after]), statementOf([before])))).toEqual([
      "hours repaired",
      "not told apart",
    ]);
  });
});

it("what two causes do together counts as the later one's", () => {
  const after = { ...withHost("a", { busyCpuSeconds: 7200, share: 0.5, busyWatts: 6 }), grams: 200 };
  const { causes, kwh } = differenceOf(statementOf([HOUR]), statementOf([after]));
  // Of the host a: 0.014 kWh; then 0.026, half of it, 0.007 by the other watts. All of them at 100 g, then at 200.
  expect(causes.map(({ cause, gco2eq }) => [cause, Number(gco2eq.toFixed(9))])).toEqual([
    ["hours repaired", 1.2],
    ["owners corrected", -1.3],
    ["model changed", -0.6],
    ["intensity revised", 2.1],
  ]);
  expect(kwh).toBeCloseTo(-0.007, 12);
});

describe("of a meter, energy does not follow CPU-seconds", () => {
  it("and other kWh are a change of what was metered", () => {
    const metered = (busyCpuSeconds: number, busyKwh: number): Statement => {
      const statement = statementOf([withHost("a", { busyCpuSeconds })]);
      const hours = statement.hours.map((hour) => {
        const hosts = hour.hosts.map((host) => ({ ...host, busyKwh, gco2eq: (busyKwh + 0.002) * 100 }));
        const all = { busyKwh: 2 * busyKwh, idleKwh: 0.004 };
        return {
          ...{ ...hour, ...all, busyGco2eq: all.busyKwh * 100, idleGco2eq: 0.4 },
          hosts: hosts.map((host) => ({ ...host, model: "metered/1 of pdu.csv" })),
        };
      });
      return { ...statement, hours };
    };
    expect(causesOf(differenceOf(metered(3600, 0.02), metered(7200, 0.02)))).toEqual([]);
    expect(causesOf(differenceOf(metered(3600, 0.02), metered(7200, 0.03)))).toEqual(["model changed"]);
  });
});

describe("hours without hosts", () => {
  const bare = (cloud: Cloud, kind: ScopeKind): Statement => {
    const statement = statementOf(cloud, kind);
    return { ...statement, hours: statement.hours.map((hour) => ({ ...hour, hosts: [] })) };
  };
  it.each<[Cause, ScopeKind, CloudHour]>([
    ["hours repaired", "ada", withHost("a", { busyCpuSeconds: 7200 })],
    ["not told apart", "user", withHost("a", { busyCpuSeconds: 7200 })],
    ["owners corrected", "user", withHost("b", { share: 0.5 })],
    ["model changed", "user", withHost("a", { busyWatts: 6 })],
    ["not told apart", "ada", withHost("a", { busyWatts: 6, busyCpuSeconds: 7000 })],
    ["intensity revised", "user", { ...HOUR, grams: 150 }],
  ])("%s, of %s", (cause, kind, after) => {
    const difference = differenceOf(bare([HOUR], kind), bare([after], kind));
    expect(causesOf(difference)).toEqual([cause]);
  });
});

it("of a statement without hosts nobody knows why somebody's part of them went", () => {
  const [from, to] = [statementOf([HOUR]), statementOf([{ ...HOUR, hosts: { a: { ...HOST, share: 0 } } }])];
  const cloudCpuSeconds = 43_200;
  const hours = to.hours.map((hour) => ({ ...hour, hosts: [], cloudCpuSeconds }));
  expect(causesOf(differenceOf(from, { ...to, hours, measured: [] }))).toEqual(["not told apart"]);
  // Hosts of others are stored, and none of these.
  const measured = [{ host: "c", spans: [{ from: FROM, to: FROM + HOUR_MS }] }];
  expect(causesOf(differenceOf(from, { ...to, hours, measured }))).toEqual(["hours repaired"]);
  // Nothing at all was measured.
  const nothing = hours.map((hour) => ({ ...hour, cloudCpuSeconds: 0 }));
  expect(causesOf(differenceOf(from, { ...to, hours: nothing, measured: [] }))).toEqual(["hours repaired"]);
});

describe("over random clouds", () => {
  const host: fc.Arbitrary<Host> = fc.record({
    busyCpuSeconds: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e6, noNaN: true })),
    idleCpuSeconds: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e6, noNaN: true })),
    busyWatts: fc.constantFrom(12, 10, 7.3),
    share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 1e-6, max: 1, noNaN: true })),
  });
  const hour = fc.record({
    hosts: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__ "), host, { noNullPrototype: true }),
    grams: fc.oneof(fc.constant(null), fc.double({ min: 1e-3, max: 900, noNaN: true })),
  });
  const cloud = fc.array(fc.oneof({ weight: 5, arbitrary: hour }, fc.constant(null)), {
    minLength: 6,
    maxLength: 6,
  });
  /** The same cloud, in which some hours are others, and some differ in one thing. */
  const pair = fc.tuple(cloud, cloud, fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }));
  const changed = (before: Cloud, other: Cloud, how: readonly number[]): Cloud =>
    before.map((hour, i) => {
      const another = other[i] ?? null;
      if (how[i] === 0 || hour === null || another === null) return how[i] === 1 ? another : hour;
      if (how[i] === 2) return { ...hour, grams: another.grams };
      return how[i] === 3 ? { ...hour, hosts: { ...hour.hosts, ...another.hosts } } : another;
    });

  it("causes, and hours, add up to the difference", () => {
    fc.assert(
      fc.property(pair, fc.constantFrom<ScopeKind>("ada", "user", "host"), ([cloud, other, how], kind) => {
        const [from, to] = [statementOf(cloud, kind), statementOf(changed(cloud, other, how), kind)];
        const difference = differenceOf(from, to);
        for (const name of ["kwh", "gco2eq"] as const) {
          const expected = (difference.to[name] ?? 0) - (difference.from[name] ?? 0);
          const total = Math.max(difference.to[name] ?? 0, difference.from[name] ?? 0);
          const moved = difference.causes.reduce((all, part) => all + Math.abs(part[name]), 0);
          for (const parts of [difference.causes, difference.changed, [difference]]) {
            const sum = parts.reduce((all, part) => all + part[name], 0);
            expect(Math.abs(sum - difference[name])).toBeLessThanOrEqual(1e-12 * moved);
            expect(Math.abs(sum - expected)).toBeLessThanOrEqual(1e-12 * (moved + total));
          }
        }
        expect(differenceOf(from, from).causes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

it("refuses statements that cannot be held against each other", () => {
  const one = statementOf([HOUR]);
  const basis = (text: string): Statement => ({
    ...one,
    hours: one.hours.map((hour) => ({
      ...hour,
      intensity: { kind: "actual", source: "x", basis: text },
    })),
  });
  expect(() => differenceOf(one, statementOf([HOUR], "ada"))).toThrow(
    /different scopes: the first of user:amara, the second of ada; make one again/,
  );
  expect(() => differenceOf(one, statementOf([HOUR, HOUR]))).toThrow(
    /different intervals: .*T01:00:00Z, the second of .*T02:00:00Z/,
  );
  expect(() => differenceOf(basis("average direct"), basis("average lifecycle"))).toThrow(
    /different bases: the first of average direct, the second of average lifecycle/,
  );
  expect(differenceOf(basis("average direct"), one).causes).toEqual([]);
});
