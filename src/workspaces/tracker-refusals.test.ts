import { AdaCarbonError } from "ada-carbon";
import { describe, expect, it } from "vitest";
import { KWH_A_MINUTE, kwh, Lab, pollAt } from "../../test/support/workspace-lab.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";

describe("what makes no sense", () => {
  it.each([
    [{ sites: ["isis", "<b>nowhere</b>"] }, /no site "<b>nowhere<\/b>"; known are isis, clf/],
    [{ maxElapsedMs: 0 }, /maxElapsedMs is 0/],
    [{ graceMs: Number.NaN }, /graceMs is NaN/],
    [{ fallbackGco2eqPerKwh: -1 }, /fallbackGco2eqPerKwh is -1; it must be a number of at least 0/],
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
