import { meetsRules, type Rule, type Rules, TEXT } from "../usage/options.js";
import type { HostProvenance, Provenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

// Names in what rows of hosts know: whose the host was.

/** The users that a row of a host names. */
export function usersOf({ user, owners }: HostProvenance): string[] {
  return [...new Set([...owners.map((owner) => owner.user), ...(user === null ? [] : [user])])];
}

/** What is known of a host without the names of some users; the same object if it has none of them. */
export function withoutUsers(host: HostProvenance, users: ReadonlySet<string>): HostProvenance {
  if (!usersOf(host).some((name) => users.has(name))) return host;
  const user = host.user !== null && users.has(host.user) ? null : host.user;
  const owners = host.owners.map((owner) =>
    users.has(owner.user) ? { ...owner, user: UNATTRIBUTED } : owner,
  );
  return { ...host, user, owners };
}

/** A project that has another name now. Its group, if it is called like the project, is renamed with it. */
export interface RenamedProject {
  readonly before: string;
  readonly after: string;
}

const BEFORE_AND_AFTER: Rules<RenamedProject> = { before: TEXT, after: TEXT };

/** What an option must be that says so. */
export const RENAMED_PROJECT: Rule = {
  allowed: "an object with before and after, the names of a project",
  holds: (value) => meetsRules(value, BEFORE_AND_AFTER),
};

/** What is known of a host, with a project's new name. */
export function withProject(host: HostProvenance, { before, after }: RenamedProject): HostProvenance {
  const named = (name: string): string => (name === before ? after : name);
  const owners = host.owners.map((owner) => {
    return { ...owner, project: named(owner.project), group: named(owner.group) };
  });
  return { ...host, project: named(host.project), owners };
}

/** The rows of a host with what they know changed, and which rows that concerns. */
export function changedRows(
  series: UsageSeries,
  change: (host: HostProvenance) => HostProvenance,
): { readonly series: UsageSeries; readonly changed: readonly number[] } {
  // Equal knowledge stays one shared object.
  const known = new Map<Provenance, Provenance>();
  const changed: number[] = [];
  const provenance = series.provenance.map((before, i) => {
    const after = remembered(known, before, () => changedProvenance(before, change));
    if (after !== before) changed.push(i);
    return after;
  });
  return { series: { ...series, provenance }, changed };
}

function changedProvenance(
  provenance: Provenance,
  change: (host: HostProvenance) => HostProvenance,
): Provenance {
  const { host } = provenance;
  if (host === undefined) return provenance;
  const after = change(host);
  return after === host ? provenance : { ...provenance, host: after };
}
