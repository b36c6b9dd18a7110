import { join } from "node:path";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { closing } from "../kit/closing.js";
import { OpenGuard } from "../kit/open-guard.js";
import { oneFile } from "./apart.js";
import { formatAverages, parseAverages } from "./average-document.js";
import { corrupt, readJson } from "./document.js";
import {
  checkedFolder,
  documentsIn,
  FolderWriter,
  type FolderWriterOptions,
  WRITER_OPTIONS,
} from "./folder-writer.js";
import { isThere, listIfThere, mapBounded, syncFolder } from "./io.js";
import { type BatchView, readBetweenBatches, removeFile } from "./journal.js";
import { encodeName } from "./names.js";

const FILES_AT_ONCE = 8;

/** An {@link AverageStore} that is a folder of JSON documents. */
export interface FileAverageStore extends AverageStore, AsyncDisposable {
  /** Absolute path of a machine's document, whether it is there or not. */
  pathOf(machine: string): string;
}

/**
 * Keeps machine averages as one running-average document a machine: `<folder>/averages/<machine>.json`, the
 * name percent-encoded. It has the source documents' shape, and the exact sums in one more member,
 * `ada_carbon`. A document without that member, from another tool, is read as its averages times its points.
 *
 * Rejects with `store-corrupt` for a document that is not what it should be, which is left as it is;
 * `store-unavailable` if the folder cannot be read or written; `store-locked` if another writer does not
 * finish. `averages` has a lock of its own, apart from that of the usage in the same folder.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileAverageStore } from "ada-carbon/files";
 *
 * const store = fileAverageStore(join(tmpdir(), "no-averages-yet"));
 * assert.equal(await store.get("Artemis (Matlab)"), undefined);
 * assert.match(store.pathOf("Artemis (Matlab)"), /averages.Artemis%20\(Matlab\)\.json$/);
 */
export function fileAverageStore(folder: string, options: FolderWriterOptions = {}): FileAverageStore {
  const root = join(checkedFolder("fileAverageStore", folder, options, WRITER_OPTIONS), "averages");
  const open = new OpenGuard(`the averages in ${root}`);
  const writer = new FolderWriter(root, options);
  const pathOf = (machine: string): string => join(root, fileOf(machine));

  return {
    pathOf,

    ...averageCalls(open, {
      async get(machine, signal) {
        const found = await readLast(root, fileOf(machine), signal);
        return found?.machine === machine ? found : undefined;
      },

      async put(averages, signal) {
        // Formatted now: later the caller may have changed them.
        const drafts = averages.map((machineAverages) => ({
          target: fileOf(machineAverages.machine),
          content: formatAverages(machineAverages),
        }));
        const machines = averages.map(({ machine }) => machine);
        await writer.write(async (stage) => {
          await mapBounded(machines, FILES_AT_ONCE, (machine) => assertFree(root, machine, signal));
          await stage.putAll(drafts);
        }, signal);
      },

      async names(signal) {
        const found = await readBetweenBatches(root, async (view) => {
          const files = new Set([...(await documentsIn(root)), ...view.comingIn(".")]);
          return mapBounded([...files], FILES_AT_ONCE, (file) => read(view, `${file}.json`, signal));
        });
        return found.flatMap((averages) => averages?.machine ?? []);
      },

      async remove(machines, signal) {
        const there = await mapBounded(machines, FILES_AT_ONCE, (machine) => isThere(pathOf(machine)));
        if (!there.includes(true)) return;
        await writer.change(async () => {
          for (const machine of machines) {
            signal?.throwIfAborted();
            // Where names that differ in case are one file, it may be another machine's.
            const stored = await readLast(root, fileOf(machine));
            if (stored?.machine === machine) await removeFile(pathOf(machine));
          }
          await syncFolder(root);
        }, signal);
      },
    }),

    ...closing(async () => {
      if (open.close()) await writer.close();
    }),
  };
}

function fileOf(machine: string): string {
  return `${encodeName(machine)}.json`;
}

/** Refuses to write over averages that cannot be read, or that are another machine's. */
async function assertFree(root: string, machine: string, signal?: AbortSignal): Promise<void> {
  const target = fileOf(machine);
  const stored = await readLast(root, target, signal);
  if (stored !== undefined && stored.machine !== machine) throw oneFile(root, target, fileOf(stored.machine));
}

function readLast(root: string, file: string, signal?: AbortSignal): Promise<MachineAverages | undefined> {
  return readBetweenBatches(root, (view) => read(view, file, signal));
}

/** The averages in a file, of whatever machine that may rightly be in it. */
async function read(
  view: BatchView,
  file: string,
  signal?: AbortSignal,
): Promise<MachineAverages | undefined> {
  for (const path of view.pathsOf(file)) {
    const value = await readJson(path, signal);
    if (value === undefined) continue;
    const averages = parseAverages(value, path);
    const belongs = fileOf(averages.machine);
    if (belongs === file) return averages;
    // Where Bob.json and bob.json are one file, the folder lists it under the name it was made with.
    if (!(await listIfThere(view.root)).includes(file)) return averages;
    throw corrupt(path, `it holds the averages of ${averages.machine}, which belong into ${belongs}`);
  }
  return undefined;
}
