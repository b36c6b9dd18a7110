import { describe, expect, it } from "vitest";
import type { PollReport } from "./report.js";
import { type PollOutcome, runPolls } from "./schedule.js";

const START = Date.UTC(2025, 8, 10, 12, 0, 7);
const EVERY = 60_000;

/** Runs with a clock that only sleeping and polling move. `cost` says how long the n-th poll takes. */
async function simulate(
  polls: number,
  cost: (n: number) => number,
  onSleep: (ms: number, set: (now: number) => void, now: number) => void = (ms, set, now) => set(now + ms),
): Promise<{ at: number[]; outcomes: PollOutcome[]; slept: number[] }> {
  let now = START;
  let n = 0;
  const stop = new AbortController();
  const outcomes: PollOutcome[] = [];
  const slept: number[] = [];
  await runPolls(
    async () => {
      now += cost(n++);
      return {} as PollReport;
    },
    () => now,
    {
      everyMs: EVERY,
      signal: stop.signal,
      onPoll: (outcome) => {
        if (outcomes.push(outcome) === polls) stop.abort();
      },
      sleep: async (ms) => {
        slept.push(ms);
        onSleep(
          ms,
          (to) => {
            now = to;
          },
          now,
        );
      },
    },
  );
  return { at: outcomes.map(({ at }) => at - START), outcomes, slept };
}

describe("a run", () => {
  it("does not drift by what polls take", async () => {
    const { at } = await simulate(500, (n) => (n * 7919) % 50_000);
    expect(at).toEqual(Array.from({ length: 500 }, (_, n) => n * EVERY));
  });

  it("skips the ticks that it missed, and says so", async () => {
    const { at, outcomes } = await simulate(4, (n) => (n === 1 ? 3.5 * EVERY : 100));
    expect(at).toEqual([0, EVERY, 5 * EVERY, 6 * EVERY]);
    expect(outcomes.map(({ skipped }) => skipped)).toEqual([0, 0, 3, 0]);
  });

  it("polls once a tick when the timer rings early, and never waits for longer than a period", async () => {
    const early = await simulate(
      50,
      () => 0,
      (ms, set, now) => set(now + ms - 1),
    );
    expect(early.at.map((at) => Math.round(at / EVERY))).toEqual(Array.from({ length: 50 }, (_, n) => n));
    let jumps = 0;
    const back = await simulate(
      20,
      () => 10,
      (ms, set, now) => set(now + ms - (jumps++ === 5 ? 3_600_000 : 0)),
    );
    expect(Math.max(...back.slept)).toBeLessThanOrEqual(EVERY);
  });

  it("goes on after a poll that failed, and tells", async () => {
    const stop = new AbortController();
    const seen: unknown[] = [];
    const summary = await runPolls(
      async () => {
        if (seen.length === 1) throw new Error("gone");
        return {} as PollReport;
      },
      () => START,
      {
        everyMs: EVERY,
        signal: stop.signal,
        sleep: async () => {},
        onPoll: ({ error }) => {
          if (seen.push(error) === 3) stop.abort();
        },
      },
    );
    expect(seen).toEqual([undefined, new Error("gone"), undefined]);
    expect(summary).toMatchObject({ polls: 3, failed: 1 });
  });

  it("ends at once when aborted while it waits or polls, and leaves no listener behind", async () => {
    for (const hang of [true, false]) {
      const stop = new AbortController();
      let polls = 0;
      const run = runPolls(
        async (signal) => {
          polls += 1;
          if (hang)
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return {} as PollReport;
        },
        Date.now,
        { everyMs: 3_600_000, signal: stop.signal },
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      stop.abort();
      expect(await run).toMatchObject({ polls: hang ? 0 : 1, failed: 0 });
      expect(polls).toBe(1);
    }
  });

  it("refuses a period that is none", async () => {
    const options = { everyMs: 0, signal: new AbortController().signal };
    await expect(runPolls(async () => ({}) as PollReport, Date.now, options)).rejects.toThrow(/everyMs is 0/);
  });
});
