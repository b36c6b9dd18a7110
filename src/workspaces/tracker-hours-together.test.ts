import { AdaCarbonError, hourOf, parseScope } from "ada-carbon";
import { explain } from "ada-carbon/reports";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conservationError,
  expectSame,
  HOUR,
  KWH_A_MINUTE,
  kwh,
  Lab,
  minutes,
  pendingIn,
  sumOf,
  T,
} from "../../test/support/workspace-lab.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import type { PollReport } from "./report.js";

const total = (rows: readonly { busyKwh: number | null; idleKwh: number | null }[]): number => {
  const { busyKwh, idleKwh } = sumOf(rows.map((row) => ({ ...row, busyGco2eq: 0, idleGco2eq: 0 })));
  return busyKwh + idleKwh;
};

describe("two trackers that store hours", () => {
  it.each(["at the same time", "in turns"])("of the same sites count nothing twice, %s", async (how) => {
    const lab = new Lab();
    const [one, other] = [lab.hourly(), lab.hourly()];
    for (const minute of minutes(0, 190)) {
      lab.now = T + minute * 60_000;
      if (how === "in turns") await (minute % 3 === 0 ? one : other).poll();
      else await Promise.all([one.poll(), other.poll()]);
    }
    expect(await lab.rows("ada")).toHaveLength(3);
    expect(total(await lab.rows("ada"))).toBeCloseTo(180 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
    expect((await lab.averages.get("Muon"))?.hours).toBe(3);
  });

  it.each(["with a lock", "without a lock"])("of different sites sum up in one store %s", async (which) => {
    const lab = new Lab();
    lab.hosts = [
      { idleFraction: 0.2 },
      { site: "clf", project: "CDAaaS", instance: "c:9100", user: "chidi" },
    ];
    let held = false;
    const lock: NonNullable<UsageStore["lock"]> = async () => {
      if (held) throw new AdaCarbonError("store-locked", "somebody else writes");
      held = true;
      return async () => {
        held = false;
      };
    };
    const usage = which === "with a lock" ? { ...lab.usage, lock } : lab.usage;
    const hosts = (site: string) => ({
      where: site,
      sites: [site],
      activeHosts: async () => ({
        hosts: (await lab.seen()).filter((host) => host.site === site),
        watching: true,
        warnings: [],
        findings: [],
      }),
    });
    const trackers = ["isis", "clf"].map((site) => lab.hourly({ usage, hosts: hosts(site) }));
    const reports: PollReport[] = [];
    for (const minute of minutes(0, 130)) {
      lab.now = T + minute * 60_000;
      reports.push(...(await Promise.all(trackers.map((tracker) => tracker.poll()))));
    }
    expect(await lab.rows("ada")).toHaveLength(2);
    expect(total(await lab.rows("ada"))).toBeCloseTo(240 * KWH_A_MINUTE, 12);
    expect(total(await lab.rows("project:CDAaaS"))).toBeCloseTo(120 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
    // Without a lock an average may be late by an hour.
    expect((await lab.averages.get("Muon"))?.hours).toBeGreaterThanOrEqual(which === "with a lock" ? 4 : 2);
    expect((await explain(lab.usage, parseScope("ada"), hourOf(T))).recomputed?.error).toBeLessThan(1e-9);
  });
});

describe("whatever happens", () => {
  const minute = fc.record({
    /** Minutes since the one before. */
    after: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 9, noNaN: true }), fc.constant(70)),
    up: fc.subarray([0, 1, 2, 3]),
    idle: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    user: fc.constantFrom("amara", "bjorn", null),
    late: fc.constantFrom(0, 0, 20_000, 60_000),
    gco2eqPerKwh: fc.integer({ min: 0, max: 400 }),
    /** The call of a store that fails in this poll, if it comes to it. */
    fails: fc.constantFrom(-1, -1, -1, 0, 1, 2, 3),
    restarts: fc.boolean(),
    reboots: fc.constantFrom(false, false, false, true),
  });

  it("hours, and what is still in the sessions, are what the polls reported", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(minute, { minLength: 5, maxLength: 60 }), async (polls) => {
        const lab = new Lab();
        let calls = 0;
        let fails = -1;
        const faulty = async <R>(work: () => Promise<R>): Promise<R> => {
          if (calls++ === fails) throw new AdaCarbonError("store-unavailable", "disk full");
          return work();
        };
        const store: WorkspaceStore = {
          ...lab.store,
          save: (sessions) => faulty(() => lab.store.save(sessions)),
        };
        const usage: UsageStore = { ...lab.usage, replace: (rows) => faulty(() => lab.usage.replace(rows)) };
        let tracker = lab.hourly({ store, usage });
        const reports: PollReport[] = [];
        const poll = async (): Promise<void> => {
          await tracker.poll().then(
            (report) => void reports.push(report),
            (error: unknown) => expect(String(error)).toContain("disk full"),
          );
        };
        let bootedAt = T - HOUR;
        for (const { after, up, idle, user, late, gco2eqPerKwh, reboots, restarts, ...rest } of polls) {
          lab.now = Math.round(lab.now + after * 60_000);
          if (reboots) bootedAt = lab.now - 10_000;
          lab.grid = async () => [{ from: 0, to: 1e14, gco2eqPerKwh, kind: "actual", fetchedAt: lab.now }];
          lab.hosts = up.map((n) => ({
            site: n === 3 ? "clf" : "isis",
            instance: `${n % 3}:9100`,
            project: n === 3 ? "CDAaaS" : "IDAaaS",
            idleFraction: idle,
            cores: n + 1,
            user: n === 0 ? user : "chidi",
            machine: n === 2 ? null : "Muon",
            seenAt: lab.now - late,
            bootedAt,
          }));
          [calls, fails] = [0, rest.fails];
          if (restarts) tracker = lab.hourly({ store, usage });
          await poll();
        }
        const reported = (): ReturnType<typeof sumOf> => sumOf(reports);
        const inRows = async () => sumOf(await lab.rows("ada"));
        const all = async () => [
          ...(await lab.store.sessions("isis", { from: 0, to: 1e14 })),
          ...(await lab.store.sessions("clf", { from: 0, to: 1e14 })),
        ];
        // Two hours later everything is in rows, and sessions have nothing left that is not.
        [calls, fails] = [0, -1];
        lab.hosts = [];
        for (const later of [10, 60, 70, 200]) {
          lab.now += later * 60_000;
          await poll();
        }
        expectSame(pendingIn(await all()), sumOf([]));
        expectSame(await inRows(), reported());
        expect(total(await lab.rows("ada"))).toBeCloseTo(
          (await all()).reduce((sum, session) => sum + kwh(session), 0),
          9,
        );
        expect(await conservationError(lab.usage)).toBeLessThan(1e-9);
        expect((await all()).flatMap(({ hours = [] }) => hours)).toEqual([]);
        for (const machine of ["Muon", "unattributed"]) {
          const averages = await lab.averages.get(machine);
          const learnt = averages === undefined ? 0 : averages.busyKwh.sum + averages.busyKwh.lost;
          expect(learnt).toBeCloseTo(sumOf(await lab.rows(`machine:${machine}`)).busyKwh, 9);
        }
      }),
      { numRuns: 150 },
    );
  });
});
