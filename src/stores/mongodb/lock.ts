import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import { patiently } from "../kit/patience.js";
import type { MongoDocument } from "./driver.js";
import { attempt, isDuplicate } from "./failure.js";
import type { Settings } from "./options.js";
import type { Collections } from "./schema.js";

// The lock is a document that its holder renews for as long as it lives, by the server's clock:
// { _id: "writer", token: "...", since: ISODate(...), expires_at: ISODate(...), stale_ms: 15000, machine: "...", pid: 12 }
//
// That clock may be set while a lock is held, by years. So `expires_at` only says when a lock may be dead: it is taken
// over when it has been watched for `stale_ms` of this process's own time without being renewed.
const ID = "writer";

/** The lock, held. */
export interface HeldLock {
  /** Throws `store-locked` if it was not renewed in time and another run has, or may have, taken it. */
  assertHeld(): void;
  /** Gives it back. To be called once. */
  release(): Promise<void>;
}

/**
 * Takes the lock that keeps other writers of usage out, or takes over one that is watched not to be renewed.
 *
 * @throws {AdaCarbonError} `store-locked` as soon as another run is seen to hold it.
 */
export async function takeLock(
  collections: Collections,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<HeldLock> {
  const { own } = collections;
  const pulse = new Pulse(settings);
  for (;;) {
    signal?.throwIfAborted();
    const token = crypto.randomUUID();
    const takenAt = performance.now();
    const held = await own.findOne({ _id: ID });
    const now = await serverTime(collections);
    if (held !== null && !pulse.isDead(held, now)) {
      if (pulse.isBeating) throw taken(settings, held, now);
      await sleep(settings.staleMs / WATCHED);
      continue;
    }
    const lock = lockOf(token, now, settings);
    // Nobody else must have taken or renewed it meanwhile: then no document is as it was seen, and a second is refused.
    const seen = { _id: ID, token: held?.token ?? null, expires_at: held?.expires_at ?? null };
    try {
      await own.updateOne(seen, { $set: lock }, { upsert: true });
      return keep(collections, settings, token, takenAt);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
}

/** Waits until no other run holds the lock, or until one that is there has been watched to be dead. */
export async function waitForOthers(
  collections: Collections,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pulse = new Pulse(settings);
  await patiently({ waitMs: settings.lockWaitMs, signal }, async () => {
    const held = await collections.own.findOne({ _id: ID });
    if (held === null) return;
    const now = await serverTime(collections);
    if (!pulse.isDead(held, now)) throw taken(settings, held, now);
  });
}

/** How often a lock that may be dead is looked at, in the time after which it is. */
const WATCHED = 8;

/** Whether a lock is being renewed, as seen by a process that watches it for some time. */
class Pulse {
  /** Whether its holder was seen to renew it, or it is young enough to be believed. */
  isBeating = false;
  readonly #settings: Settings;
  #seen: string | undefined;
  #unchangedSince = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Whether it has not been renewed for as long as its holder itself takes it for lost. */
  isDead(held: MongoDocument, now: number): boolean {
    const { token, expires_at, stale_ms } = held;
    const staleMs = typeof stale_ms === "number" ? stale_ms : this.#settings.staleMs;
    const expiresAt = expires_at instanceof Date ? expires_at.getTime() : Number.NaN;
    const state = JSON.stringify([token, expiresAt]);
    const isRenewed = this.#seen !== undefined && this.#seen !== state;
    if (this.#seen !== state) this.#unchangedSince = performance.now();
    this.#seen = state;
    const mayBeDead = !(expiresAt > now && expiresAt <= now + staleMs);
    this.isBeating = isRenewed || !mayBeDead;
    return !this.isBeating && performance.now() - this.#unchangedSince > staleMs;
  }
}

function lockOf(token: string, now: number, { staleMs }: Settings): MongoDocument {
  const until = { since: new Date(now), expires_at: new Date(now + staleMs), stale_ms: staleMs };
  return { token, ...until, machine: hostname(), pid: process.pid };
}

function keep(collections: Collections, settings: Settings, token: string, takenAt: number): HeldLock {
  const { own } = collections;
  const { staleMs, where } = settings;
  const mine = { _id: ID, token };
  let renewedAt = takenAt;
  let lost = false;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const until = new Date((await serverTime(collections)) + staleMs);
    const { matchedCount } = await own.updateOne(mine, { $set: { expires_at: until } });
    if (matchedCount === 1) renewedAt = asked;
    else lost = true;
  };
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A renewal that fails is made up for by the next; if none succeeds in time, assertHeld says so.
    renewing = renew().catch(() => undefined);
  }, staleMs / 4);
  timer.unref();

  const line = `lost the lock on ${where} to another run, because this one did not renew it in time; run it again`;
  const gone = (): AdaCarbonError => new AdaCarbonError("store-locked", line);
  return {
    assertHeld() {
      if (lost || performance.now() - renewedAt > staleMs) throw gone();
    },
    async release() {
      clearInterval(timer);
      await renewing;
      const { deletedCount } = await attempt(settings, "give back the lock", () => own.deleteOne(mine));
      if (deletedCount === 0) throw gone();
    },
  };
}

/** The clock that all runs share. */
async function serverTime({ db }: Collections): Promise<number> {
  const { localTime } = await db.command({ hello: 1 });
  if (localTime instanceof Date) return localTime.getTime();
  throw new AdaCarbonError("bad-reply", "the server does not say what time it is; is it a MongoDB server?");
}

function taken({ where, staleMs }: Settings, held: MongoDocument, now: number): AdaCarbonError {
  const { since, pid, machine, stale_ms } = held;
  const who = typeof pid === "number" ? ` (process ${pid} on ${machine})` : "";
  const from = since instanceof Date ? ` since ${formatInstant(since.getTime())}` : "";
  const ahead = since instanceof Date && since.getTime() > now ? ", by a clock that was ahead" : "";
  const seconds = Math.ceil((typeof stale_ms === "number" ? stale_ms : staleMs) / 1000);
  return new AdaCarbonError(
    "store-locked",
    `another run${who} has been writing to ${where}${from}${ahead}; wait until it is done, or ${seconds} s if it has died, then run this again`,
  );
}
