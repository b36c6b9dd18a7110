import { memoryWorkspaceStore } from "ada-carbon/memory";
import { workspaceModel } from "ada-carbon/power";
import { AdaCarbonError } from "ada-carbon/usage";
import { describe, expect, it } from "vitest";
import type { IntensityPeriod } from "../intensity/port.js";
import type { WorkspaceSession, WorkspaceStore } from "../stores/workspace-store.js";
import type { HostCallOptions, HostSample } from "../usage/host-source.js";
import type { TrackOptions } from "./options.js";
import type { PollReport } from "./report.js";
import { trackWorkspaces, type WorkspaceTracker } from "./tracker.js";

const T = Date.UTC(2025, 8, 10, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVER = { from: 0, to: T + 1000 * HOUR };
/** 100 W, so that a minute is 100/60 Wh; half of it busy. */
const MODEL = workspaceModel({ cpuTdpW: 0, ramW: 0, otherW: 100 });
const KWH_A_MINUTE = 0.1 / 60;

/** Hosts, grid and clock that a test sets as it goes. Every host is scraped the moment it is asked for. */
class Lab {
  now = T;
  hosts: Partial<HostSample>[] = [{}];
  warnings: string[] = [];
  watching = true;
  fails: Error | undefined;
  grid: () => Promise<IntensityPeriod[]> = async () => [
    {
      from: this.now - HOUR,
      to: this.now + 24 * HOUR,
      gco2eqPerKwh: 200,
      kind: "forecast",
      fetchedAt: this.now,
    },
  ];
  asked: HostCallOptions[] = [];
  store: WorkspaceStore = memoryWorkspaceStore();

  tracker(options: Partial<TrackOptions> = {}): WorkspaceTracker {
    return trackWorkspaces({
      hosts: {
        where: "a lab",
        sites: ["isis", "clf"],
        activeHosts: async (_sites, call) => {
          this.asked.push(call);
          if (this.fails !== undefined) throw this.fails;
          const hosts = this.hosts.map((host) => ({ ...HOST, seenAt: this.now, ...host }));
          return { hosts, watching: this.watching, warnings: this.warnings, findings: [] };
        },
      },
      store: this.store,
      intensity: { id: "grid", hasActual: true, periods: async () => this.grid() },
      model: MODEL,
      clock: () => this.now,
      ...options,
    });
  }

  async sessions(): Promise<WorkspaceSession[]> {
    return this.store.sessions("isis", EVER);
  }

  async only(): Promise<WorkspaceSession> {
    const sessions = await this.sessions();
    const [session] = sessions;
    if (session === undefined || sessions.length !== 1) throw new Error(`${sessions.length} sessions`);
    return session;
  }
}

const HOST: Omit<HostSample, "seenAt"> = {
  site: "isis",
  instance: "a:9100",
  project: "IDAaaS",
  machine: "Muon",
  user: "amara",
  bootedAt: T - 3 * HOUR,
  cores: 4,
  idleFraction: 0.5,
  memoryActiveRatio: 0.5,
};

const kwh = ({ busyKwh, idleKwh }: { busyKwh: number; idleKwh: number }): number => busyKwh + idleKwh;

/** Polls at these times, minutes after T. */
async function pollAt(lab: Lab, tracker: WorkspaceTracker, ...minutes: number[]): Promise<PollReport[]> {
  const reports: PollReport[] = [];
  for (const minute of minutes) {
    lab.now = T + minute * MINUTE;
    reports.push(await tracker.poll());
  }
  return reports;
}

describe("time", () => {
  it("is measured: late, early and irregular polls count what passed", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.tracker(), 0, 1, 1.1, 3.7, 4, 8.9);
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(8.9 * KWH_A_MINUTE, 12);
    expect(session.busyKwh).toBeCloseTo(session.idleKwh, 12);
    expect(session.runtimeSeconds).toBeCloseTo((8.9 * 60) / 2, 9);
    expect(session.unknownSeconds).toBe(3 * 3600);
  });

  it("counts nothing twice when polls are doubled, or overlap, or the clock is set back", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1, 1);
    await Promise.all([tracker.poll(), tracker.poll(), tracker.poll()]);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE, 12);
    const [back] = await pollAt(lab, tracker, -59, -58);
    expect(back?.warnings).toEqual([expect.stringMatching(/clock was set back by 3600 s/)]);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE, 12);
    await pollAt(lab, tracker, 1, 2);
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
    expect((await lab.only()).endedAt).toBeNull();
  });

  it("counts up to the scrape, so that a host scraped no more uses no more", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0);
    lab.hosts = [{ seenAt: T + 30_000 }];
    await pollAt(lab, tracker, 1, 2, 3, 4);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE / 2, 12);
  });

  it("invents nothing for a poller that was suspended: beyond the bound is unknown", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T }];
    const [, woken] = await pollAt(lab, lab.tracker({ maxElapsedMs: 4 * MINUTE }), 0, 60);
    expect(woken).toMatchObject({ countedSeconds: 240, unknownSeconds: 56 * 60 });
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(4 * KWH_A_MINUTE, 12);
    expect(session).toMatchObject({ unknownSeconds: 56 * 60, endedAt: null });
  });

  it("makes up for a poll that failed, over the time that it missed", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.fails = new AdaCarbonError("unreachable", "gone");
    await expect(pollAt(lab, tracker, 2)).rejects.toThrow("gone");
    lab.fails = undefined;
    await pollAt(lab, tracker, 3);
    expect(lab.asked.at(-1)).toMatchObject({ idleOverMs: 2 * MINUTE, watchingAt: T - 2 * MINUTE });
    expect(kwh(await lab.only())).toBeCloseTo(3 * KWH_A_MINUTE, 12);
  });

  it("waits for a load that is not known yet, and then counts it from the boot", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T - 30_000, idleFraction: null }];
    const tracker = lab.tracker();
    const [first] = await pollAt(lab, tracker, 0);
    expect(first?.warnings).toEqual([expect.stringMatching(/1 of 1 hosts have no rate yet/)]);
    expect(first?.workspaces).toMatchObject([{ watts: null, idleFraction: null, seen: true }]);
    lab.hosts = [{ bootedAt: T - 30_000 }];
    await pollAt(lab, tracker, 1);
    expect(kwh(await lab.only())).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
    expect((await lab.only()).unknownSeconds).toBe(0);
  });

  it("gives no energy to a host without CPU metrics, and says for how long", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T, cores: null, idleFraction: null }];
    await pollAt(lab, lab.tracker(), 0, 5, 10, 15);
    expect(await lab.only()).toMatchObject({ busyKwh: 0, idleKwh: 0, unknownSeconds: 600, endedAt: null });
  });

  it("takes a boot in the future for a wrong clock", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T + HOUR }];
    await pollAt(lab, lab.tracker({ onReboot: "new-session" }), 0, 1, 2);
    expect(await lab.only()).toMatchObject({ startedAt: T, unknownSeconds: 0 });
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });
});

