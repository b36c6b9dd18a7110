import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import { sumSessions } from "../../stores/session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import { HOUR_MS } from "../../usage/hour.js";
import { expectEqual } from "./expect.js";
import { ALL_SAMPLES, SAMPLE_START } from "./samples.js";
import { markedSession, sampleSession } from "./session-samples.js";
import type { Suite, SuiteOptions } from "./suite.js";

/** Databases add in an order of their own. */
const SUM_TOLERANCE = 1e-12;
const hour = (n: number): number => SAMPLE_START + n * HOUR_MS;

/** Sessions that are over, intervals, and totals. */
export function endedSessionTests(suite: Suite<WorkspaceStore>, { tolerance = 0 }: SuiteOptions): void {
  const during = (id: string, from: number, to: number | null): WorkspaceSession =>
    sampleSession(id, 1, {
      startedAt: hour(from),
      endedAt: to === null ? null : hour(to),
      countedUntil: hour(from),
    });

  suite.add("a session that is over is kept, and no longer active", async (store) => {
    const [a, b] = [sampleSession("a", 1), sampleSession("b", 2)];
    await store.save([a, b]);
    await store.save([{ ...a, endedAt: hour(9) }]);
    expectEqual(await store.active("isis"), [b], "active sessions", tolerance);
    expectEqual(
      await store.sessions("isis", ALL_SAMPLES),
      [{ ...a, endedAt: hour(9) }, b],
      "sessions",
      tolerance,
    );
    await store.save([a]);
    expectEqual(await store.active("isis"), [a, b], "active sessions, when it went on after all", tolerance);
    expectEqual(
      await store.sessions("isis", ALL_SAMPLES),
      [a, b],
      "sessions, when it went on after all",
      tolerance,
    );
  });

  suite.add("the end of a session that is over can be corrected, also into another month", async (store) => {
    const session = during("a", 0, 2);
    for (const endedAt of [hour(2), hour(40 * 24), hour(1), hour(400 * 24)]) {
      await store.save([{ ...session, endedAt }]);
      expectEqual(
        await store.sessions("isis", ALL_SAMPLES),
        [{ ...session, endedAt }],
        "sessions",
        tolerance,
      );
    }
  });

  suite.add("ends sessions at an instant, and changes nothing else of them", async (store) => {
    const sessions = [sampleSession("a", 1), sampleSession("b", 2), sampleSession("c", 3)];
    await store.save(sessions);
    await store.end(["c", "a", "unknown", "a"], hour(5));
    const [a, b, c] = sessions.map((session) => ({ ...session, endedAt: hour(5) }));
    expectEqual(await store.active("isis"), sessions.slice(1, 2), "active sessions", tolerance);
    const expected = [a, { ...b, endedAt: null }, c];
    expectEqual(await store.sessions("isis", ALL_SAMPLES), expected, "sessions", tolerance);
  });

  suite.add("a session that is over is not ended again", async (store) => {
    await store.save([during("a", 0, 2), during("b", 0, null)]);
    await store.end(["a", "b"], hour(5));
    await store.end(["a", "b"], hour(9));
    const expected = [during("a", 0, 2), during("b", 0, 5)];
    expectEqual(await store.sessions("isis", ALL_SAMPLES), expected, "sessions", tolerance);
  });

  suite.add("ends no session before it started", async (store) => {
    await store.save([during("a", 3, null), during("b", 1, null)]);
    await store.end(["a", "b"], hour(2));
    expectEqual(
      await store.sessions("isis", ALL_SAMPLES),
      [during("b", 1, 2), during("a", 3, 3)],
      "sessions",
      tolerance,
    );
  });

  suite.add("ends sessions of several sites in one call", async (store) => {
    const sessions = ["isis", "clf"].map((site) => sampleSession(`of ${site}`, 1, { site }));
    await store.save(sessions);
    await store.end(
      sessions.map((session) => session.id),
      hour(3),
    );
    for (const site of ["isis", "clf"]) expectEqual(await store.active(site), [], `active at ${site}`);
  });

  suite.add("sessions and intervals are half-open", async (store) => {
    const sessions = [
      during("long over", 0, 2),
      during("until the start", 1, 4),
      during("into it", 2, 5),
      during("over all of it", 3, 20),
      during("going on since before", 3, null),
      during("from the start", 4, 5),
      during("instant at the start", 4, 4),
      during("instant within", 6, 6),
      during("going on since within", 7, null),
      during("until the end", 8, 10),
      during("instant at the end", 10, 10),
      during("from the end", 10, 11),
      during("going on since the end", 10, null),
    ];
    await store.save([...sessions].reverse());
    const ids = async (from: number, to: number): Promise<string[]> =>
      (await store.sessions("isis", { from, to })).map((session) => session.id);
    const within = [
      "into it",
      "going on since before",
      "over all of it",
      "from the start",
      "instant at the start",
      "instant within",
      "going on since within",
      "until the end",
    ];
    expectEqual(await ids(hour(4), hour(10)), within, "[4, 10)");
    expectEqual(
      (await store.totals("isis", { from: hour(4), to: hour(10) })).sessions,
      8,
      "sessions in totals",
    );
    expectEqual(
      await ids(hour(30), hour(40)),
      ["going on since before", "going on since within", "going on since the end"],
      "long after",
    );
    expectEqual(await ids(0, hour(0)), [], "long before");
    expectEqual(await ids(hour(4), hour(4)), [], "nothing between an instant and itself");
    expectEqual(await ids(hour(5), hour(4)), [], "an interval that ends before it starts");
    expectEqual(
      await ids(hour(6), hour(6) + 1),
      ["going on since before", "over all of it", "instant within"],
      "one millisecond",
    );
  });

  suite.add("totals are sums over whole sessions", async (store) => {
    const sessions = Array.from({ length: 60 }, (_, i) =>
      sampleSession(`session ${i}`, i, {
        startedAt: hour(i),
        endedAt: i % 3 === 0 ? null : hour(i + 2),
        busyKwh: i === 7 ? 1e9 : 1e-7 * i,
      }),
    );
    await store.save([...sessions, markedSession("elsewhere", 1e6, { site: "clf" })]);
    const expected = sumSessions(
      sessions.slice(0, 31).filter((s) => s.endedAt === null || s.endedAt > hour(5)),
    );
    const totals = await store.totals("isis", { from: hour(5), to: hour(31) });
    expectEqual(totals, expected, "totals", SUM_TOLERANCE);
    const zero = markedSession("zero", 0, { site: "diamond" });
    await store.save([zero]);
    for (const name of SESSION_QUANTITIES) {
      expectEqual((await store.totals("diamond", ALL_SAMPLES))[name], 0, `${name} of a session of nothing`);
    }
    expectEqual((await store.totals("diamond", ALL_SAMPLES)).active, 1, "active of one");
  });

  suite.add("keeps sessions of several years", async (store) => {
    const sessions = Array.from({ length: 40 }, (_, i) =>
      sampleSession(`session ${String(i).padStart(2, "0")}`, i, {
        startedAt: hour(i * 24 * 30),
        countedUntil: hour(i * 24 * 30 + 1),
        endedAt: i === 4 ? null : hour(i * 24 * 30 + (i % 5 === 0 ? 24 * 90 : 2)),
      }),
    );
    await store.save(sessions);
    expectEqual(await store.sessions("isis", ALL_SAMPLES), sessions, "sessions", tolerance);
    const month = { from: hour(20 * 24 * 30), to: hour(21 * 24 * 30) };
    const ids = (await store.sessions("isis", month)).map((session) => session.id);
    expectEqual(ids, ["session 04", "session 20"], "sessions of a month");
  });
}
