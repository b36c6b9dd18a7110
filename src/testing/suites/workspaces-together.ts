import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import { expectEqual, expectThat } from "./expect.js";
import { ALL_SAMPLES, SAMPLE_START } from "./samples.js";
import { markedSession, sampleSession } from "./session-samples.js";
import type { Suite, SuiteOptions } from "./suite.js";
import { abortedWrites, watchedWrites } from "./together.js";

const IDS = ["a", "b", "c", "d", "e"];

/** Writers and readers at the same time. */
export function togetherSessionTests(
  suite: Suite<WorkspaceStore>,
  { concurrentHandles, tolerance = 0 }: SuiteOptions,
): void {
  suite.add("calls to one store at once are as one after the other", async (store) => {
    await Promise.all(IDS.map((id, i) => store.save([markedSession(id, i)])));
    await Promise.all([store.end(["a", "b"], ALL_SAMPLES.to), store.save([markedSession("f", 9)])]);
    expectEqual((await store.active("isis")).map(markOf), [2, 3, 4, 9], "marks of active sessions");
    expectEqual((await store.totals("isis", ALL_SAMPLES)).sessions, 6, "sessions");
  });

  suite.add("a reader during a write sees each session before or after", (store) => watched(store, store));

  suite.add("a call aborted half way leaves each session as it was or as it should be", async (store) => {
    const ids = Array.from({ length: 60 }, (_, i) => `session ${i}`);
    await abortedWrites(
      (mark, signal) =>
        store.save(
          ids.map((id) => markedSession(id, mark)),
          { signal },
        ),
      async () => {
        const active = await store.active("isis");
        expectEqual(active.length, ids.length, "active sessions");
        return new Map(active.map((session) => [session.id, [markOf(session)]]));
      },
    );
  });

  if (concurrentHandles === false) return;

  suite.add("a reader on another handle never sees a mixture either", async (store, another) =>
    watched(store, await another()),
  );

  suite.add("what one handle has written another sees at once", async (store, another) => {
    const other = await another();
    await store.save([markedSession("a", 1), markedSession("b", 1)]);
    await other.end(["a"], ALL_SAMPLES.to);
    expectEqual(await store.active("isis"), [markedSession("b", 1)], "active sessions", tolerance);
    await other.save([markedSession("b", 2)]);
    expectEqual(await store.active("isis"), [markedSession("b", 2)], "active sessions", tolerance);
  });

  suite.add("what was written is there after closing and opening again", async (store, another) => {
    const sessions = IDS.map((id, i) => sampleSession(id, i, i % 2 === 0 ? {} : { endedAt: ALL_SAMPLES.to }));
    await store.save(sessions);
    await store.close();
    expectEqual(await (await another()).sessions("isis", ALL_SAMPLES), sessions, "sessions", tolerance);
  });

  suite.add(
    "two writers at once lose nothing, and each session is of one of them",
    async (store, another) => {
      const other = await another();
      for (let round = 1; round <= 6; round++) {
        const marked = (ids: readonly string[], mark: number): WorkspaceSession[] =>
          ids.map((id) => markedSession(id, mark));
        await Promise.all([
          store.save(marked([...IDS, `left ${round}`], round)),
          other.save(marked([...IDS, `right ${round}`], 100 + round).reverse()),
        ]);
        const sessions = await store.active("isis");
        expectEqual(sessions.length, IDS.length + 2 * round, "sessions");
        for (const session of sessions.slice(0, IDS.length)) {
          const mark = markOf(session);
          expectThat([round, 100 + round].includes(mark), `round ${round} left ${mark} in ${session.id}`);
        }
      }
    },
  );

  suite.add("one writer ends sessions while another saves others", async (store, another) => {
    const other = await another();
    for (let round = 1; round <= 6; round++) {
      await store.save([markedSession(`left ${round}`, 1)]);
      await Promise.all([
        store.end([`left ${round}`], SAMPLE_START + 1e9),
        other.save([markedSession(`right ${round}`, round)]),
      ]);
    }
    const active = (await store.active("isis")).map((session) => session.id);
    expectEqual(
      active,
      [1, 2, 3, 4, 5, 6].map((round) => `right ${round}`),
      "active sessions",
    );
    expectEqual((await store.totals("isis", ALL_SAMPLES)).sessions, 12, "sessions");
  });
}

async function watched(writer: WorkspaceStore, reader: WorkspaceStore): Promise<void> {
  // Some go on, some are over, and some change from one to the other.
  const batch = (mark: number): WorkspaceSession[] =>
    IDS.map((id, i) => {
      const over = i === 0 || (i === 1 && mark % 2 === 0);
      return markedSession(id, mark, over ? { endedAt: ALL_SAMPLES.to - 1 } : {});
    });
  await watchedWrites(
    (mark) => writer.save(batch(mark)),
    async () => {
      const sessions = await reader.sessions("isis", ALL_SAMPLES);
      const ids = sessions.map((session) => session.id);
      expectEqual(ids, IDS, "sessions during a write");
      for (const session of [...sessions, ...(await reader.active("isis"))]) markOf(session);
    },
  );
  expectEqual((await reader.sessions("isis", ALL_SAMPLES)).map(markOf), [12, 12, 12, 12, 12], "marks");
}

/** The mark that all numbers of a session carry; throws if they carry different ones. */
function markOf(session: WorkspaceSession): number {
  const marks = [session.countedUntil - SAMPLE_START, ...SESSION_QUANTITIES.map((name) => session[name])];
  const seen = new Set(marks);
  const [mark = Number.NaN] = seen;
  expectThat(seen.size === 1, `two writes are mixed in ${session.id}: ${[...seen].join(", ")}`);
  return mark;
}
