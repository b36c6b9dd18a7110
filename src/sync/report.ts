import type { RowIndex } from "../rows/row-index.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { STATUSES, type Status } from "../usage/status.js";
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

function totalOf({ series }: RowIndex, hours: readonly FinishedHour[]): ScopeTotal {
  const { perHour, ...totals } = tallyOf(series, spanOf(hours));
  return { scope: series.scope, ...totals };
}
