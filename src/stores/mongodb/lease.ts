import { setTimeout as sleep } from "node:timers/promises";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import type { Opened } from "./connection.js";
import { attempt, isDuplicate } from "./failure.js";
import type { Settings } from "./options.js";

const ID = "writer";
const POLL_MS = { first: 5, longest: 250 };

/** The lock, held. It is a document that is renewed as long as its holder lives. */
export interface Lease {
  /** Rejects with `store-locked` if it was not renewed in time and another run has, or may have, taken it. */
  assertHeld(): void;
  /** Gives it back; once it has been given back, does nothing. */
  release(): Promise<void>;
}

interface Holder {
  readonly token: string;
  /** UTC milliseconds by the server's clock. */
  readonly since: number;
  readonly expired: boolean;
}

/**
 * Takes the lock that keeps other writers of usage out. One that has expired, by the server's clock, is taken
 * over.
 *
 * @throws {AdaCarbonError} `store-locked` at once if another run holds it.
 */
export async function takeLease(opened: Opened, settings: Settings): Promise<Lease> {
  const token = crypto.randomUUID();
  for (;;) {
    const now = new Date(await serverTime(opened));
    const lease = { _id: ID, token, since: now, renewed_at: now, stale_ms: settings.staleMs };
    const renewedAt = performance.now();
    try {
      await opened.own.insertOne(lease);
      return keep(opened, settings, { _id: ID, token }, renewedAt);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const holder = await holderOf(opened);
    if (holder === undefined) continue;
    if (!holder.expired) throw taken(settings, holder);
    await opened.own.deleteOne({ _id: ID, token: holder.token });
  }
}

/** Like {@link takeLease}, but tries again for as long as a writer is to wait. */
export async function takeLeaseWithin(
  opened: Opened,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  return withPatience(settings, signal, () => takeLease(opened, settings));
}

/** Waits until no other run holds the lock. */
export async function waitForOthers(
  opened: Opened,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withPatience(settings, signal, async () => {
    const holder = await holderOf(opened);
    if (holder !== undefined && !holder.expired) throw taken(settings, holder);
  });
}

async function withPatience<T>(
  { lockWaitMs }: Settings,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + lockWaitMs;
  for (let wait = POLL_MS.first; ; wait = Math.min(2 * wait, POLL_MS.longest)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const locked = error instanceof AdaCarbonError && error.code === "store-locked";
      if (!locked || performance.now() > deadline) throw error;
    }
    await sleep(wait);
  }
}

function keep(
  { own }: Opened,
  settings: Settings,
  mine: { readonly _id: string; readonly token: string },
  takenAt: number,
): Lease {
  const { staleMs } = settings;
  let renewedAt = takenAt;
  let lost = false;
  let released = false;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const { matchedCount } = await own.updateOne(mine, { $currentDate: { renewed_at: true } });
    if (matchedCount === 1) renewedAt = asked;
    else lost = true;
  };
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A renewal that fails is made up for by the next; if none succeeds in time, assertHeld says so.
    renewing = renew().catch(() => undefined);
  }, staleMs / 4);
  timer.unref();

  const gone = (): AdaCarbonError =>
    new AdaCarbonError(
      "store-locked",
      `lost the lock on ${settings.where} to another run, because this one did not renew it in time; run it again`,
    );
  return {
    assertHeld() {
      if (lost || performance.now() - renewedAt > staleMs) throw gone();
    },
    async release() {
      if (released) return;
      released = true;
      clearInterval(timer);
      await renewing;
      const { deletedCount } = await attempt(settings, "give back the lock", () => own.deleteOne(mine));
      if (deletedCount === 0) throw gone();
    },
  };
}

async function holderOf(opened: Opened): Promise<Holder | undefined> {
  const stored = await opened.own.findOne({ _id: ID });
  if (stored === null) return undefined;
  const { token, since, renewed_at: renewedAt, stale_ms: staleMs } = stored;
  const known =
    typeof token === "string" &&
    since instanceof Date &&
    renewedAt instanceof Date &&
    typeof staleMs === "number";
  if (!known) {
    throw new AdaCarbonError(
      "store-corrupt",
      `the lock is not as ada-carbon makes it; remove the document ${ID}`,
    );
  }
  const now = await serverTime(opened);
  return { token, since: since.getTime(), expired: now - renewedAt.getTime() > staleMs };
}

/** The clock that all runs share. */
async function serverTime({ db }: Opened): Promise<number> {
  const { localTime } = await db.command({ hello: 1 });
  if (localTime instanceof Date) return localTime.getTime();
  throw new AdaCarbonError("bad-reply", "the server does not say what time it is; is it a MongoDB server?");
}

function taken({ where }: Settings, { since }: Holder): AdaCarbonError {
  return new AdaCarbonError(
    "store-locked",
    `another run has been writing to ${where} since ${formatInstant(since)}; wait until it is done`,
  );
}