describe("sessions", () => {
  it("start at the boot, and end when the host was last seen, after a grace", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ graceMs: 3 * MINUTE });
    const [first] = await pollAt(lab, tracker, 0, 1);
    expect(first).toMatchObject({
      hosts: 1,
      opened: 1,
      closed: 0,
      untrackedSeconds: 3 * 3600,
      unknownSeconds: 0,
    });
    lab.hosts = [];
    const [, , waiting, over] = await pollAt(lab, tracker, 2, 3, 4, 4.5);
    expect(waiting).toMatchObject({ absent: 1, closed: 0, workspaces: [{ seen: false, watts: null }] });
    expect(over).toMatchObject({ absent: 0, closed: 1, workspaces: [] });
    expect(await lab.only()).toMatchObject({ startedAt: T - 3 * HOUR, endedAt: T + MINUTE });
  });

  it("do not end while the source cannot know: partial answers, or it was away itself", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0);
    lab.hosts = [];
    lab.watching = false;
    await pollAt(lab, tracker, 60);
    lab.watching = true;
    lab.warnings = ["a store is missing"];
    const [partial] = await pollAt(lab, tracker, 61);
    expect(partial?.warnings).toContain("a store is missing");
    expect((await lab.only()).endedAt).toBeNull();
    lab.warnings = [];
    await pollAt(lab, tracker, 62);
    expect((await lab.only()).endedAt).toBe(T);
  });

  it("go on when the same owner is back without a reboot, also after they had ended", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    const original = lab.hosts;
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 20);
    expect((await lab.only()).endedAt).toBe(T + MINUTE);
    lab.hosts = original;
    const [back] = await pollAt(lab, tracker, 30);
    expect(back).toMatchObject({ opened: 0, resumed: 1, unknownSeconds: 24 * 60 });
    expect(await lab.only()).toMatchObject({ endedAt: null, unknownSeconds: 3 * 3600 + 24 * 60 });
    expect(kwh(await lab.only())).toBeCloseTo(6 * KWH_A_MINUTE, 12);
  });

  it("go on over a reboot, whose time down costs nothing and is known", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 2, 3);
    lab.hosts = [{ bootedAt: T + 3.5 * MINUTE }];
    await pollAt(lab, tracker, 4, 5);
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(2.5 * KWH_A_MINUTE, 12);
    expect(session.unknownSeconds).toBe(3 * 3600 + 30);
  });

  it("count as unknown what was before a reboot that nobody saw", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T }];
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ bootedAt: T + 59 * MINUTE }];
    await pollAt(lab, lab.tracker(), 60);
    expect(await lab.only()).toMatchObject({ unknownSeconds: 58 * 60 });
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });

  it("start anew at a reboot where that is wanted", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ onReboot: "new-session" });
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ bootedAt: T + 90_000 }];
    const [rebooted] = await pollAt(lab, tracker, 2, 3);
    expect(rebooted).toMatchObject({ opened: 1, closed: 1 });
    const [before, after] = await lab.sessions();
    expect(before).toMatchObject({ endedAt: T + MINUTE });
    expect(after).toMatchObject({ startedAt: T + 90_000, endedAt: null, unknownSeconds: 0 });
    expect(kwh(after ?? { busyKwh: 0, idleKwh: 0 })).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
  });

  it("change with the owner, without a gap and without an overlap, and change back into a third", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ user: "bjorn" }];
    await pollAt(lab, tracker, 2, 3);
    lab.hosts = [{ user: "amara" }];
    await pollAt(lab, tracker, 4);
    const sessions = await lab.sessions();
    expect(
      sessions.map(({ user, startedAt, endedAt }) => [user, startedAt - T, endedAt && endedAt - T]),
    ).toEqual([
      ["amara", -3 * HOUR, MINUTE],
      ["bjorn", MINUTE, 3 * MINUTE],
      ["amara", 3 * MINUTE, null],
    ]);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(3);
    expect(sessions.reduce((sum, session) => sum + kwh(session), 0)).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("of a new owner do not reach back over the old one's that ended long ago", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 20);
    lab.hosts = [{ user: "bjorn" }];
    await pollAt(lab, tracker, 30, 31);
    const [, after] = await lab.sessions();
    expect(after).toMatchObject({ user: "bjorn", startedAt: T + 30 * MINUTE, unknownSeconds: 0 });
  });

  it("have the owner that tenures name, and nobody where they name none", async () => {
    const lab = new Lab();
    const tenures = {
      id: "list",
      tenures: async () => [
        { host: "a", from: 0, to: T + 90_000, user: "bjorn", group: "muons" },
        { host: "a", from: T - 1, to: T + 90_000, user: "chidi" },
      ],
    };
    await pollAt(lab, lab.tracker({ tenures }), 0, 1, 2);
    const sessions = await lab.sessions();
    expect(sessions.map(({ user, group }) => [user, group])).toEqual([
      ["chidi", "IDAaaS"],
      [null, "IDAaaS"],
    ]);
  });

  it("are carried on from the store by a tracker that starts anew, also those of another tool", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.tracker(), 0, 1);
    await pollAt(lab, lab.tracker(), 2);
    await pollAt(lab, lab.tracker(), 3);
    expect(kwh(await lab.only())).toBeCloseTo(3 * KWH_A_MINUTE, 12);

    const foreign = {
      ...(await lab.only()),
      id: "theirs",
      project: null,
      user: null,
      group: null,
      machine: null,
    };
    lab.store = memoryWorkspaceStore();
    await lab.store.save([foreign]);
    await pollAt(lab, lab.tracker(), 4);
    expect(await lab.only()).toMatchObject({ id: "theirs", user: "amara", machine: "Muon" });
    expect(kwh(await lab.only())).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("keep labels whatever is in them", async () => {
    const names = [
      "<script>alert(1)</script>",
      "../../x",
      "a/b",
      "a%2Fb",
      "__proto__",
      'q"\n\u0000',
      "ü\u202e",
    ];
    const lab = new Lab();
    lab.hosts = names.flatMap((user) => names.map((instance) => ({ user, instance })));
    // One host at a time has one owner: each pair is another host by its project.
    lab.hosts = lab.hosts.map((host, i) => ({ ...host, project: `${names[i % names.length]}${i}` }));
    await pollAt(lab, lab.tracker(), 0, 1);
    const sessions = await lab.sessions();
    expect(sessions).toHaveLength(names.length ** 2);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(names.length ** 2);
    expect(new Set(sessions.map(({ user }) => user))).toEqual(new Set(names));
    for (const session of sessions) expect(kwh(session)).toBeCloseTo(KWH_A_MINUTE, 12);
  });
});

