import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import { patiently } from "../kit/patience.js";
import type { MongoDocument } from "./driver.js";
import { attempt, isDuplicate } from "./failure.js";
import type { Settings } from "./options.js";
import type { Collections } from "./schema.js";

// The lock is a document that its holder renews for as long as it lives:
// { _id: "writer", token: "...", since: ISODate(...), expires_at: ISODate(...) }, by the server's clock.
const ID = "writer";

/** The lock, held. */
export interface HeldLock {
  /** Throws `store-locked` if it was not renewed in time and another run has, or may have, taken it. */
  assertHeld(): void;
  /** Gives it back. To be called once. */
  release(): Promise<void>;
}

/**
 * Takes the lock that keeps other writers of usage out. One that has expired is taken over.
 *
 * @throws {AdaCarbonError} `store-locked` at once if another run holds it.
 */
export async function takeLock(collections: Collections, settings: Settings): Promise<HeldLock> {
  const { own } = collections;
  const token = crypto.randomUUID();
  const takenAt = performance.now();
  const now = await serverTime(collections);
  const lock = { token, since: new Date(now), expires_at: new Date(now + settings.staleMs) };
  const expired = { _id: ID, expires_at: { $lte: new Date(now) } };
  try {
    // If there is a lock that has not expired, the server tries to add a second document with its _id.
    await own.updateOne(expired, { $set: lock }, { upsert: true });
    return keep(collections, settings, token, takenAt);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  throw taken(settings, (await own.findOne({ _id: ID })) ?? lock);
}

/** Waits until no other run holds the lock. */
export async function waitForOthers(
  collections: Collections,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await patiently({ waitMs: settings.lockWaitMs, signal }, async () => {
    const held = await collections.own.findOne({ _id: ID });
    if (held === null) return;
    const isExpired =
      held.expires_at instanceof Date && held.expires_at.getTime() <= (await serverTime(collections));
    if (!isExpired) throw taken(settings, held);
  });
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

function taken({ where }: Settings, { since }: MongoDocument): AdaCarbonError {
  const from = since instanceof Date ? ` since ${formatInstant(since.getTime())}` : "";
  return new AdaCarbonError(
    "store-locked",
    `another run has been writing to ${where}${from}; wait until it is done`,
  );
}
