import type { RowIndex } from "../rows/row-index.js";
import type { FinishedHour } from "../usage/hour.js";
import type { Column } from "../usage/series.js";
import { STATUSES, type Status } from "../usage/status.js";
import { Sum } from "../usage/sum.js";
import type { ScopeTotal, SyncReport } from "./events.js";

/** How the stored hours stand: statuses, what is provisional, totals a project. */
export function reportOf(
  ada: RowIndex,
  projects: readonly RowIndex[],
  hours: readonly FinishedHour[],
  model: string,
): Pick<SyncReport, "statuses" | "provisional" | "otherModel" | "total" | "projectTotals"> {
  const statuses = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  let provisional = 0;
  let otherModel = 0;
  for (const hour of hours) {
    statuses[ada.status(hour) ?? "not downloaded"] += 1;
    const provenance = ada.provenance(hour);
    if (provenance?.intensity?.settled === false) provisional += 1;
    if (provenance?.model != null && provenance.model !== model) otherModel += 1;
  }
  const projectTotals = projects.map((rows) => totalOf(rows, hours));
  return { statuses, provisional, otherModel, total: totalOf(ada, hours), projectTotals };
}

function totalOf(rows: RowIndex, hours: readonly FinishedHour[]): ScopeTotal {
  const total = (name: Column): number => {
    const sum = new Sum();
    for (const hour of hours) {
      const value = rows.value(name, hour);
      if (!Number.isNaN(value)) sum.add(value);
    }
    return sum.value;
  };
  return {
    scope: rows.series.scope,
    busyCpuSeconds: total("busyCpuSeconds"),
    idleCpuSeconds: total("idleCpuSeconds"),
    busyKwh: total("busyKwh"),
    idleKwh: total("idleKwh"),
    busyGco2eq: total("busyGco2eq"),
    idleGco2eq: total("idleGco2eq"),
    coverage: hours.length === 0 ? 0 : total("coverage") / hours.length,
  };
}