describe("two trackers on one store", () => {
  it("count no energy twice when they take turns", async () => {
    const lab = new Lab();
    const [one, other] = [lab.tracker(), lab.tracker()];
    for (let tick = 0; tick <= 20; tick++)
      await pollAt(lab, tick % 3 === 0 ? one : other, tick / 2, tick / 2 + 0.1);
    expect(kwh(await lab.only())).toBeCloseTo(10.1 * KWH_A_MINUTE, 12);
  });

  it("count no energy twice when they poll at the same time", async () => {
    const lab = new Lab();
    const [one, other] = [lab.tracker(), lab.tracker()];
    for (let tick = 0; tick <= 10; tick++) {
      lab.now = T + tick * MINUTE;
      await Promise.all([one.poll(), other.poll()]);
    }
    expect(kwh(await lab.only())).toBeCloseTo(10 * KWH_A_MINUTE, 12);
  });

  it("count no energy twice when one of them writes what it read long ago", async () => {
    const lab = new Lab();
    const slow = Promise.withResolvers<void>();
    const stale: WorkspaceStore = {
      ...lab.store,
      save: async (sessions) => {
        await slow.promise;
        return lab.store.save(sessions);
      },
    };
    await pollAt(lab, lab.tracker(), 0, 1);
    lab.now = T + 1.5 * MINUTE;
    const late = lab.tracker({ store: stale }).poll();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await pollAt(lab, lab.tracker(), 2, 3);
    slow.resolve();
    await late;
    expect(kwh(await lab.only())).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
    await pollAt(lab, lab.tracker(), 4);
    expect(kwh(await lab.only())).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("that opened a session each keep the first and empty the other", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: null }];
    await pollAt(lab, lab.tracker(), 0);
    const [session] = await lab.sessions();
    if (session === undefined) throw new Error("no session");
    const double = { ...session, id: "double", startedAt: T + 1000, countedUntil: T + MINUTE, busyKwh: 1 };
    await lab.store.save([double]);
    const [report] = await pollAt(lab, lab.tracker(), 2);
    expect(report).toMatchObject({ hosts: 1, closed: 1, opened: 0 });
    const sessions = await lab.sessions();
    expect(sessions.map(({ id, endedAt }) => [id, endedAt])).toEqual([
      [session.id, null],
      ["double", T + 1000],
    ]);
    expect(sessions.reduce((sum, one) => sum + kwh(one), 0)).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });
});

