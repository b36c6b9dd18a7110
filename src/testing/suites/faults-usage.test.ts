import { describe, expect, it } from "vitest";
import { breathe, failures, rowsOf, type Wrap } from "../../../test/support/faulty-stores.js";
import { memoryUsageStore } from "../../stores/memory/index.js";
import type { UsageStore } from "../../stores/usage-store.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { mergeSeries, pickRows, type UsageSeries } from "../../usage/series.js";
import { usageStoreSuite } from "./index.js";

const usageFaults: Record<string, [Wrap<UsageStore>, string]> = {
  "adds instead of replacing": [
    (store) => ({
      async replace(batch, options) {
        const old = await Promise.all(batch.map((s) => store.read(s.scope, { from: 0, to: 1e14 })));
        await store.replace(batch, options);
        await store.replace(
          batch.map((series, i) => {
            const kwh = old[i]?.busyKwh ?? [];
            return {
              ...series,
              busyKwh: series.busyKwh.map((value, k) => value + (kwh[k] ?? 0)),
            };
          }),
        );
      },
    }),
    "replaces, and does not add",
  ],
  "forgets the other hours": [
    (store) => {
      const last = new Map<string, UsageSeries>();
      return {
        async replace(batch, options) {
          await store.replace(batch, options);
          for (const series of batch) last.set(JSON.stringify(series.scope), series);
        },
        read: async (scope, interval, options) => {
          const stored = await store.read(scope, interval, options);
          const kept = new Set<number>(last.get(JSON.stringify(scope))?.hours);
          return pickRows(
            stored,
            [...stored.hours.keys()].filter((i) => kept.has(stored.hours[i] ?? Number.NaN)),
          );
        },
      };
    },
    "an overlap replaces the hours given and keeps the others",
  ],
  "takes intervals as closed": [
    (store) => ({
      read: (scope, { from, to }, options) => store.read(scope, { from, to: to + 1 }, options),
    }),
    "an interval is half-open: it has its start and not its end",
  ],
  "takes a missing number for zero": [
    (store) => ({
      async read(scope, interval, options) {
        const series = await store.read(scope, interval, options);
        return {
          ...series,
          idleGco2eq: series.idleGco2eq.map((value) => (Number.isNaN(value) ? 0 : value)),
        };
      },
    }),
    "missing is not zero",
  ],
  "keeps fifteen digits": [
    (store) => ({
      async read(scope, interval, options) {
        const series = await store.read(scope, interval, options);
        return {
          ...series,
          busyKwh: series.busyKwh.map((value) => Number(value.toPrecision(15))),
        };
      },
    }),
    "keeps doubles as they are",
  ],
  "has one provenance a scope": [
    (store) => ({
      async read(scope, interval, options) {
        const series = await store.read(scope, interval, options);
        return {
          ...series,
          provenance: series.provenance.map((each, _, all) => all[0] ?? each),
        };
      },
    }),
    "keeps the provenance of every hour",
  ],
  "forgets what was spread": [
    (store) => ({
      async read(scope, interval, options) {
        const series = await store.read(scope, interval, options);
        return { ...series, provenance: series.provenance.map(({ spread: _, ...others }) => others) };
      },
    }),
    "keeps spread, unsettled and scrapes in every combination",
  ],
  "keeps that an hour was unsettled": [
    (store) => {
      const unsettled = new Set<number>();
      return {
        async replace(batch, options) {
          await store.replace(batch, options);
          for (const { hours, provenance } of batch) {
            for (const [i, hour] of hours.entries()) if (provenance[i]?.unsettled) unsettled.add(hour);
          }
        },
        async read(scope, interval, options) {
          const series = await store.read(scope, interval, options);
          const provenance = series.provenance.map((each, i) =>
            unsettled.has(series.hours[i] ?? Number.NaN) ? { ...each, unsettled: true as const } : each,
          );
          return { ...series, provenance };
        },
      };
    },
    "replaces rows that have spread, unsettled and scrapes by rows that have none, and back",
  ],
  "has a member for what is absent": [
    (store) => ({
      async read(scope, interval, options) {
        const series = await store.read(scope, interval, options);
        // Types would refuse it.
        const absent = { scrapes: undefined } as object;
        return { ...series, provenance: series.provenance.map((each) => ({ ...absent, ...each })) };
      },
    }),
    "keeps spread, unsettled and scrapes in every combination",
  ],
  ...Object.fromEntries(
    Object.entries<[(name: string) => string, string]>({
      "trims names": [
        (name) => name.trim() || "blank",
        "keeps hostile names of kind user apart and as they are",
      ],
      "folds case": [
        (name) => name.toLowerCase(),
        "keeps hostile names of kind project apart and as they are",
      ],
      "drops NUL": [
        (name) => name.replaceAll("\0", "") || "nul",
        "keeps hostile names of kind user apart and as they are",
      ],
      "normalises names": [
        (name) => name.normalize("NFC"),
        "keeps hostile names of kind user apart and as they are",
      ],
      "cuts names": [(name) => name.slice(0, 255), "keeps hostile names of kind user apart and as they are"],
    }).map(([what, [change, test]]): [string, [Wrap<UsageStore>, string]] => [
      what,
      [
        (store) => ({
          read: async (scope, interval, options) => ({
            ...(await store.read({ ...scope, name: change(scope.name) }, interval, options)),
            scope,
          }),
          replace: (batch, options) =>
            store.replace(
              batch.map((s) => ({
                ...s,
                scope: { ...s.scope, name: change(s.scope.name) },
              })),
              options,
            ),
        }),
        test,
      ],
    ]),
  ),
  "writes what came before the fault": [
    (store) => ({
      async replace(batch, options) {
        for (const series of batch) await store.replace([series], options);
      },
    }),
    "refuses infinite and negative numbers, and writes nothing of the call",
  ],
  "writes row by row": [
    (store) => ({
      async replace(batch, options) {
        const rows = batch.flatMap(rowsOf);
        await store.replace(rows.slice(0, 1), options);
        for (const row of rows) {
          if (row.hours[0] !== undefined && row.hours[0] % 8 === 0) await breathe();
          await store.replace([row]);
        }
      },
    }),
    "a reader during a write sees each scope before or after, in the order given",
  ],
  "shows the last scope first": [
    (store) => ({
      async replace(batch, options) {
        await store.replace([], options);
        for (const series of [...batch].reverse()) {
          await breathe();
          await store.replace([series]);
        }
      },
    }),
    "a reader on another handle never sees a mixture either",
  ],
  "loses one of two writes": [
    (store) => ({
      async replace(batch, options) {
        await store.replace([], options);
        for (const series of batch) {
          const stored = await store.read(series.scope, { from: 0, to: 1e14 });
          await breathe(2);
          const lost = await store.read(series.scope, { from: 0, to: 1e14 });
          // What was not there when it was read is blanked out by the writing back.
          const written = new Set<number>([...stored.hours, ...series.hours]);
          const others = [...lost.hours.keys()].filter((i) => !written.has(lost.hours[i] ?? Number.NaN));
          const blank = pickRows(lost, others);
          await store.replace([mergeSeries({ ...blank, busyKwh: blank.busyKwh.fill(0) }, series)]);
        }
      },
    }),
    "two writers at once, on different hours, lose nothing",
  ],
  "rejects an aborted call with an error of its own": [
    (store) => ({
      async read(scope, interval, options) {
        if (options?.signal?.aborted) throw new AdaCarbonError("timeout", "aborted");
        return store.read(scope, interval, options);
      },
    }),
    "an aborted call rejects with the signal's own reason",
  ],
  "sorts scopes by locale": [
    (store) => ({
      scopes: async (kind, options) =>
        (await store.scopes(kind, options)).sort((a, b) => a.name.localeCompare(b.name)),
    }),
    "lists scopes that have rows, by code unit",
  ],
};

describe("usageStoreSuite", () => {
  it("passes a store without faults", async () => {
    expect(await failures(usageStoreSuite, memoryUsageStore, () => ({}))).toEqual([]);
  });
  it.each(Object.entries(usageFaults))("finds a store that %s", async (_, [fault, test]) => {
    expect(await failures(usageStoreSuite, memoryUsageStore, fault, test)).toEqual([test]);
  });
});

describe("a store that stays open", () => {
  it("is found", async () => {
    const tests: [string, () => Promise<void>][] = [];
    usageStoreSuite(
      (name, body) => tests.push([name, body]),
      async () => ({
        store: { ...memoryUsageStore(), close: async () => {} },
        cleanUp: async () => {},
      }),
      { concurrentHandles: false },
    );
    const failed: string[] = [];
    for (const [name, body] of tests) await body().catch(() => failed.push(name));
    expect(failed).toEqual(["use after close is store-closed"]);
  });
});
