import { describe, expect, it } from "vitest";
import type { SyncReport } from "../sync/events.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, HOUR_MS, type Interval } from "../usage/hour.js";
import type { LogFields } from "../usage/logger.js";
import { Attempts } from "./attempts.js";
import { keepSynced } from "./keep-synced.js";
import type { Surroundings } from "./surroundings.js";

// Time is what is slept.

const NOON = Date.UTC(2025, 8, 10, 12);
const REPORT = {
  ...{ plan: { fetch: 0, restate: 0, wanted: 0, done: 0, unfinished: 0 }, warnings: [], findings: [] },
} as unknown as SyncReport;

function world(endAt: number) {
  const lines: string[] = [];
  const stop = new AbortController();
  let now = NOON;
  const say = (_fields: LogFields, message: string): void =>
    void lines.push(`${new Date(now).toISOString().slice(11, 16)} ${message}`);
  const surroundings: Surroundings = {
    clock: () => now,
    log: { debug: say, info: say, warn: say, error: say },
    async sleep(ms) {
      now += ms;
      if (now >= endAt) stop.abort();
    },
  };
  return { lines, stop, surroundings, now: () => now };
}

describe("Prometheus away for an hour", () => {
  it("is said, is tried again, makes the service not ready, and leaves no hole", async () => {
    const { lines, stop, surroundings, now } = world(NOON + 8 * HOUR_MS);
    const asked: Interval[] = [];
    const attempts = new Attempts("sync", 2.5 * HOUR_MS, surroundings.clock, surroundings.log);
    const troubles = new Set<string | undefined>();
    const run = async (interval: Interval): Promise<SyncReport> => {
      troubles.add(attempts.trouble());
      const isAway = now() > NOON + 1.02 * HOUR_MS && now() < NOON + 4.5 * HOUR_MS;
      if (isAway) throw new AdaCarbonError("unreachable", "http://prometheus: cannot be reached");
      asked.push(interval);
      return REPORT;
    };
    const job = { run, backfillMs: 20 * DAY_MS, recentMs: 14 * DAY_MS };
    await keepSynced(job, attempts, "memory", surroundings, stop.signal);
    // Newest first, then the past in pieces, then every hour, and all that was missed in one run.
    const days = ({ from, to }: Interval): number => (to - from) / DAY_MS;
    expect(asked.slice(0, 3).map(days)).toEqual([7, 7, 6]);
    expect(asked[2]?.from).toBe(NOON - 20 * DAY_MS);
    const after = asked.slice(3);
    expect(after[0]).toEqual({ from: NOON + 4 * HOUR_MS - 14 * DAY_MS, to: NOON + 4 * HOUR_MS });
    expect(after.map(({ to }) => (to - NOON) / HOUR_MS)).toEqual([4, 5, 6, 7]);
    expect(lines[1]).toMatch(
      /^13:0\d sync fails, and is tried again: http:\/\/prometheus: cannot be reached/,
    );
    expect(lines.some((line) => /sync: all is well again after 2[01]\d minutes/.test(line))).toBe(true);
    expect([...troubles].join()).toMatch(/the last sync that succeeded was \d+ minutes ago/);
    expect(attempts.trouble()).toBeUndefined();
  });

  it("ends the work where it is the store that is away, since its lock is gone", async () => {
    const { stop, surroundings } = world(NOON + HOUR_MS);
    const attempts = new Attempts("sync", HOUR_MS, surroundings.clock, surroundings.log);
    const away = new AdaCarbonError("unreachable", "cannot reach postgres://db/carbon");
    const job = { run: () => Promise.reject(away), backfillMs: DAY_MS, recentMs: DAY_MS };
    await expect(keepSynced(job, attempts, "postgres://db/carbon", surroundings, stop.signal)).rejects.toBe(
      away,
    );
  });
});
