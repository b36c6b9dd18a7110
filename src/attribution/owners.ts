import type { Host } from "../usage/cpu.js";
import type { OwnerShare } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import type { HolderShare } from "./shares.js";
import type { Tenure } from "./tenure.js";

/** The group of a host that no tenure gives one. */
export type GroupOf = (host: Host) => string;

/** The project itself is the group: the default of the source documents. */
export const groupByProject: GroupOf = (host) => host.project;

/** `{project}_{machine}`, the other common choice. */
export const groupByProjectAndMachine: GroupOf = (host) => `${host.project}_${host.machine ?? UNATTRIBUTED}`;

/** The one owner that a host's labels name. */
export function ownerByLabels(host: Host, groupOf: GroupOf): OwnerShare {
  return {
    ...labelled(host),
    user: host.user ?? UNATTRIBUTED,
    group: groupOf(host) || UNATTRIBUTED,
    experiment: UNATTRIBUTED,
    busyShare: 1,
    idleShare: 1,
  };
}

/** What project and machine a host is of; only its labels say that. */
function labelled(host: Host): Pick<OwnerShare, "project" | "machine"> {
  return { project: host.project, machine: host.machine ?? UNATTRIBUTED };
}

/** The owners of a host's hour by who held it, with parts of the busy and of the idle time. */
export function ownersByTenure(
  host: Host,
  groupOf: GroupOf,
  busy: readonly HolderShare[],
  idle: readonly HolderShare[],
): OwnerShare[] {
  const owners = new Map<string, OwnerShare>();
  const add = (holder: Tenure | null, busyShare: number, idleShare: number): void => {
    const owner = {
      ...labelled(host),
      user: holder?.user || UNATTRIBUTED,
      group: holder?.group || groupOf(host) || UNATTRIBUTED,
      experiment: holder?.experiment || UNATTRIBUTED,
    };
    const key = JSON.stringify([owner.user, owner.group, owner.experiment]);
    const before = owners.get(key);
    owners.set(key, {
      ...owner,
      busyShare: (before?.busyShare ?? 0) + busyShare,
      idleShare: (before?.idleShare ?? 0) + idleShare,
    });
  };
  for (const { holder, share } of busy) add(holder, share, 0);
  for (const { holder, share } of idle) add(holder, 0, share);
  return [...owners.values()];
}
