import type * as FsPromises from "node:fs/promises";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sampleSession } from "../../testing/suites/index.js";
import type { WorkspaceSession } from "../workspace-store.js";
import { fileWorkspaceStore } from "./index.js";

/** How many documents are still put into place before the disk fails; the lock is no document. */
let renamesLeft = Number.POSITIVE_INFINITY;

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof FsPromises>();
  return {
    ...real,
    rename: async (from: string, to: string) => {
      const document = to.endsWith(".json") || basename(to) === ".ada-carbon.journal";
      if (document && renamesLeft-- <= 0) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      await real.rename(from, to);
    },
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-workspaces-crash-"));
});
afterEach(() => rm(folder, { recursive: true }));

const EVER = { from: 0, to: Date.UTC(2100, 0, 1) };
const END = Date.UTC(2025, 5, 1);
const session = (id: string, change: Partial<WorkspaceSession>): WorkspaceSession =>
  sampleSession(id, 1, { site: "isis", ...change });

const BEFORE = [
  session("ends", {}),
  session("goes on", { endedAt: END }),
  session("is corrected", { endedAt: END }),
];
const AFTER = [
  session("ends", { endedAt: END }),
  session("goes on", {}),
  session("is corrected", { endedAt: Date.UTC(2025, 7, 1) }),
];

it("a write that stops at any step loses no session, and the next write finishes it", async () => {
  const outcomes = new Set<string>();
  for (let step = 0; step <= 6; step++) {
    const root = join(folder, String(step));
    await fileWorkspaceStore(root).save(BEFORE);
    renamesLeft = step;
    const failed = await fileWorkspaceStore(root)
      .save(AFTER)
      .then(
        () => false,
        () => true,
      );
    renamesLeft = Number.POSITIVE_INFINITY;

    const store = fileWorkspaceStore(root);
    const seen = await store.sessions("isis", EVER);
    expect(seen.map(({ id }) => id)).toEqual(["ends", "goes on", "is corrected"]);
    for (const [i, each] of seen.entries()) expect([BEFORE[i], AFTER[i]]).toContainEqual(each);

    await store.save([session("next", { startedAt: END })]);
    const [ends, goesOn, corrected, next] = await store.sessions("isis", EVER);
    expect(next?.id).toBe("next");
    const finished = ends?.endedAt !== null;
    expect([ends, goesOn, corrected]).toEqual(finished ? AFTER : BEFORE);
    expect(
      (await readdir(root, { recursive: true })).filter((name) =>
        /(^|\/)\.(?!ada-carbon\.(lock|journal)$)/.test(name),
      ),
    ).toEqual([]);
    outcomes.add(`${failed ? "failed" : "done"}, ${finished ? "after" : "before"}`);
  }
  expect(outcomes).toEqual(new Set(["failed, before", "failed, after", "done, after"]));
});
