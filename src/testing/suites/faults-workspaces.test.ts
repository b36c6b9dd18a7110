import { describe, expect, it } from "vitest";
import { breathe, failures, type Wrap } from "../../../test/support/faulty-stores.js";
import { memoryWorkspaceStore } from "../../stores/memory/index.js";
import type { WorkspaceStore } from "../../stores/workspace-store.js";
import { workspaceStoreSuite } from "./index.js";

const workspaceFaults: Record<string, [Wrap<WorkspaceStore>, string]> = {
  "forgets the hours of sessions": [
    (store) => ({
      save: (sessions, options) =>
        store.save(
          sessions.map(({ hours: _, ...rest }) => rest),
          options,
        ),
    }),
    "keeps the hours of sessions as they are, of those that go on and of those that are over",
  ],
  "has everybody's sessions where some are asked for": [
    (store) => ({ active: (site, { signal } = {}) => store.active(site, { signal }) }),
    "has the active sessions of some users alone",
  ],
  "forgets sessions that are over": [
    (store) => ({
      sessions: async (site, interval, options) =>
        (await store.sessions(site, interval, options)).filter((session) => session.endedAt === null),
    }),
    "a session that is over is kept, and no longer active",
  ],
  "ends sessions again": [
    (store) => ({
      async end(ids, at, options) {
        await store.end(ids, at, options);
        const sessions = await store.sessions("isis", { from: 0, to: 1e14 });
        await store.save(
          sessions
            .filter((s) => ids.includes(s.id))
            .map((s) => ({ ...s, endedAt: Math.max(at, s.startedAt) })),
        );
      },
    }),
    "a session that is over is not ended again",
  ],
  "takes intervals as closed": [
    (store) => ({
      sessions: (site, { from, to }, options) => store.sessions(site, { from, to: to + 1 }, options),
    }),
    "sessions and intervals are half-open",
  ],
  "counts sessions of all sites": [
    (store) => ({
      async totals(site, interval, options) {
        const [own, other] = [
          await store.totals(site, interval, options),
          await store.totals("clf", interval),
        ];
        return site === "clf" ? own : { ...own, busyKwh: own.busyKwh + other.busyKwh };
      },
    }),
    "totals are sums over whole sessions",
  ],
  "shows a session nowhere while it ends": [
    (store) => ({
      async save(sessions, options) {
        await store.save([], options);
        const over = sessions.filter((session) => session.endedAt !== null);
        await store.save(over.map((session) => ({ ...session, site: "nowhere" })));
        await breathe();
        await store.save(sessions, options);
      },
    }),
    "a reader during a write sees each session before or after",
  ],
};
describe("workspaceStoreSuite", () => {
  it("says which session a store should have refused", async () => {
    const tests = new Map<string, () => Promise<void>>();
    workspaceStoreSuite(
      (name, body) => tests.set(name, body),
      async () => {
        const store = memoryWorkspaceStore();
        const takesAll = { ...store, save: async () => {} };
        return { store: takesAll, another: async () => store, cleanUp: async () => {} };
      },
    );
    const body = tests.get(
      "refuses numbers that are not finite, or negative, and writes nothing of the call",
    );
    await expect(body?.()).rejects.toThrow(/^\{"runtimeSeconds":"NaN"\}: should be refused with bad-input/);
  });

  it("passes a store without faults", async () => {
    expect(await failures(workspaceStoreSuite, memoryWorkspaceStore, () => ({}))).toEqual([]);
  });
  it.each(Object.entries(workspaceFaults))("finds a store that %s", async (_, [fault, test]) => {
    expect(await failures(workspaceStoreSuite, memoryWorkspaceStore, fault, test)).toEqual([test]);
  });
});
