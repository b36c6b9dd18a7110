import { groupByProject } from "../attribution/owners.js";
import { assertTenure, TenureIndex } from "../attribution/tenure.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import type { HostSample } from "../usage/host-source.js";
import type { TrackOptions } from "./options.js";

/** A host that is up, and whose it is. */
export interface OwnedSample extends HostSample {
  readonly group: string | null;
}

/**
 * The samples with their owners: by the tenure that holds the host at the moment it was seen, else by labels.
 * Where there are tenures, a host that none of them holds is nobody's, whatever its label says. Of several
 * tenures at once, the one that began last.
 */
export async function withOwners(
  samples: readonly HostSample[],
  { tenures, groupOf = groupByProject }: Pick<TrackOptions, "tenures" | "groupOf">,
  signal: AbortSignal,
): Promise<OwnedSample[]> {
  const groupByHost = (sample: HostSample): string | null => groupOf(sample) || null;
  if (tenures === undefined || samples.length === 0) {
    return samples.map((sample) => ({ ...sample, group: groupByHost(sample) }));
  }
  const times = samples.map(({ seenAt }) => seenAt);
  const interval = {
    from: times.reduce((a, b) => Math.min(a, b)),
    to: times.reduce((a, b) => Math.max(a, b)) + 1,
  };
  const instances = [...new Set(samples.map(({ instance }) => instance))];
  const held = await tenures.tenures(interval, instances, { signal });
  for (const tenure of held) assertTenure(tenure, tenures.id);
  const index = new TenureIndex(held);
  return samples.map((sample) => {
    const holder = index
      .of(sample.instance)
      .filter(({ from, to }) => from <= sample.seenAt && sample.seenAt < (to ?? Number.POSITIVE_INFINITY))
      .reduce<{ from: number; user?: string | undefined; group?: string | undefined } | undefined>(
        (last, tenure) => (last === undefined || tenure.from >= last.from ? tenure : last),
        undefined,
      );
    return { ...sample, user: holder?.user || null, group: holder?.group || groupByHost(sample) };
  });
}

/** Whether a session is of the owner that the host has now. One that another tool began has no owner yet. */
export function ownedAlike(session: WorkspaceSession, sample: OwnedSample): boolean {
  if (isForeign(session)) return true;
  return session.user === sample.user && session.group === sample.group && session.project === sample.project;
}

/** Every session of the tracker has a project; entries of another tool in the store say nothing of an owner. */
function isForeign({ project, user, group }: WorkspaceSession): boolean {
  return project === null && user === null && group === null;
}
