import type { WorkspaceStore } from "../../stores/workspace-store.js";
import { HOUR_MS } from "../../usage/hour.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import { expectCode, expectEqual, expectThat } from "./expect.js";
import { ALL_SAMPLES } from "./samples.js";
import { sampleSession, sampleSessionHours } from "./session-samples.js";
import type { Suite, WorkspaceSuiteOptions } from "./suite.js";

/** Forgetting users: their sessions stay, and nobody knows whose they were. */
export function forgettingSessionTests(
  suite: Suite<WorkspaceStore>,
  { concurrentHandles = true }: WorkspaceSuiteOptions,
): void {
  suite.add(
    "sessions of a forgotten user stay, without the user and with another id",
    async (store, another) => {
      const going = sampleSession("isis/host/amara/1", 1, { user: "amara", hours: sampleSessionHours(3, 1) });
      const over = sampleSession("isis/host/amara/2", 2, { user: "amara" });
      const ended = { ...over, endedAt: over.startedAt + 2 * HOUR_MS };
      const elsewhere = sampleSession("clf/host/amara/3", 3, { user: "amara", site: "clf" });
      const other = sampleSession("isis/host/bjorn/4", 4, { user: "bjorn" });
      await store.save([going, ended, elsewhere, other]);
      await store.forgetUser("amara");
      await store.forgetUser("amara");
      for (const reader of concurrentHandles ? [store, await another()] : [store]) {
        const sessions = [
          ...(await reader.sessions("isis", ALL_SAMPLES)),
          ...(await reader.sessions("clf", ALL_SAMPLES)),
        ];
        expectThat(!JSON.stringify(sessions).includes("amara"), "a session still says whose it was");
        const withoutId = (all: readonly object[]): object[] =>
          all.map((session) => ({ ...session, id: "" }));
        const expected = [going, ended, other, elsewhere].map((session) =>
          session.user === "amara" ? { ...session, user: null } : session,
        );
        expectEqual(withoutId(sessions), withoutId(expected), "sessions");
        expectEqual(new Set(sessions.map(({ id }) => id)).size, 4, "different ids");
        expectEqual((await reader.active("isis")).length, 2, "sessions that go on");
        expectEqual(await reader.forgottenAmong(["amara", "bjorn"]), new Set(["amara"]), "forgotten");
      }
    },
  );

  suite.add("forgets sessions of all sites that ended before an instant, and no others", async (store) => {
    const [a, b, c] = [sampleSession("a", 1), sampleSession("b", 2), sampleSession("c", 3, { site: "clf" })];
    const before = Date.UTC(2025, 5, 1);
    const ended = { ...a, endedAt: before - 1 };
    const later = { ...b, endedAt: before };
    const elsewhere = { ...c, endedAt: Date.UTC(2025, 3, 1) };
    const going = sampleSession("d", 4);
    await store.save([ended, later, elsewhere, going]);
    if (store.countEnded !== undefined) expectEqual(await store.countEnded(before), 2, "counted");
    expectEqual(await store.removeEnded(before), 2, "removed");
    expectEqual(await store.removeEnded(before), 0, "removed again");
    expectEqual(await store.sessions("isis", ALL_SAMPLES), [later, going], "sessions");
    expectEqual(await store.sessions("clf", ALL_SAMPLES), [], "sessions elsewhere");
    await store.save([elsewhere]);
    expectEqual(await store.sessions("clf", ALL_SAMPLES), [elsewhere], "saved again");
  });

  suite.add("a session of a forgotten user can be saved and ended on", async (store) => {
    await store.save([sampleSession("a/amara", 1, { user: "amara" })]);
    await store.forgetUser("amara");
    const [session] = await store.active("isis");
    if (session === undefined) throw new Error("the session does not go on");
    await store.save([{ ...session, busyKwh: 7 }]);
    await store.end([session.id], session.startedAt + HOUR_MS);
    const [after, ...more] = await store.sessions("isis", ALL_SAMPLES);
    expectEqual(after, { ...session, busyKwh: 7, endedAt: session.startedAt + HOUR_MS }, "the session");
    expectEqual(more, [], "others");
    await expectCode(() => store.forgetUser(UNATTRIBUTED), "bad-input", "forgetting nobody");
  });
}
