import type { HostHours } from "../rows/host-hours.js";
import { RowIndex } from "../rows/row-index.js";
import { withStoredGrids } from "../rows/stored-grids.js";
import { storedHosts } from "../rows/stored-hosts.js";
import type { FinishedHour } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";

/**
 * Hours of stored hosts, with the model as `whole` has it, the series that they are parts of. So is their intensity, unless
 * they are of several grids.
 */
export function hostHours(
  hosts: readonly UsageSeries[],
  whole: UsageSeries,
  hours: readonly FinishedHour[],
): HostHours {
  const rows = new RowIndex(whole);
  const provenances = hours.map((hour) => rows.provenance(hour));
  const inWhole: HostHours = {
    ...storedHosts(hosts, hours),
    gco2eqPerKwh: Float64Array.from(hours, (hour) => rows.value("gco2eqPerKwh", hour)),
    market: provenances.map((provenance) => provenance?.market),
    basisOf: (t) => ({
      model: provenances[t]?.model ?? null,
      intensity: provenances[t]?.intensity ?? null,
    }),
  };
  return withStoredGrids(inWhole, inWhole, hosts);
}