describe("carbon", () => {
  const period = (lab: Lab, gco2eqPerKwh: number, kind: "actual" | "forecast"): IntensityPeriod => ({
    from: lab.now - MINUTE,
    to: lab.now + 30 * MINUTE,
    gco2eqPerKwh,
    kind,
    fetchedAt: lab.now,
  });

  it("is the energy times the intensity of now, measured before predicted, asked for every five minutes", async () => {
    const lab = new Lab();
    let asked = 0;
    lab.grid = async () => {
      asked += 1;
      return [period(lab, 999, "forecast"), { ...period(lab, 300, "actual"), from: lab.now - 2 * MINUTE }];
    };
    const reports = await pollAt(lab, lab.tracker(), 0, 1, 2, 3, 4, 5, 6);
    expect(asked).toBe(2);
    expect(reports.at(-1)?.intensity).toMatchObject({ kind: "actual", gco2eqPerKwh: 300, source: "grid" });
    const session = await lab.only();
    expect(session.busyGco2eq + session.idleGco2eq).toBeCloseTo(300 * kwh(session), 12);
    expect(session.kwhWithoutCarbon).toBe(0);
  });

  it("goes on with what was predicted when the source is down, then with the fallback", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ fallbackGco2eqPerKwh: 50 });
    lab.grid = async () => [period(lab, 200, "forecast")];
    await pollAt(lab, tracker, 0);
    lab.grid = async () => {
      throw new AdaCarbonError("server-error", "grid: 503");
    };
    const [predicted, constant] = await pollAt(lab, tracker, 10, 40);
    expect(predicted?.intensity).toEqual({
      kind: "forecast",
      gco2eqPerKwh: 200,
      source: "grid",
      fetchedAt: T,
    });
    expect(predicted?.warnings).toEqual(["grid: 503; what it said at 2025-09-10T12:00:00Z is used"]);
    expect(constant?.intensity).toEqual({
      kind: "fallback",
      gco2eqPerKwh: 50,
      source: "constant",
      fetchedAt: null,
    });
    expect(constant?.warnings).toEqual(["grid: 503; the fallback of 50 gCO2eq/kWh is used"]);
  });

  it.each([
    ["knows nothing", async () => []],
    ["throws something odd", async () => Promise.reject("odd")],
    ["answers nonsense", async (lab: Lab) => [period(lab, Number.NaN, "forecast")]],
    ["never answers", () => new Promise<never>(() => {})],
  ])(
    "is not in the sums, and said so, when the source %s",
    async (_, grid: (lab: Lab) => Promise<IntensityPeriod[]>) => {
      const lab = new Lab();
      lab.grid = () => grid(lab);
      const [, report] = await pollAt(lab, lab.tracker({ intensityTimeoutMs: 20 }), 0, 1);
      expect(report).toMatchObject({ intensity: null, busyGco2eq: 0, idleGco2eq: 0 });
      expect(report?.warnings).toEqual([
        expect.stringMatching(/^grid: .*; energy is counted without carbon$/),
      ]);
      const session = await lab.only();
      expect(session.kwhWithoutCarbon).toBe(kwh(session));
    },
  );
});

