import { expect, it } from "vitest";
import { AdaCarbonError } from "../../usage/errors.js";
import { patiently } from "./patience.js";

const locked = new AdaCarbonError("store-locked", "another run is writing");

/** Fails so often, then gives how often it was called. */
function failing(times: number, error: Error = locked): { calls: number; attempt: () => Promise<number> } {
  const state = {
    calls: 0,
    attempt: async (): Promise<number> => {
      state.calls++;
      if (state.calls <= times) throw error;
      return state.calls;
    },
  };
  return state;
}

it("tries again while somebody else holds the lock", async () => {
  expect(await patiently({ waitMs: 10_000, signal: undefined }, failing(3).attempt)).toBe(4);
});

it("rejects with the last failure when the time is up", async () => {
  const always = failing(Number.POSITIVE_INFINITY);
  await expect(patiently({ waitMs: 20, signal: undefined }, always.attempt)).rejects.toBe(locked);
  expect(always.calls).toBeGreaterThan(2);
});

it("rejects at once where waiting does not help", async () => {
  const full = failing(1, new AdaCarbonError("store-unavailable", "the disk is full"));
  await expect(patiently({ waitMs: 10_000, signal: undefined }, full.attempt)).rejects.toThrow(
    /disk is full/,
  );
  expect(full.calls).toBe(1);
});

it("rejects with the signal's reason when it is aborted", async () => {
  const controller = new AbortController();
  const waiting = patiently({ waitMs: 10_000, signal: controller.signal }, failing(1e9).attempt);
  controller.abort(new Error("called off"));
  await expect(waiting).rejects.toThrow("called off");
});
