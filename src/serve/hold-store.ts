import type { UsageStore } from "../stores/usage-store.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { reasonOf } from "./attempts.js";
import type { Surroundings } from "./surroundings.js";

/** What a service is to its store: the one that fills it, one that reads what another fills, or neither yet. */
export type Role = "writing" | "following" | "starting";

export interface HoldOptions {
  readonly usage: UsageStore;
  /** Names the store. */
  readonly where: string;
  /** How often a lock that another run has is tried for, milliseconds. */
  readonly retryMs: number;
  readonly onRole: (role: Role) => void;
}

/** Something that goes on until its signal aborts. */
export type Work = (signal: AbortSignal) => Promise<void>;

/**
 * Works while it holds the store's lock, so that one service at a time fills a store. While another run has it, this
 * one follows, and takes over when the lock is free. When a part of the work fails, all of it ends, and the lock is
 * given back and taken anew: a database that went away has forgotten it.
 *
 * Rejects if the store cannot be locked at the first try although nobody else has it: that is no outage but a mistake,
 * such as a folder that cannot be made.
 */
export async function whileHolding(
  { usage, where, retryMs, onRole }: HoldOptions,
  work: readonly Work[],
  { log, sleep }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  let said: string | undefined;
  let isFirstTry = true;
  while (!signal.aborted) {
    try {
      const release = await usage.lock?.({ signal });
      isFirstTry = false;
      said = undefined;
      onRole("writing");
      log.info({}, `this service fills ${where}`);
      try {
        await allOrNone(work, signal);
      } finally {
        await release?.();
      }
    } catch (error) {
      if (signal.aborted) return;
      const isLocked = isAdaCarbonError(error, "store-locked");
      if (isFirstTry && !isLocked) throw error;
      isFirstTry = false;
      onRole(isLocked ? "following" : "starting");
      const line = isLocked ? followingLine(error.message) : `the store fails: ${reasonOf(error)}`;
      if (line !== said) log.warn({}, line);
      said = line;
    }
    await sleep(retryMs, signal);
  }
}

function followingLine(refusal: string): string {
  const [who] = refusal.split("; ");
  return `${who}: this service shows what is stored, and takes over when that one ends`;
}

/** Runs parts at the same time. When one fails, the others are ended and waited for. */
async function allOrNone(work: readonly Work[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const parts = work.map(async (part) => {
    try {
      await part(either);
    } catch (error) {
      failed.abort(error);
    }
  });
  await Promise.all(parts);
  failed.signal.throwIfAborted();
}