describe("what makes no sense", () => {
  it.each([
    [{ sites: ["isis", "<b>nowhere</b>"] }, /no site "<b>nowhere<\/b>"; known are isis, clf/],
    [{ maxElapsedMs: 0 }, /maxElapsedMs is 0/],
    [{ graceMs: Number.NaN }, /graceMs is NaN/],
    [{ fallbackGco2eqPerKwh: -1 }, /-1 is no fallback intensity/],
  ])("%j is refused", (options, message) => {
    expect(() => new Lab().tracker(options)).toThrow(message);
  });

  it("a poll that is aborted stores nothing", async () => {
    const lab = new Lab();
    const reason = new Error("enough");
    await expect(lab.tracker().poll(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await lab.sessions()).toEqual([]);
  });

  it("a store that fails fails the poll, and the next one makes up for it", async () => {
    const lab = new Lab();
    let full = false;
    const store: WorkspaceStore = {
      ...lab.store,
      save: (sessions) =>
        full
          ? Promise.reject(new AdaCarbonError("store-unavailable", "disk full"))
          : lab.store.save(sessions),
    };
    const tracker = lab.tracker({ store });
    await pollAt(lab, tracker, 0);
    full = true;
    await expect(pollAt(lab, tracker, 1)).rejects.toThrow("disk full");
    full = false;
    await pollAt(lab, tracker, 2);
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });
});
