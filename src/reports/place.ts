import type { ScopeChoice } from "../rows/scope-sums.js";
import type { OwnerShare } from "../usage/provenance.js";
import type { Scope, ScopeKind } from "../usage/scope.js";

/** Kinds of owner that a host's row names, and the host itself. */
export type PartKind = Exclude<ScopeKind, "ada">;

/**
 * A part of the cloud: what somebody had of hosts. Scopes of different kinds narrow it, of one kind any of them will do:
 * the projects of a site, in them one group, of that one machine type.
 */
export type Place = readonly Scope[];

/** Whether an owner's part of a host lies in the place, as far as that does not depend on the host. */
export function isInPlace(place: Place, owner: OwnerShare): boolean {
  return place.every(({ kind }) => {
    if (kind === "ada" || kind === "host") return true;
    return place.some((scope) => scope.kind === kind && scope.name === owner[kind]);
  });
}

/** The only hosts that lie in the place; `undefined` where any may. */
export function hostsOfPlace(place: Place): ReadonlySet<string> | undefined {
  const hosts = place.filter(({ kind }) => kind === "host");
  return hosts.length === 0 ? undefined : new Set(hosts.map(({ name }) => name));
}

/** The owners of a host's hour whose parts are the scope's. */
export function ownersOfScope(
  { kind, name }: Scope,
  host: Scope,
  owners: readonly OwnerShare[],
): readonly OwnerShare[] {
  if (kind === "ada") return owners;
  return owners.filter((owner) => (kind === "host" ? host.name : owner[kind]) === name);
}

/** The owners of a kind that had something in the place. */
export function ownersInPlace(place: Place, kind: Exclude<PartKind, "host">): ScopeChoice {
  return {
    ofHost: () => [],
    ofOwner: (owner) => (isInPlace(place, owner) ? [{ kind, name: owner[kind] }] : []),
  };
}

/** One host, as far as it lies in the place. */
export function hostInPlace(place: Place, host: Scope): ScopeChoice {
  return { ofHost: () => [], ofOwner: (owner) => (isInPlace(place, owner) ? [host] : []) };
}
