import { type HostCounters, hostKey } from "./counters.js";
import { type HostLoad, loadOfGain, roughLoadOfGain } from "./load.js";
import { loadOfCounters, type Unmeasured } from "./scrapes.js";
import type { TableHost } from "./table.js";

/** A boot so much before the first of two scrapes is one before them, whatever the clocks say. */
const CLOCK_MS = 10_000;

/** What is known of the load of each host, and of whom more has to be asked. */
export class HostLoads {
  /** By the row of the host. */
  readonly #loads: (HostLoad | undefined)[] = [];
  readonly #unmeasured = new Map<TableHost, Unmeasured>();
  readonly #rough: TableHost[] = [];
  /** Hosts whose sums do not say what they do. */
  readonly doubtful: readonly TableHost[];

  constructor(hosts: readonly TableHost[]) {
    const doubtful: TableHost[] = [];
    for (const host of hosts) {
      const load = hasBootedInSpan(host) ? undefined : loadOfGain(host);
      this.#loads[host.row] = load;
      if (load === undefined && host.cpus > 0) doubtful.push(host);
    }
    this.doubtful = doubtful;
  }

  /** Measures the doubtful hosts by their counters, as far as these have been read. */
  measure(counters: ReadonlyMap<string, HostCounters>, sinceOf: (host: TableHost) => number): void {
    for (const host of this.doubtful) {
      const ofHost = counters.get(hostKey(host.project, host.instance));
      if (ofHost === undefined) this.#takeRough(host);
      else {
        const bootedAt = host.bootedAt !== null && host.bootedAt <= host.seenAt ? host.bootedAt : null;
        const load = loadOfCounters(ofHost, { since: sinceOf(host), bootedAt });
        if (typeof load === "string") this.#unmeasured.set(host, load);
        else this.#loads[host.row] = load;
      }
    }
  }

  #takeRough(host: TableHost): void {
    const load = hasBootedInSpan(host) ? undefined : roughLoadOfGain(host);
    if (load !== undefined) {
      this.#loads[host.row] = load;
      this.#rough.push(host);
    } else this.#unmeasured.set(host, hasNoSpan(host) ? "too few scrapes" : "impossible");
  }

  of(host: TableHost): HostLoad | undefined {
    return this.#loads[host.row];
  }

  get unmeasured(): ReadonlyMap<TableHost, Unmeasured> {
    return this.#unmeasured;
  }

  /** Hosts that were too many to be looked at, and are a little off. */
  get rough(): readonly TableHost[] {
    return this.#rough;
  }
}

/** Whether a host has no two scrapes that the load query could tell apart. */
export function hasNoSpan({ spanSeconds }: TableHost): boolean {
  return !(spanSeconds > 0);
}

function hasBootedInSpan({ bootedAt, seenAt, spanSeconds }: TableHost): boolean {
  return bootedAt !== null && bootedAt > seenAt - spanSeconds * 1000 - CLOCK_MS;
}
