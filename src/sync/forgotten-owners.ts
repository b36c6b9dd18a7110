import type { HostProvenance, OwnerShare, Provenance } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** The users that a row of a host names. */
export function namesOf({ user, owners }: HostProvenance): string[] {
  return [...new Set([...owners.map((owner) => owner.user), ...(user === null ? [] : [user])])];
}

/** The rows of a host without the names of some users, and which rows had one. */
export function rowsWithout(
  series: UsageSeries,
  users: ReadonlySet<string>,
): { readonly series: UsageSeries; readonly changed: readonly number[] } {
  // Equal knowledge stays one shared object.
  const known = new Map<Provenance, Provenance>();
  const changed: number[] = [];
  const provenance = series.provenance.map((before, i) => {
    const after = known.get(before) ?? without(before, users);
    known.set(before, after);
    if (after !== before) changed.push(i);
    return after;
  });
  return { series: { ...series, provenance }, changed };
}

function without(provenance: Provenance, users: ReadonlySet<string>): Provenance {
  const { host } = provenance;
  if (host === undefined || !namesOf(host).some((name) => users.has(name))) return provenance;
  const user = host.user !== null && users.has(host.user) ? null : host.user;
  return { ...provenance, host: { ...host, user, owners: ownersWithout(host.owners, users) } };
}

function ownersWithout(owners: readonly OwnerShare[], users: ReadonlySet<string>): OwnerShare[] {
  return owners.map((owner) => (users.has(owner.user) ? { ...owner, user: UNATTRIBUTED } : owner));
}
