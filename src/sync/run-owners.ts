import { type Attribution, byLabels, byTenures, type FetchSlices } from "../attribution/attribution.js";
import { tenuresWithoutForgotten } from "../attribution/forgotten-users.js";
import { byGiven } from "../attribution/given.js";
import { groupByProject } from "../attribution/owners.js";
import type { PowerModel } from "../power/model.js";
import type { CpuCallOptions, CpuHours } from "../usage/cpu.js";
import type { CheckedSyncOptions, SyncOptions } from "./options.js";

/** How the owners of hosts are given. */
type GivenOwners = Pick<SyncOptions, "store" | "tenures" | "attribution" | "groupOf" | "signal">;

/** Whose hosts were by what the caller says, or by tenures; `undefined` where neither is given. */
export async function givenOwners(
  cpu: CpuHours,
  { store, tenures, attribution, groupOf = groupByProject, signal }: GivenOwners,
  slices?: FetchSlices,
): Promise<Attribution | undefined> {
  if (attribution !== undefined) return byGiven(attribution, cpu, store, signal);
  if (tenures === undefined) return undefined;
  const kept = { ...tenures, source: tenuresWithoutForgotten(tenures.source, store) };
  return byTenures(cpu, kept, groupOf, slices, signal);
}

/** Whose the hosts of an answer were: as given, else by their labels. */
export async function ownersOfRun(
  cpu: CpuHours,
  options: CheckedSyncOptions,
  { modes }: PowerModel,
  call: CpuCallOptions,
): Promise<Attribution> {
  const cpuSlices = options.cpu.cpuSlices?.bind(options.cpu);
  const slices: FetchSlices | undefined =
    cpuSlices && ((interval, instances) => cpuSlices({ interval, instances, modes }, call));
  return (await givenOwners(cpu, options, slices)) ?? byLabels(cpu.hosts, options.groupOf ?? groupByProject);
}
