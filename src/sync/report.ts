import { modelOfHour, type PowerModel } from "../power/model.js";
import type { RowIndex } from "../rows/row-index.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { partsOfModel } from "../usage/provenance.js";
import { recordOf } from "../usage/record-of.js";
import { STATUSES } from "../usage/status.js";
import type { ScopeTotal, SyncReport } from "./events.js";

/** How the stored hours stand: statuses, what is provisional, totals a project. */
export function reportOf(
  ada: RowIndex,
  projects: readonly RowIndex[],
  hours: readonly FinishedHour[],
  power: PowerModel,
): Pick<SyncReport, "statuses" | "provisional" | "otherModel" | "total" | "projectTotals"> {
  const statuses = recordOf(STATUSES, () => 0);
  let provisional = 0;
  let otherModel = 0;
  for (const hour of hours) {
    statuses[ada.status(hour) ?? "not downloaded"] += 1;
    const provenance = ada.provenance(hour);
    if (provenance?.intensity?.settled === false) provisional += 1;
    if (provenance?.model != null && !isBy(power, provenance.model, hour)) otherModel += 1;
  }
  const projectTotals = projects.map((rows) => totalOf(rows, hours));
  return { statuses, provisional, otherModel, total: totalOf(ada, hours), projectTotals };
}

/**
 * Whether an hour that is stored under `model` would have it again. Where meters have forgotten an hour that they had,
 * what they said stands.
 */
function isBy(power: PowerModel, model: string, hour: FinishedHour): boolean {
  if (power.meters !== undefined && power.meters.idOf(hour) === null)
    return partsOfModel(model).estimate === power.id;
  return model === modelOfHour(power, hour);
}

function totalOf({ series }: RowIndex, hours: readonly FinishedHour[]): ScopeTotal {
  const { perHour, ...totals } = tallyOf(series, spanOf(hours));
  return { scope: series.scope, ...totals };
}
