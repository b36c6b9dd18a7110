import type { IntensitySource } from "../intensity/port.js";
import type { ProjectGrids } from "../intensity/project-grids.js";
import type { EnergyMeters, PowerModel } from "../power/model.js";
import { estimated, type HostHours, meteredHours, withProjectGrids } from "../rows/host-hours.js";
import type { RowIndex } from "../rows/row-index.js";
import type { StoredHosts } from "../rows/stored-hosts.js";
import { isMetered, partsOfModel, withMeters } from "../usage/provenance.js";
import type { UsageSeries } from "../usage/series.js";
import { asStored } from "./as-stored.js";
import type { HoursIntensity } from "./grids.js";

/** By what stored hours are to have their energy and carbon. What is not given stays as it was stored. */
export interface RestatedBy {
  /** Another power model. What hosts' own meters measured stays, unless `estimateMetered` is set. */
  readonly power?: PowerModel | undefined;
  /** What hosts' own meters have, in place of what is stored; hours that they have not got stay as they were. */
  readonly meters?: EnergyMeters | undefined;
  /** With `power`: hours of hosts that were metered are estimated, too. */
  readonly estimateMetered?: boolean | undefined;
  /** Looks the intensity of every hour up again: one grid, or those of projects. */
  readonly intensity?: IntensitySource | ProjectGrids | undefined;
}

/**
 * Stored host-hours with the energy that they are to have: by meters where there are some now, else as they are stored
 * or by the power model. What meters measured earlier stays, whatever the model, unless it is to be estimated.
 */
export function restatedEnergy(
  stored: StoredHosts,
  hostRows: readonly UsageSeries[],
  options: RestatedBy,
  ada: RowIndex,
  { ofAll, ofProject }: HoursIntensity,
): HostHours {
  const { power, meters, estimateMetered } = options;
  const asIs = asStored(stored, hostRows, ada, ofAll, options.intensity !== undefined);
  const before = ofProject === undefined ? asIs : withProjectGrids(asIs, ofProject);
  const anew = power === undefined ? before : { ...estimated(stored, power, ofAll), gridOf: before.gridOf };
  const kept = power === undefined || estimateMetered === true ? anew : keepingMetered(anew, before);
  return meters === undefined ? kept : meteredHours(kept, meters);
}

/** The estimate, but for hosts' hours that were metered: these stay as they are stored. */
function keepingMetered(estimate: HostHours, stored: HostHours): HostHours {
  const { hosts } = estimate.cpu;
  const modelOf = (t: number, instance: string | undefined): string =>
    stored.basisOf(t, instance).model ?? "";
  return {
    ...estimate,
    useOf: (row, t, cpu) =>
      (isMetered(modelOf(t, hosts[row]?.instance ?? "")) ? stored : estimate).useOf(row, t, cpu),
    basisOf(t, instance) {
      const now = estimate.basisOf(t, instance);
      const model = modelOf(t, instance);
      if (!isMetered(model) || now.model === null) return now;
      return {
        ...now,
        model: instance === undefined ? withMeters(partsOfModel(model).meters, now.model) : model,
      };
    },
  };
}
