import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { UsageStore } from "ada-carbon";
import { averageStoreSuite, usageStoreSuite, workspaceStoreSuite } from "ada-carbon/testing";
import { describe, expect, it, test } from "vitest";
import { expectCompiles } from "./support/compile.js";

// docs/adapters.md: its adapter compiles and passes the suite, and its tables name the suites' tests.

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "test/.artifacts/adapters-doc");
const page = readFileSync(join(root, "docs/adapters.md"), "utf8");
const adapter = /^```ts\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "adapter.ts"), adapter);

type Value = { value: string; version: number };
const { keyValueUsageStore }: { keyValueUsageStore: (db: object) => UsageStore } = await import(
  /* @vite-ignore */ pathToFileURL(join(folder, "adapter.ts")).href
);

/** Keys and values somewhere else: every answer takes a moment, and another writer may be faster. */
function remoteKeyValue(): object {
  const values = new Map<string, Value>();
  // Never the same twice, not even for a key that was forgotten in between.
  let version = 0;
  const answer = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => setImmediate(() => resolve(work())));
  return {
    get: (key: string) => answer(() => values.get(key)),
    put: (key: string, value: string | undefined, ifVersion: number | undefined) =>
      answer(() => {
        if (values.get(key)?.version !== ifVersion) return false;
        if (value === undefined) values.delete(key);
        else values.set(key, { value, version: ++version });
        return true;
      }),
    keys: (prefix: string) => answer(() => [...values.keys()].filter((key) => key.startsWith(prefix))),
  };
}

describe("the worked adapter", () => {
  usageStoreSuite(test, async () => {
    const db = remoteKeyValue();
    const open = (): UsageStore => keyValueUsageStore(db);
    return { store: open(), another: async () => open(), cleanUp: async () => {} };
  });

  it("is shorter than 95 lines, and compiles", () => {
    const start = adapter.indexOf("/** What is asked of the storage");
    expect(adapter.slice(start).trim().split("\n").length).toBeLessThan(95);
    expectCompiles(root, folder);
  }, 120_000);
});

describe("the contract tables", () => {
  const never = async (): Promise<never> => {
    throw new Error("only the names are wanted");
  };
  const suites = {
    UsageStore: usageStoreSuite(() => {}, never, { lock: true }),
    AverageStore: averageStoreSuite(() => {}, never),
    WorkspaceStore: workspaceStoreSuite(() => {}, never),
  };

  it.each(Object.entries(suites))("of %s name every test of its suite, and no other", (port, names) => {
    const section = page.split(/^## /m).find((each) => each.split("\n")[0]?.endsWith(port)) ?? "";
    const cells = section.split("\n").flatMap((line) => /^\|.*\| (`.*`) \|$/.exec(line)?.[1] ?? []);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(new Set(named)).toEqual(new Set(names));
  });
});
