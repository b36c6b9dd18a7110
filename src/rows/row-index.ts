import type { Hour } from "../usage/hour.js";
import type { Provenance } from "../usage/provenance.js";
import { type Column, numberAt, type UsageSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";

/** A series looked up by hour. */
export class RowIndex {
  readonly series: UsageSeries;
  readonly #rows: ReadonlyMap<Hour, number>;

  constructor(series: UsageSeries) {
    this.series = series;
    this.#rows = new Map(series.hours.map((hour, i) => [hour, i]));
  }

  row(hour: Hour): number | undefined {
    return this.#rows.get(hour);
  }

  /** NaN where there is no row, or no number in it. */
  value(column: Column, hour: Hour): number {
    return numberAt(this.series[column], this.#rows.get(hour) ?? -1);
  }

  status(hour: Hour): Status | undefined {
    return this.series.status[this.#rows.get(hour) ?? -1];
  }

  provenance(hour: Hour): Provenance | undefined {
    return this.series.provenance[this.#rows.get(hour) ?? -1];
  }
}
