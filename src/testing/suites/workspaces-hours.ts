import { SESSION_HOUR_QUANTITIES } from "../../stores/assert-session.js";
import type { SessionHour, WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import { HOUR_MS } from "../../usage/hour.js";
import { recordOf } from "../../usage/record-of.js";
import { expectCode, expectEqual, expectThat } from "./expect.js";
import { ALL_SAMPLES, SAMPLE_START } from "./samples.js";
import { sampleSession, sampleSessionHours } from "./session-samples.js";
import type { Suite, SuiteOptions } from "./suite.js";

/** The hours of sessions: kept exactly, replaced whole, gone when they are gone. */
export function sessionHourTests(suite: Suite<WorkspaceStore>, { tolerance = 0 }: SuiteOptions): void {
  const expectSessions = async (
    store: WorkspaceStore,
    expected: readonly WorkspaceSession[],
    what: string,
  ): Promise<void> => expectEqual(await store.sessions("isis", ALL_SAMPLES), expected, what, tolerance);

  suite.add(
    "keeps the hours of sessions as they are, of those that go on and of those that are over",
    async (store) => {
      const sessions = [
        sampleSession("none", 1),
        sampleSession("one", 2, { hours: sampleSessionHours(1, 2) }),
        sampleSession("many", 3, { hours: sampleSessionHours(60, 3) }),
        sampleSession("over", 4, { hours: sampleSessionHours(2, 4), endedAt: Date.UTC(2025, 3, 1) }),
      ];
      await store.save(sessions);
      await expectSessions(store, sessions, "sessions");
      expectEqual(await store.active("isis"), sessions.slice(0, 3), "active sessions", tolerance);
      for (const session of await store.sessions("isis", ALL_SAMPLES))
        expectThat(
          "hours" in session === (session.id !== "none"),
          `${session.id} has hours where there are some`,
        );
      await store.end(["many"], Date.UTC(2025, 4, 1));
      const ended = {
        ...sampleSession("many", 3),
        hours: sampleSessionHours(60, 3),
        endedAt: Date.UTC(2025, 4, 1),
      };
      await expectSessions(store, sessions.with(2, ended), "sessions when one has ended");
    },
  );

  suite.add("keeps numbers of hours to the last bit", async (store) => {
    const values = [0, 0.1 + 0.2, 1 / 3, Number.MIN_VALUE, Number.MAX_VALUE, 1e-7, 123_456_789.123_456_79];
    const hours = sampleSessionHours(values.length, 1).map((sessionHour, i): SessionHour => {
      const at = (k: number): number => values[(i + k) % values.length] ?? 0;
      return {
        ...sessionHour,
        ...recordOf(SESSION_HOUR_QUANTITIES, (name) => at(SESSION_HOUR_QUANTITIES.indexOf(name))),
      };
    });
    const session = sampleSession("a", 1, { hours });
    await store.save([session]);
    await expectSessions(store, [session], "the session");
  });

  suite.add("replaces the hours of a session whole, also by none", async (store) => {
    const other = sampleSession("b", 2, { hours: sampleSessionHours(2, 9) });
    for (const hours of [
      sampleSessionHours(3, 1),
      sampleSessionHours(1, 2),
      undefined,
      sampleSessionHours(2, 3),
    ]) {
      const session = sampleSession("a", 1, hours === undefined ? {} : { hours });
      await store.save([session, other]);
      await expectSessions(store, [session, other], `${hours?.length ?? 0} hours`);
    }
  });

  suite.add("keeps nothing of the hours it was given, and gives nothing of those it keeps", async (store) => {
    const hours = sampleSessionHours(2, 1);
    await store.save([sampleSession("a", 1, { hours })]);
    Object.assign(hours[0] ?? {}, { busyKwh: 7 });
    for (const got of await store.active("isis")) Object.assign(got.hours?.[0] ?? {}, { idleKwh: 8 });
    await expectSessions(
      store,
      [sampleSession("a", 1, { hours: sampleSessionHours(2, 1) })],
      "after both were changed",
    );
  });

  suite.add("refuses hours that make no sense, and writes nothing of the call", async (store) => {
    const [good] = sampleSessionHours(1, 1);
    if (good === undefined) throw new Error("there is a sample hour");
    const bad: readonly (readonly SessionHour[])[] = [
      [],
      [good, good],
      sampleSessionHours(2, 1).reverse(),
      ...[Number.NaN, -HOUR_MS, SAMPLE_START + 1].map((hour) => [{ ...good, hour }]),
      [{ ...good, upFrom: good.upTo + 1 }],
      [{ ...good, upTo: good.hour + HOUR_MS + 1 }],
      [{ ...good, upFrom: good.hour - 1 }],
      [{ ...good, model: "" }],
      [{ ...good, model: "\ud800" }],
      [{ ...good, intensity: { kind: "actual", source: "", fetchedAt: null } }],
      [{ ...good, intensity: { kind: "actual", source: "grid", fetchedAt: 0.5 } }],
      ...SESSION_HOUR_QUANTITIES.flatMap((name) =>
        [Number.NaN, Number.POSITIVE_INFINITY, -1].map((value) => [{ ...good, [name]: value }]),
      ),
    ];
    for (const [i, hours] of bad.entries()) {
      const call = [sampleSession("fine", 1), sampleSession("bad", 1, { hours })];
      await expectCode(() => store.save(call), "bad-input", `case ${i}`);
    }
    await expectSessions(store, [], "sessions after bad calls");
  });
}
