import { dirname, join, resolve } from "node:path";
import { AMOUNT, assertArgument, assertOptions, optional, type Rules, TEXT } from "../../usage/options.js";
import { LockedTurns } from "../kit/locked-turns.js";
import type { Release } from "../kit/run-lock.js";
import { assertApart } from "./apart.js";
import { listIfThere, makeFolder, mapBounded, writeTemporary } from "./io.js";
import {
  type BatchView,
  type Change,
  commit,
  discard,
  recover,
  removeFile,
  sweep,
  viewOf,
} from "./journal.js";
import { lockFolder } from "./lock.js";

const FILES_AT_ONCE = 8;

/** How a folder is written. */
export interface FolderWriterOptions {
  /** How long a write waits for another writer before it rejects with `store-locked`. Default 10 s. */
  readonly lockWaitMs?: number;
}

export const WRITER_OPTIONS: Rules<FolderWriterOptions> = { lockWaitMs: optional(AMOUNT) };

/** The absolute path of a store's folder; refuses (`bad-input`) what is none, and options that cannot be. */
export function checkedFolder<Options extends FolderWriterOptions>(
  caller: string,
  folder: string,
  options: Options,
  rules: Rules<Options>,
): string {
  assertArgument(caller, "folder", folder, TEXT);
  assertOptions(caller, options, rules);
  return resolve(folder);
}

/** A file to be, `/`-separated below the folder, and what is to be in it. */
export interface Draft {
  readonly target: string;
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether it has nothing to say any more and may be removed once the batch is written. */
  readonly isEmpty?: boolean;
}

/** The files of a batch, written beside those that they are to replace. */
export class Stage {
  readonly changes: Change[] = [];
  readonly emptied: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The files of the folder as they will be. */
  view(): BatchView {
    return viewOf(this.#root, this.changes);
  }

  async put({ target, content, isEmpty = false }: Draft): Promise<Change> {
    const folder = dirname(target);
    await makeFolder(join(this.#root, folder));
    const name = await writeTemporary(join(this.#root, folder), content);
    const change = { temporary: folder === "." ? name : `${folder}/${name}`, target };
    this.changes.push(change);
    if (isEmpty) this.emptied.push(target);
    return change;
  }

  /** Puts all drafts, some at once; they get their names in the order of the drafts. */
  async putAll(drafts: readonly Draft[]): Promise<void> {
    const inOrder = await mapBounded(drafts, FILES_AT_ONCE, (draft) => this.put(draft));
    this.changes.splice(0, this.changes.length, ...inOrder);
  }
}

/**
 * Writes files into a folder, one batch at a time, under a lock of the folder's own: a run that has locked the usage
 * beside it can still write averages. What a killed writer began is finished or removed first.
 */
export class FolderWriter {
  readonly #root: string;
  readonly #subfolders: () => Promise<readonly string[]>;
  readonly #lockWaitMs: number;
  readonly #turns = new LockedTurns<Release>((release) => release());

  /** @param subfolders Those below `root` that files are written to. */
  constructor(
    root: string,
    { lockWaitMs = 10_000 }: FolderWriterOptions,
    subfolders: () => Promise<readonly string[]> = async () => [],
  ) {
    this.#root = root;
    this.#subfolders = subfolders;
    this.#lockWaitMs = lockWaitMs;
  }

  /** Replaces files by those that `plan`, which is called under the lock, puts on the stage: all of them or none. */
  write(plan: (stage: Stage) => Promise<void>, signal?: AbortSignal): Promise<void> {
    return this.change(async () => {
      const stage = new Stage(this.#root);
      try {
        await plan(stage);
        await assertApart(this.#root, stage.changes);
        signal?.throwIfAborted();
      } catch (error) {
        await discard(this.#root, stage.changes);
        throw error;
      }
      if (stage.changes.length > 0) await commit(this.#root, stage.changes);
      // They say nothing, so that a crash before they are gone does no harm. Those written last first.
      for (const target of stage.emptied.reverse()) await removeFile(join(this.#root, target));
    }, signal);
  }

  /** Does `work` under the lock, in the order of the calls: the lock that is held, or one for this work. */
  change(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    return this.#turns.inTurn(async (held) => {
      signal?.throwIfAborted();
      const borrowed = held === undefined ? await this.#lock(this.#lockWaitMs, signal) : undefined;
      try {
        await this.#cleanUp();
        await work();
      } finally {
        borrowed?.();
      }
    });
  }

  /** Locks the folder until what it gives is called; `store-locked` at once if somebody else has. */
  hold(): Promise<() => Promise<void>> {
    return this.#turns.hold(async () => {
      const lock = await this.#lock(0);
      try {
        await this.#cleanUp();
      } catch (error) {
        lock();
        throw error;
      }
      return lock;
    });
  }

  /** When all that was asked for is done, or has failed; a lock that is held is given back. */
  close(): Promise<void> {
    return this.#turns.close();
  }

  async #lock(waitMs: number, signal?: AbortSignal): Promise<Release> {
    await makeFolder(this.#root);
    return lockFolder(this.#root, waitMs, signal);
  }

  async #cleanUp(): Promise<void> {
    await recover(this.#root);
    await sweep(this.#root, await this.#subfolders());
  }
}

/** The names of the documents in a folder, without `.json`; anything else there is ignored, and so is what is hidden. */
export async function documentsIn(folder: string): Promise<string[]> {
  const names = await listIfThere(folder);
  return names
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .map((name) => name.slice(0, -".json".length));
}
