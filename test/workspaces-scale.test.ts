import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { trackWorkspaces, type WorkspaceTracker } from "ada-carbon/workspaces";
import { describe, expect, it } from "vitest";
import type { WorkspaceSession, WorkspaceStore } from "../src/stores/workspace-store.js";

// 10,000 hosts over 10 sites: requests, CPU time beside JSON.parse of the same replies, memory.

const T = Date.UTC(2025, 8, 10, 12);
const SITES = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`site-${i}`, [`Project${i}`]]));

/** Answers as a Prometheus with so many hosts would; `now` is in the scrapes and the loads. */
class BigPrometheus {
  now = T;
  requests = 0;
  bodies: string[] = [];
  #bytes: Uint8Array<ArrayBuffer>[] = [];
  readonly #hosts: number;

  constructor(hosts: number) {
    this.#hosts = hosts;
  }

  tracker(store: WorkspaceStore): WorkspaceTracker {
    return trackWorkspaces({
      hosts: prometheusHostSource({ url: "http://prometheus.example", sites: SITES, fetch: this.fetch }),
      store,
      intensity: {
        id: "grid",
        hasActual: false,
        periods: async ({ from, to }) => [{ from, to, gco2eqPerKwh: 100, kind: "forecast", fetchedAt: from }],
      },
      clock: () => this.now,
    });
  }

  /** Bodies are made beforehand, so that only the poll is measured. */
  prepare(): void {
    const scraped = String(this.now / 1000 - 7);
    this.bodies = [
      this.#body([
        ["seen", scraped],
        ["boot", String(T / 1000 - 86_400)],
        ["memory", "0.4375218"],
      ]),
      this.#body([
        ["cores", "8"],
        ["idle", "7.3150000000000095"],
        ["total", "7.9980000000000024"],
      ]),
    ];
    this.#bytes = this.bodies.map((body) => new TextEncoder().encode(body));
  }

  readonly fetch: typeof fetch = async (input) => {
    this.requests += 1;
    const query = new URLSearchParams(input instanceof Request ? await input.text() : "").get("query") ?? "";
    const body = query.includes('"seen"') ? this.#bytes[0] : this.#bytes[1];
    return new Response(body ?? null, { headers: { "content-type": "application/json" } });
  };

  #body(facts: readonly [string, string][]): string {
    const result = facts.flatMap(([fact, value]) =>
      Array.from({ length: this.#hosts }, (_, i) => {
        const key = {
          cloud_project_name: `Project${i % 10}`,
          instance: `host-172-16-${Math.floor(i / 250)}-${i % 250}.nubes.stfc.ac.uk:9100`,
        };
        const names = { machine_name: "Artemis (Matlab)", user: `aa${100_000 + i}` };
        const metric = fact === "seen" ? { ...key, ...names, fact } : { ...key, fact };
        return { metric, value: [this.now / 1000, value] };
      }),
    );
    return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
  }
}

/** A store without checks and copies: what a store costs is its own affair, and measured apart. */
function bareStore(): WorkspaceStore {
  let kept = new Map<string, WorkspaceSession[]>();
  return {
    ...memoryWorkspaceStore(),
    active: async (site) => kept.get(site) ?? [],
    sessions: async () => [],
    save: async (sessions) => {
      kept = Map.groupBy(sessions, ({ site }) => site);
    },
  };
}

function cpuMs(from?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

describe("10,000 hosts over 10 sites", { timeout: 120_000 }, () => {
  const measure = async (store: WorkspaceStore): Promise<{ poll: number; parse: number }> => {
    const prometheus = new BigPrometheus(10_000);
    const tracker = prometheus.tracker(store);
    const polls: number[] = [];
    const parses: number[] = [];
    for (let tick = 0; tick < 12; tick++) {
      prometheus.now = T + tick * 60_000;
      prometheus.prepare();
      prometheus.requests = 0;
      collectGarbage();
      const beforePoll = process.cpuUsage();
      const report = await tracker.poll();
      polls.push(cpuMs(beforePoll));
      expect(report).toMatchObject({ hosts: 10_000, opened: tick === 0 ? 10_000 : 0, warnings: [] });
      expect(prometheus.requests).toBe(2);
      collectGarbage();
      const beforeParse = process.cpuUsage();
      for (const body of prometheus.bodies) JSON.parse(body);
      parses.push(cpuMs(beforeParse));
    }
    return { poll: median(polls.slice(2)), parse: median(parses.slice(2)) };
  };

  it("take two requests, and little more CPU time than JSON.parse of the replies", async () => {
    const bare = await measure(bareStore());
    const kept = await measure(memoryWorkspaceStore());
    const text = ({ poll, parse }: typeof bare): string =>
      `${poll.toFixed(0)} ms CPU, JSON.parse ${parse.toFixed(0)} ms, ratio ${(poll / parse).toFixed(2)}`;
    console.info(`10,000 hosts: a poll ${text(bare)}; with the memory store ${text(kept)}`);
    // The goal is 3; 2.9 is measured outside of vitest, and the rest is for a machine that runs other tests.
    expect(bare.poll / bare.parse).toBeLessThan(5);
  });

  it("hold no more memory after many polls", async () => {
    const prometheus = new BigPrometheus(20);
    const tracker = prometheus.tracker(memoryWorkspaceStore());
    const stop = new AbortController();
    const poll = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) {
        prometheus.now += 60_000;
        prometheus.prepare();
        await tracker.poll(stop.signal);
        // What is only weakly held is let go of between tasks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    // A leak grows in every stretch of polls; what V8 keeps of its own, code for one, only in some.
    const stretches: number[] = [];
    let before = await poll(500);
    for (let stretch = 0; stretch < 5; stretch++) {
      const after = await poll(1900);
      stretches.push(after - before);
      before = after;
    }
    const growths = stretches.map((bytes) => (bytes / 1e6).toFixed(2)).join(", ");
    console.info(`10,000 polls of 20 hosts: heap ${growths} MB more in each 1,900`);
    // 20 sessions of a poll, kept, would be 1,900 x 20 x some 500 bytes: 19 MB.
    expect(Math.min(...stretches)).toBeLessThan(0.4e6);
    expect(median(stretches)).toBeLessThan(1e6);
  });
});
