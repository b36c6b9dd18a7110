import { type Attribution, byLabels, byTenures, type FetchSlices } from "../attribution/attribution.js";
import { tenuresWithoutForgotten } from "../attribution/forgotten-users.js";
import { byGiven } from "../attribution/given.js";
import { groupByProject } from "../attribution/owners.js";
import type { PowerModel } from "../power/model.js";
import type { CpuCallOptions, CpuHours } from "../usage/cpu.js";
import type { CheckedSyncOptions } from "./options.js";

/** Whose the hosts of an answer were: what the caller says, or tenures where there are any, else labels. */
export async function ownersOfRun(
  cpu: CpuHours,
  { store, tenures, attribution, groupOf = groupByProject, cpu: source, signal }: CheckedSyncOptions,
  { modes }: PowerModel,
  call: CpuCallOptions,
): Promise<Attribution> {
  if (attribution !== undefined) return byGiven(attribution, cpu, store, signal);
  if (tenures === undefined) return byLabels(cpu.hosts, groupOf);
  const cpuSlices = source.cpuSlices?.bind(source);
  const slices: FetchSlices | undefined =
    cpuSlices && ((interval, instances) => cpuSlices({ interval, instances, modes }, call));
  const kept = { ...tenures, source: tenuresWithoutForgotten(tenures.source, store) };
  return byTenures(cpu, kept, groupOf, slices, signal);
}
