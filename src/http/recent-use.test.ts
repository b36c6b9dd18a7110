import { describe, expect, it } from "vitest";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import { RecentUse } from "./recent-use.js";

const NOON = Date.UTC(2025, 8, 10, 12);

/** A host that takes 30 W busy, counted up to so many minutes after noon. */
function countedTo(minutes: number): WorkspaceSession {
  const session: Partial<WorkspaceSession> = {
    ...{ id: "host", site: "isis", countedUntil: NOON + minutes * 60_000, unknownSeconds: 0 },
    ...{ busyKwh: (minutes * 0.03) / 60, idleKwh: 0, runtimeSeconds: minutes * 60 },
  };
  return session as WorkspaceSession;
}

describe("watts of now", () => {
  it("are of the last two measurements, also where an older list arrives after them", () => {
    const recent = new RecentUse(undefined);
    recent.note("isis", [countedTo(1)]);
    expect(recent.of(countedTo(1), NOON + 60_000)).toBeNull();
    recent.note("isis", [countedTo(2)]);
    recent.note("isis", [countedTo(1)]);
    const power = recent.of(countedTo(2), NOON + 120_000);
    expect(power?.busyWatts).toBeCloseTo(30, 9);
    expect(power?.over).toEqual({ from: NOON + 60_000, to: NOON + 120_000 });
  });

  it("are of some users' machines alone where these are measured, and those of others stay", () => {
    const recent = new RecentUse(undefined);
    const other = (minutes: number): WorkspaceSession => ({ ...countedTo(minutes), id: "other" });
    recent.note("isis", [countedTo(1), other(1)]);
    recent.note("isis", [countedTo(2), other(2)]);
    recent.note("isis", [countedTo(3)], false);
    expect(recent.of(countedTo(3), NOON + 180_000)?.over.from).toBe(NOON + 120_000);
    expect(recent.of(other(2), NOON + 180_000)?.over.from).toBe(NOON + 60_000);
  });
});
