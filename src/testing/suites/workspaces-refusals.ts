import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import { expectCode, expectEqual } from "./expect.js";
import { IMPOSSIBLE_NAMES } from "./names.js";
import { ALL_SAMPLES, SAMPLE_START } from "./samples.js";
import { markedSession } from "./session-samples.js";
import type { Suite, SuiteOptions } from "./suite.js";

const NO_TIMES = [Number.NaN, Number.POSITIVE_INFINITY, -1, SAMPLE_START + 0.5, 9e15];

/** NaN and infinities, which JSON writes as null. */
function isNoJson(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

/** Bad input is refused, and nothing of its call is written. */
export function refusedSessionTests(suite: Suite<WorkspaceStore>, { largestName }: SuiteOptions): void {
  const refuses = (name: string, changes: readonly Partial<WorkspaceSession>[]): void => {
    suite.add(`refuses ${name}, and writes nothing of the call`, async (store) => {
      for (const change of changes) {
        const what = JSON.stringify(change, (_, value) => (isNoJson(value) ? String(value) : value));
        const call = [markedSession("before", 1), markedSession("bad", 1, change), markedSession("after", 1)];
        await expectCode(() => store.save(call), "bad-input", what);
        expectEqual(await store.sessions("isis", ALL_SAMPLES), [], `sessions after ${what}`);
      }
      await store.save([markedSession("before", 1)]);
      expectEqual((await store.active("isis")).length, 1, "sessions after a good call");
    });
  };

  refuses(
    "numbers that are not finite, or negative",
    SESSION_QUANTITIES.flatMap((name) =>
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -Number.MIN_VALUE].map(
        (value) => ({
          [name]: value,
        }),
      ),
    ),
  );

  refuses("times that are not whole milliseconds, and an end before the start", [
    ...(["startedAt", "endedAt", "countedUntil"] as const).flatMap((name) =>
      NO_TIMES.map((value) => ({ [name]: value })),
    ),
    { startedAt: SAMPLE_START, endedAt: SAMPLE_START - 1 },
  ]);

  refuses(
    "names that are empty or not Unicode",
    (["id", "site", "instance", "project", "machine", "user", "group"] as const).flatMap((name) =>
      IMPOSSIBLE_NAMES.map((value) => ({ [name]: value })),
    ),
  );

  suite.add("refuses to end sessions at no time, and under impossible names", async (store) => {
    await store.save([markedSession("a", 1)]);
    for (const at of NO_TIMES) await expectCode(() => store.end(["a"], at), "bad-input", `end at ${at}`);
    for (const name of IMPOSSIBLE_NAMES) {
      const what = JSON.stringify(name);
      await expectCode(() => store.end(["a", name], SAMPLE_START), "bad-input", `end of ${what}`);
      await expectCode(() => store.active(name), "bad-input", `active at ${what}`);
      await expectCode(() => store.sessions(name, ALL_SAMPLES), "bad-input", `sessions at ${what}`);
      await expectCode(() => store.totals(name, ALL_SAMPLES), "bad-input", `totals at ${what}`);
    }
    expectEqual(await store.active("isis"), [markedSession("a", 1)], "the session");
  });

  if (largestName === undefined) return;
  const longer = "x".repeat(largestName + 1);
  refuses(`names longer than ${largestName}`, [{ id: longer }, { instance: longer }, { user: longer }]);
}
