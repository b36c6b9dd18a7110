import { repairAverages, replaceRows } from "../averages/keep.js";
import type { Grids } from "../intensity/project-grids.js";
import { batchOf } from "../rows/batch.js";
import { SPARSE_KINDS } from "../rows/kinds.js";
import { RowIndex } from "../rows/row-index.js";
import type { StatusRules } from "../rows/scope-rows.js";
import { storedHosts } from "../rows/stored-hosts.js";
import type { AverageStore } from "../stores/average-store.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { assertOneBasis } from "../sync/one-basis.js";
import type { FinishedHour } from "../usage/hour.js";
import { isTracked } from "../usage/provenance.js";
import { ADA, formatScope, SCOPE_KINDS } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { type CountedHour, storedCounts, withStoredByOthers } from "./counted-hour.js";
import { hourOfHosts } from "./hour-of-hosts.js";

export interface HourStoreOptions extends StatusRules {
  readonly usage: UsageStore;
  /** Which grid is whose. */
  readonly grids: Grids;
  readonly averages: AverageStore | undefined;
  /** What becomes of an hour that was measured, and not counted by a tracker. */
  readonly measuredHours: "keep" | "replace";
}

/** Two trackers at a store without a lock take turns by this many attempts. */
const ATTEMPTS = 5;

/** Stores hours as rows of usage, beside what other trackers stored for them, and keeps averages up to date. */
export class HourStore {
  readonly #options: HourStoreOptions;
  /** Whether the last write went well. If not, or when it is not known, rows may be torn and averages behind. */
  #isWhole = false;

  constructor(options: HourStoreOptions) {
    this.#options = options;
  }

  /** Whether the hour was stored; if not, it was measured and stays. The same hour again gives the same rows. */
  async store(hour: FinishedHour, hosts: readonly CountedHour[]): Promise<boolean> {
    const unlock = await this.#options.usage.lock?.();
    try {
      await assertOneBasis(this.#options.grids.sources, this.#options.usage, {});
      for (let attempt = 1; ; attempt++) {
        const stored = await this.#storeOnce(hour, hosts);
        if (stored === "measured") return false;
        if (unlock !== undefined) return true;
        if (attempt === ATTEMPTS || (await this.#isAllThere(hour, stored))) {
          // Others may have written averages at the same time as well.
          this.#isWhole = attempt === 1;
          return true;
        }
      }
    } finally {
      await unlock?.();
    }
  }

  async #storeOnce(
    hour: FinishedHour,
    ours: readonly CountedHour[],
  ): Promise<readonly UsageSeries[] | "measured"> {
    const { usage, averages, measuredHours } = this.#options;
    const ada = await usage.read(ADA, hourOnly(hour));
    if (measuredHours === "keep" && isMeasured(ada)) return "measured";
    if (averages !== undefined && !this.#isWhole) await repairAverages(usage, averages);

    // An hour that is new takes nobody's place, so nothing has to be read.
    const isNew = ada.hours.length === 0 && this.#isWhole;
    const before = isNew ? [] : await this.#stored(hour);
    const hostsBefore = before.filter(({ scope }) => scope.kind === "host");
    const hosts = withStoredByOthers(ours, storedByOthers(hostsBefore, hour));
    // What could not be got stays so: that it belongs to none of these hosts does not make it zero.
    const known = before.filter(({ busyKwh }) => !Number.isNaN(numberAt(busyKwh, 0)));
    const dense = known.filter(({ scope }) => !SPARSE_KINDS.includes(scope.kind)).map(({ scope }) => scope);
    const sparse = new Map(
      known
        .filter(({ scope }) => SPARSE_KINDS.includes(scope.kind))
        .map((series) => [formatScope(series.scope), series]),
    );
    const rules = { ...this.#options, experiments: false, hosts: true };
    const { series: rows } = batchOf(
      hourOfHosts(hour, hosts, this.#options.grids),
      [ADA, ...dense],
      sparse,
      rules,
    );
    this.#isWhole = false;
    await replaceRows(usage, averages, rows, hostsBefore);
    this.#isWhole = true;
    return rows;
  }

  /** The rows of every scope in the hour. */
  async #stored(hour: FinishedHour): Promise<UsageSeries[]> {
    const found: UsageSeries[] = [];
    for (const kind of SCOPE_KINDS)
      found.push(...(await readKind(this.#options.usage, kind, hourOnly(hour))));
    return found;
  }

  /** Whether no other tracker has stored hosts meanwhile that our sums do not know of. */
  async #isAllThere(hour: FinishedHour, rows: readonly UsageSeries[]): Promise<boolean> {
    const known = new Set(rows.flatMap(({ scope }) => (scope.kind === "host" ? [scope.name] : [])));
    const hosts = await readKind(this.#options.usage, "host", hourOnly(hour));
    return hosts.every(({ scope }) => known.has(scope.name));
  }
}

function storedByOthers(hosts: readonly UsageSeries[], hour: FinishedHour): CountedHour[] {
  const rows = new Map(hosts.map((series) => [series.scope.name, new RowIndex(series)]));
  return storedCounts(storedHosts(hosts, [hour]), (instance) => {
    const { model = null, intensity = null } = rows.get(instance)?.provenance(hour) ?? {};
    return { model, intensity };
  });
}

function hourOnly(hour: FinishedHour): { from: number; to: number } {
  return { from: hour, to: hour + 1 };
}

/** Whether somebody measured this hour. That it could not be got is no measurement. */
function isMeasured(ada: UsageSeries): boolean {
  return !Number.isNaN(numberAt(ada.busyKwh, 0)) && !isTracked(ada.provenance[0]?.model);
}
