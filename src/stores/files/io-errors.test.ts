import fsp from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { marked, sampleHours } from "../../testing/suites/samples.js";
import { sampleSession } from "../../testing/suites/session-samples.js";
import type { Scope } from "../../usage/scope.js";
import { ADA } from "../../usage/scope.js";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "./index.js";
import { unavailable } from "./io.js";

// An operation of the file system fails in the middle of a batch, as on a flaky disk or a network file system that went
// away: readers see the batch before or after, and the error says where and why.

const SCOPES: readonly Scope[] = [{ kind: "user", name: "amara" }, ADA];
const EVER = { from: 0, to: Date.UTC(2100, 0, 1) };
const CHANGES = ["open", "rename", "rm", "mkdir", "lstat", "readdir"] as const;
const real = { ...fsp };

let folder: string;
beforeEach(async () => {
  folder = await real.mkdtemp(join(tmpdir(), "ada-carbon-io-"));
});
afterEach(async () => {
  mend();
  await real.rm(folder, { recursive: true });
});

function mend(): void {
  Object.assign(fsp, real);
  syncBuiltinESMExports();
}

/** From the n-th call on every operation that changes something fails, or only that one; says how many there were. */
function failing(name: string, fails: (call: number) => boolean): () => number {
  let calls = 0;
  const number = constants.errno[name as keyof typeof constants.errno];
  for (const operation of CHANGES) {
    const work = real[operation] as (...given: unknown[]) => Promise<unknown>;
    Object.assign(fsp, {
      [operation]: async (...given: unknown[]) => {
        if (fails(++calls)) {
          // What Node makes of an error that libuv has no name for.
          const unknown = name === "ESTALE";
          const code = unknown ? `Unknown system error -${number}` : name;
          const text = unknown ? `${code}: ${code}, ${operation}` : `${name}: it failed, ${operation}`;
          throw Object.assign(new Error(text), { errno: -number, code, syscall: operation });
        }
        return work(...given);
      },
    });
  }
  syncBuiltinESMExports();
  return () => calls;
}

/** The batch that a reader sees; throws if two are mixed. */
async function batchSeen(): Promise<number | undefined> {
  const store = fileUsageStore(folder);
  const seen = new Set<number | undefined>();
  for (const scope of SCOPES) {
    const series = await store.read(scope, EVER);
    if (series.hours.length === 0) seen.add(undefined);
    for (const value of series.busyKwh) seen.add(value);
  }
  expect(seen.size, `mixed: ${[...seen].join(", ")}`).toBe(1);
  return [...seen][0];
}

describe.each([
  ["ESTALE", /network file system/, "once"],
  ["EROFS", /read-only/, "for good"],
] as const)("%s at any operation of a batch", (name, words, howLong) => {
  const write = (value: number): Promise<void> =>
    fileUsageStore(folder).replace(SCOPES.map((scope) => marked(scope, sampleHours(3), value)));
  const works: [string, () => Promise<void>, number | undefined][] = [
    ["replacing", () => write(2), 2],
    ["removing", () => fileUsageStore(folder).remove(SCOPES, EVER), undefined],
  ];

  it.each(works)(
    "%s leaves a whole batch to readers, before the next write and after",
    async (_, work, after) => {
      await write(1);
      const count = failing(name, () => false);
      await work();
      const operations = count();
      mend();
      expect(operations).toBeGreaterThan(10);
      const seen = new Set<number | undefined>();
      for (let call = 1; call <= operations; call++) {
        await real.rm(folder, { recursive: true });
        await real.mkdir(folder);
        await write(1);
        failing(name, (each) => each === call || (howLong === "for good" && each > call));
        const error: unknown = await work().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        mend();
        if (error !== undefined) {
          expect(error).toMatchObject({ code: "store-unavailable" });
          const { message } = error as Error;
          expect(message).toContain(folder);
          expect(message).toMatch(words);
          expect(message).not.toMatch(/Unknown system error/);
        }
        const now = await batchSeen();
        seen.add(now);
        if (error === undefined) expect(now).toBe(after);
        // A later write of others neither loses nor mixes anything.
        await fileUsageStore(folder).replace([marked({ kind: "user", name: "next" }, sampleHours(1), 9)]);
        expect(await batchSeen()).toBe(now);
      }
      expect(seen).toEqual(new Set([1, after]));
    },
    120_000,
  );
});

it.each([
  ["EIO", /the disk or the network file system failed/],
  ["ESTALE", /the network file system has lost it/],
  ["EROFS", /read-only/],
  ["ENOSPC", /the disk is full/],
  ["EDQUOT", /quota/],
  ["ETIMEDOUT", /does not answer/],
])("%s is said in plain words, also where Node has no name for it", (name, words) => {
  const errno = -(constants.errno[name as keyof typeof constants.errno] ?? 0);
  const unknown = Object.assign(new Error(`Unknown system error ${errno}`), {
    errno,
    code: `Unknown system error ${errno}`,
  });
  for (const cause of [unknown, Object.assign(new Error(name), { errno, code: name })])
    expect(unavailable("write", "/a", cause).message).toMatch(words);
});

describe("a batch cut off in its renames", () => {
  /** Lets the renames of a write fail from the n-th on, as a kill would end them. */
  async function cutOff(work: () => Promise<void>, at: number): Promise<void> {
    let renames = 0;
    Object.assign(fsp, {
      rename: async (from: string, to: string) => {
        if (++renames >= at)
          throw Object.assign(new Error("EIO: cut off"), { code: "EIO", syscall: "rename" });
        return real.rename(from, to);
      },
    });
    syncBuiltinESMExports();
    await expect(work()).rejects.toMatchObject({ code: "store-unavailable" });
    mend();
  }

  it("of averages is seen whole, by name and in the list", async () => {
    const store = fileAverageStore(folder);
    const machines = ["A", "B", "C"].map((machine) => averages(machine, 1));
    await store.put(machines);
    const news = ["A", "B", "C", "D"].map((machine) => averages(machine, 2));
    // The first rename is that of the journal.
    await cutOff(() => store.put(news), 3);
    const reader = fileAverageStore(folder);
    expect(await reader.list()).toEqual(["A", "B", "C", "D"]);
    for (const each of news) expect(await reader.get(each.machine)).toEqual(each);
  });

  it("of sessions is seen whole", async () => {
    const [a, b] = [sampleSession("a", 1), sampleSession("b", 2, { site: "clf" })];
    await fileWorkspaceStore(folder).save([a, b]);
    const news = [a, b].map((session) => ({ ...session, busyKwh: 99 }));
    await cutOff(() => fileWorkspaceStore(folder).save(news), 3);
    const reader = fileWorkspaceStore(folder);
    const seen = [...(await reader.active("isis")), ...(await reader.active("clf"))];
    expect(seen.map(({ busyKwh }) => busyKwh)).toEqual([99, 99]);
  });
});

function averages(machine: string, value: number) {
  const sum = { sum: value, lost: 0 };
  return {
    ...{ machine, hours: value, weight: sum, hoursWithCarbon: value, weightWithCarbon: sum },
    ...{
      busyCpuSeconds: sum,
      idleCpuSeconds: sum,
      busyKwh: sum,
      idleKwh: sum,
      busyGco2eq: sum,
      idleGco2eq: sum,
    },
  };
}
