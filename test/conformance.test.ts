import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "ada-carbon/files";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import {
  averageStoreSuite,
  type StoreFactory,
  usageStoreSuite,
  workspaceStoreSuite,
} from "ada-carbon/testing";
import { describe, it } from "vitest";
import { conforms } from "./conformance.js";

// The published suites over the adapters that need no server. Those with an engine have files of their own.

/** A store that is gone when it is closed. */
function inMemory<Store>(make: () => Store): StoreFactory<Store> {
  return async () => ({ store: make(), cleanUp: async () => {} });
}

const ONE_HANDLE = { concurrentHandles: false };

conforms("memory", (test) => {
  usageStoreSuite(test("usage"), inMemory(memoryUsageStore), ONE_HANDLE);
  averageStoreSuite(test("averages"), inMemory(memoryAverageStore), ONE_HANDLE);
  workspaceStoreSuite(test("workspaces"), inMemory(memoryWorkspaceStore), ONE_HANDLE);
});

/** A store in a folder of its own. */
function inFolder<Store>(make: (folder: string) => Store): StoreFactory<Store> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "ada-carbon-conformance-"));
    return {
      store: make(folder),
      another: async () => make(folder),
      cleanUp: () => rm(folder, { recursive: true }),
    };
  };
}

conforms("files", (test) => {
  usageStoreSuite(test("usage"), inFolder(fileUsageStore), { lock: true });
  averageStoreSuite(test("averages"), inFolder(fileAverageStore));
  workspaceStoreSuite(test("workspaces"), inFolder(fileWorkspaceStore));
});

describe("a folder whose months are in many tables", () => {
  const manyTables = (folder: string) => fileUsageStore(folder, { rowsPerTable: 3 });
  usageStoreSuite(it, inFolder(manyTables), { lock: true });
});
