import { memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { trackWorkspaces, type WorkspaceTracker } from "ada-carbon/workspaces";
import type { WorkspaceSession, WorkspaceStore } from "../src/stores/workspace-store.js";

// A Prometheus with many hosts over ten sites, for measuring what a poll of them costs.

const START = Date.UTC(2025, 8, 10, 12);
const SITES = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`site-${i}`, [`Project${i}`]]));
const MINUTE_MS = 60_000;

/** Answers as a Prometheus with so many hosts would; `now` is in the scrapes and the loads. */
export class ManyHosts {
  now: number = START;
  /** Queries since it was prepared. */
  requests = 0;
  /** The replies of a poll. */
  bodies: readonly string[] = [];
  #bytes: readonly Uint8Array<ArrayBuffer>[] = [];
  readonly #hosts: number;

  constructor(hosts: number) {
    this.#hosts = hosts;
    this.#prepare();
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

  /** A minute later. Replies are made beforehand, so that only the poll is measured. */
  tick(): void {
    this.now += MINUTE_MS;
    this.#prepare();
  }

  #prepare(): void {
    this.requests = 0;
    const scraped = String(this.now / 1000 - 7);
    this.bodies = [
      this.#body([
        ["seen", scraped],
        // As good as never do two boot at the same second.
        ["boot", (i) => String(START / 1000 - 86_400 - i)],
        ["memory", "0.4375218"],
      ]),
      this.#body([
        ["cpus", "8"],
        ["span", "120"],
        ["busy", "82.19999999925494"],
        ["idle", "877.8000000044703"],
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

  #body(facts: readonly [string, string | ((host: number) => string)][]): string {
    const result = facts.flatMap(([fact, value]) =>
      Array.from({ length: this.#hosts }, (_, i) => {
        const key = {
          cloud_project_name: `Project${i % 10}`,
          instance: `host-172-16-${Math.floor(i / 250)}-${i % 250}.nubes.stfc.ac.uk:9100`,
        };
        const names = { machine_name: "Artemis (Matlab)", user: `aa${100_000 + i}` };
        const metric = fact === "seen" ? { ...key, ...names, fact } : { ...key, fact };
        return { metric, value: [this.now / 1000, typeof value === "string" ? value : value(i)] };
      }),
    );
    return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
  }
}

/** A store without checks and copies: what a poll costs by itself. */
export function bareStore(): WorkspaceStore {
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
