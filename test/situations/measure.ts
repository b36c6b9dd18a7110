import {
  ADA,
  ADA_MODES,
  type CpuHours,
  type CpuSource,
  DAY_MS,
  type Provenance,
  runSync,
  type Status,
  type SyncReport,
  type UsageSeries,
} from "ada-carbon";
import { isGap, numberAt as valueAt } from "ada-carbon/kit";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import type { IntensitySource } from "../../src/intensity/port.js";
import type { PowerModel } from "../../src/power/model.js";
import { perCore } from "../../src/power/per-core.js";
import type { UsageStore } from "../../src/stores/usage-store.js";
import { projectsOf, type Situation } from "./situation.js";

/** One row of the store. */
export interface StoredRow {
  readonly name: string;
  readonly hour: number;
  readonly busy: number;
  readonly idle: number;
  readonly coverage: number;
  readonly status: Status;
  readonly provenance: Provenance;
}

/** What one run of sync asked for, got and left behind. */
export interface RunOutcome {
  readonly now: number;
  /** What went wrong, if the run did not end. */
  readonly error?: string;
  readonly report?: SyncReport;
  /** The batches that the source gave. */
  readonly batches: readonly CpuHours[];
  /** Hours the source was asked for. */
  readonly asked: ReadonlySet<number>;
  readonly requests: number;
  readonly hosts: readonly StoredRow[];
  readonly projects: readonly StoredRow[];
  readonly ada: readonly StoredRow[];
  readonly users: readonly StoredRow[];
}

/** The library at work on one situation, as often as wanted; what it stored stays from run to run. */
export class Measurement {
  readonly #situation: Situation;
  readonly #url: () => string;
  readonly #store = memoryUsageStore();

  constructor(situation: Situation, url: () => string) {
    this.#situation = situation;
    this.#url = url;
  }

  /** Runs sync at an instant, UTC ms. */
  async run(now: number): Promise<RunOutcome> {
    const { interval, modes = ADA_MODES, tenures } = this.#situation;
    let requests = 0;
    const source = prometheusCpuSource({
      url: this.#url(),
      clock: () => now,
      fetch: (input, init) => {
        requests += 1;
        return fetch(input, init);
      },
      retries: 0,
      ...this.#situation.prometheus,
    });
    const [batches, asked] = [[] as CpuHours[], new Set<number>()];
    const power: PowerModel = { ...perCore(), modes };
    const outcome = await runSync({
      cpu: recorded(source, batches, asked),
      intensity: SETTLED_INTENSITY,
      store: this.#store,
      interval,
      projects: projectsOf(this.#situation),
      power,
      ...(tenures && {
        tenures: { source: { id: "tenures of the situation", tenures: async () => [...tenures] } },
      }),
      clock: () => now,
    }).then(
      (report) => ({ report }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    return {
      now,
      ...outcome,
      batches,
      asked,
      requests,
      hosts: await rowsOf(this.#store, "host", this.#situation),
      projects: await rowsOf(this.#store, "project", this.#situation),
      ada: await rowsOf(this.#store, "ada", this.#situation),
      users: await rowsOf(this.#store, "user", this.#situation),
    };
  }
}

/** Notes what a source is asked for and what it gives. */
function recorded(source: CpuSource, batches: CpuHours[], asked: Set<number>): CpuSource {
  return {
    ...source,
    async *cpuHours(request, options) {
      for (const hour of request.hours) asked.add(hour);
      for await (const batch of source.cpuHours(request, options)) {
        if (!isGap(batch)) batches.push(batch);
        yield batch;
      }
    },
  };
}

/** Carbon is no part of this. */
export const SETTLED_INTENSITY: IntensitySource = {
  id: "constant",
  hasActual: true,
  periods: async (wanted) => [
    { ...wanted, gco2eqPerKwh: 100, kind: "actual", fetchedAt: wanted.to + 20 * DAY_MS },
  ],
};

async function rowsOf(
  store: UsageStore,
  kind: "host" | "project" | "user" | "ada",
  { interval }: Situation,
): Promise<StoredRow[]> {
  const scopes = kind === "ada" ? [ADA] : await store.scopes(kind);
  const all = await Promise.all(scopes.map((scope) => store.read(scope, interval)));
  return all.flatMap(storedRows);
}

function storedRows(series: UsageSeries): StoredRow[] {
  return series.hours.flatMap((hour, i) => {
    const [status, provenance] = [series.status[i], series.provenance[i]];
    if (status === undefined || provenance === undefined) return [];
    return {
      name: series.scope.name,
      hour,
      busy: valueAt(series.busyCpuSeconds, i),
      idle: valueAt(series.idleCpuSeconds, i),
      coverage: valueAt(series.coverage, i),
      status,
      provenance,
    };
  });
}
