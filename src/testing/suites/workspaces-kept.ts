import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import { sumSessions } from "../../stores/session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { recordOf } from "../../usage/record-of.js";
import { expectEqual } from "./expect.js";
import { hostileNames } from "./names.js";
import { ALL_SAMPLES, SAMPLE_START } from "./samples.js";
import { markedSession, sampleSession } from "./session-samples.js";
import type { Suite, WorkspaceSuiteOptions } from "./suite.js";

/** Sessions are kept as they are, and replaced whole. */
export function keptSessionTests(suite: Suite<WorkspaceStore>, options: WorkspaceSuiteOptions): void {
  const { tolerance = 0, sessionsAtOnce = 500 } = options;
  const expectActive = async (
    store: WorkspaceStore,
    expected: readonly WorkspaceSession[],
    what: string,
    site = "isis",
  ): Promise<void> => expectEqual(await store.active(site), expected, what, tolerance);

  suite.add("a site without sessions has none, and totals of zero", async (store) => {
    await store.save([]);
    await store.end([], SAMPLE_START);
    await expectActive(store, [], "active sessions");
    expectEqual(await store.sessions("isis", ALL_SAMPLES), [], "sessions");
    const nothing = { sessions: 0, active: 0, ...recordOf(SESSION_QUANTITIES, () => 0) };
    expectEqual(await store.totals("isis", ALL_SAMPLES), nothing, "totals");
  });

  suite.add("keeps every number and time as it is", async (store) => {
    const values = [0, 0.1 + 0.2, 1 / 3, Number.MIN_VALUE, Number.MAX_VALUE, 1e-7, 123_456_789.123_456_79];
    const at = (i: number): number => values[i % values.length] ?? 0;
    const sessions = values.map((_, i) =>
      sampleSession(`session ${i}`, i, {
        startedAt: SAMPLE_START + i,
        countedUntil: SAMPLE_START + i * 7919 + 1,
        ...recordOf(SESSION_QUANTITIES, (name) => at(i + SESSION_QUANTITIES.indexOf(name))),
      }),
    );
    const early = sampleSession("1970", 1, { startedAt: 0, countedUntil: 0 });
    await store.save([...sessions, early]);
    await expectActive(store, [early, ...sessions], "sessions");
  });

  suite.add("keeps what the grams of sessions count, and has no sum of two", async (store) => {
    const direct = sampleSession("a", 1, {
      basis: "average direct consumption losses-included location co2",
    });
    const [silent, lifecycle] = [
      sampleSession("b", 2),
      sampleSession("c", 3, { basis: "average lifecycle" }),
    ];
    await store.save([direct, silent]);
    await expectActive(store, [direct, silent], "sessions of one basis");
    expectEqual(await store.totals("isis", ALL_SAMPLES), sumSessions([direct, silent]), "totals", 1e-12);
    await store.save([lifecycle]);
    await expectActive(store, [direct, silent, lifecycle], "sessions of two");
    const { busyGco2eq, idleGco2eq, sessions } = await store.totals("isis", ALL_SAMPLES);
    expectEqual([busyGco2eq, idleGco2eq, sessions], [null, null, 3], "totals of two");
    // Another in its place that does not say.
    const { basis: _, ...unknown } = lifecycle;
    await store.save([unknown]);
    await expectActive(store, [direct, silent, unknown], "sessions of one basis again");
  });

  suite.add("keeps who is not known apart from everybody", async (store) => {
    const sessions = (["project", "machine", "user", "group"] as const).flatMap((name, i) => [
      sampleSession(`${i} unknown`, 2 * i, { [name]: null }),
      sampleSession(`${i} called null`, 2 * i + 1, { [name]: "null" }),
    ]);
    const nobody = sampleSession("nobody", 20, { project: null, machine: null, user: null, group: null });
    await store.save([...sessions, nobody]);
    await expectActive(store, [...sessions, nobody], "sessions");
  });

  suite.add("has the active sessions of some users alone", async (store) => {
    const users = [...new Set([...hostileNames(options), "null"])];
    const sessions = users.map((user, i) => sampleSession(`of ${i}`, i, { user }));
    const nobody = sampleSession("nobody", users.length, { user: null });
    const elsewhere = sampleSession("elsewhere", 1, { user: "null", site: "clf" });
    const over = sampleSession("over", 2, { user: "null", endedAt: Date.UTC(2025, 1, 1) });
    await store.save([...sessions, nobody, elsewhere, over]);
    const ofUsers = async (wanted: readonly string[], expected: readonly WorkspaceSession[]): Promise<void> =>
      expectEqual(await store.active("isis", { users: wanted }), expected, "sessions of users", tolerance);
    for (const [i, user] of users.entries()) await ofUsers([user], sessions.slice(i, i + 1));
    await ofUsers([...users, "nobody", "null"], sessions);
    await ofUsers([], []);
  });

  suite.add("a replay changes nothing", async (store) => {
    const sessions = [sampleSession("a", 1), sampleSession("b", 2, { endedAt: Date.UTC(2025, 1, 1) })];
    for (let time = 0; time < 3; time++) await store.save(sessions);
    await expectActive(store, sessions.slice(0, 1), "active sessions");
    expectEqual(await store.sessions("isis", ALL_SAMPLES), sessions, "sessions", tolerance);
  });

  suite.add("replaces whole, and does not add", async (store) => {
    const other = markedSession("other", 5);
    await store.save([markedSession("a", 1), other]);
    const changed = markedSession("a", 2, {
      project: null,
      machine: "Mantid",
      user: "Bob",
      group: null,
      instance: "elsewhere:9100",
    });
    await store.save([changed]);
    await expectActive(store, [changed, other], "sessions");
  });

  suite.add("of one session twice in a call the later wins", async (store) => {
    await store.save([markedSession("a", 1), markedSession("b", 3), markedSession("a", 2)]);
    await expectActive(store, [markedSession("a", 2), markedSession("b", 3)], "sessions");
  });

  suite.add("keeps sites apart", async (store) => {
    const sites = ["isis", "clf", "diamond"];
    const sessions = sites.map((site, i) => sampleSession(`of ${site}`, i, { site }));
    await store.save(sessions);
    for (const [i, site] of sites.entries()) {
      await expectActive(store, sessions.slice(i, i + 1), site, site);
      expectEqual(await store.sessions(site, ALL_SAMPLES), sessions.slice(i, i + 1), site, tolerance);
      expectEqual((await store.totals(site, ALL_SAMPLES)).sessions, 1, `sessions of ${site}`);
    }
    await expectActive(store, [], "another site", "isi");
  });

  suite.add("lists by start, then by id", async (store) => {
    const ids = ["b", "a", "B", "\uFF5E", "😀", "10", "9"];
    const late = ids.map((id) => sampleSession(`late ${id}`, 9));
    const early = ids.map((id) => sampleSession(id, 3));
    await store.save([...late, ...early]);
    const byId = (a: WorkspaceSession, b: WorkspaceSession): number => byCodeUnit(a.id, b.id);
    const expected = [...early.sort(byId), ...late.sort(byId)];
    await expectActive(store, expected, "active sessions");
    expectEqual(await store.sessions("isis", ALL_SAMPLES), expected, "sessions", tolerance);
  });

  suite.add("keeps nothing of what it was given, and gives nothing of what it keeps", async (store) => {
    const given = { ...markedSession("a", 1) };
    await store.save([given]);
    given.busyKwh = 7;
    for (const got of await store.active("isis")) Object.assign(got, { busyKwh: 8, endedAt: 9 });
    await expectActive(store, [markedSession("a", 1)], "after both were changed");
  });

  suite.add(`takes ${sessionsAtOnce} sessions in one call`, async (store) => {
    const sessions = Array.from({ length: sessionsAtOnce }, (_, i) => sampleSession(`session ${i}`, i));
    await store.save(sessions);
    await expectActive(store, sessions, "active sessions");
    await store.end(
      sessions.slice(1).map((session) => session.id),
      Date.UTC(2025, 5, 1),
    );
    await expectActive(store, sessions.slice(0, 1), "the one left");
  });

  suite.add("keeps hostile names of every sort apart and as they are", async (store) => {
    const names = hostileNames(options);
    const sessions = names.map((name, i) =>
      sampleSession(name, i, { instance: name, project: name, machine: name, user: name, group: name }),
    );
    await store.save(sessions);
    await expectActive(store, sessions, "sessions");
    await store.end(names.slice(1), Date.UTC(2025, 5, 1));
    await expectActive(store, sessions.slice(0, 1), "the one left");
    expectEqual((await store.totals("isis", ALL_SAMPLES)).sessions, names.length, "sessions in all");
  });

  suite.add("keeps hostile names of sites apart and as they are", async (store) => {
    const names = hostileNames(options);
    const sessions = names.map((site, i) => sampleSession(`session ${i}`, i, { site }));
    await store.save(sessions);
    for (const [i, site] of names.entries()) {
      await expectActive(store, sessions.slice(i, i + 1), JSON.stringify(site), site);
    }
    await store.end(
      sessions.map((session) => session.id),
      Date.UTC(2025, 5, 1),
    );
    for (const site of names.slice(0, 20)) await expectActive(store, [], JSON.stringify(site), site);
  });
}
