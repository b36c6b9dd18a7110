import { join } from "node:path";
import { assertApart } from "./apart.js";
import { listIfThere, makeFolder, mapBounded, writeTemporary } from "./io.js";
import { type Change, commit, discard, recover, sweep } from "./journal.js";
import { acquireWithin, type HeldLock, LOCK, whileHeld } from "./lock.js";
import { sweepAsides } from "./lock-fs.js";

const FILES_AT_ONCE = 8;

export interface FolderWriterOptions {
  /** How long a write waits for another writer before it rejects with `store-locked`. Default 10 s. */
  readonly lockWaitMs?: number;
  /** How long after its last sign of life a writer on another machine counts as dead. Default 15 s. */
  readonly staleMs?: number;
}

/** A file to be, `/`-separated below the folder, and what is to be in it. */
export interface Draft {
  readonly target: string;
  readonly text: string;
}

/**
 * Writes documents into a folder, one batch at a time, under a lock of the folder's own: a run that has
 * locked the usage beside it can still write averages. What a killed writer began is finished or removed.
 */
export class FolderWriter {
  readonly #root: string;
  readonly #subfolders: () => Promise<readonly string[]>;
  readonly #lockWaitMs: number;
  readonly #staleMs: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param subfolders Those below `root` that files are written to. */
  constructor(
    root: string,
    { lockWaitMs = 10_000, staleMs = 15_000 }: FolderWriterOptions,
    subfolders: () => Promise<readonly string[]> = async () => [],
  ) {
    this.#root = root;
    this.#subfolders = subfolders;
    this.#lockWaitMs = lockWaitMs;
    this.#staleMs = staleMs;
  }

  /** Replaces files by the drafts that `plan`, which is called under the lock, makes; in their order. */
  write(plan: () => Promise<readonly Draft[]>, signal?: AbortSignal): Promise<void> {
    return this.change(async (lock) => {
      const drafts = await plan();
      const staged: Change[] = [];
      const stageAll = async (): Promise<Change[]> => {
        const inOrder = await mapBounded(drafts, FILES_AT_ONCE, async (draft) => {
          const change = await this.#stage(draft, signal);
          staged.push(change);
          return change;
        });
        await assertApart(this.#root, onePerTarget(inOrder));
        await lock.assertHeld();
        signal?.throwIfAborted();
        return inOrder;
      };
      const changes = await stageAll().catch(async (error) => {
        await discard(this.#root, staged);
        throw error;
      });
      if (changes.length > 0) await commit(this.#root, changes);
    }, signal);
  }

  /** Does `work` under the lock, in the order of the calls. */
  change(work: (lock: HeldLock) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const turn = this.#last.then(async () => {
      signal?.throwIfAborted();
      await makeFolder(this.#root);
      const lock = await acquireWithin(this.#root, this.#lockWaitMs, { staleMs: this.#staleMs }, signal);
      await whileHeld(lock, async () => {
        await recover(this.#root);
        await sweep(this.#root, await this.#subfolders());
        await sweepAsides(join(this.#root, LOCK), this.#staleMs);
        await work(lock);
      });
    });
    // Whoever asked for it hears of its failure; here it only counts that it is over.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** When all that was asked for is done, or has failed. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #stage({ target, text }: Draft, signal?: AbortSignal): Promise<Change> {
    signal?.throwIfAborted();
    const slash = target.lastIndexOf("/");
    const folder = target.slice(0, Math.max(slash, 0));
    await makeFolder(join(this.#root, folder));
    const temporary = await writeTemporary(join(this.#root, folder), text);
    return { temporary: slash < 0 ? temporary : `${folder}/${temporary}`, target };
  }
}

/** The names of the documents in a folder, without `.json`; anything else there is ignored. */
export async function documentsIn(folder: string): Promise<string[]> {
  const names = await listIfThere(folder);
  return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

/** A file may be written twice in a batch; that is no clash of names. */
function onePerTarget(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [change.target, change])).values()];
}
