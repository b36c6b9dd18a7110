import type { CpuHours } from "../usage/cpu.js";
import { badInput } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import type { OwnerShare } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { Sum } from "../usage/sum.js";
import type { Attribution } from "./attribution.js";
import type { KnowsForgotten } from "./forgotten-users.js";

/**
 * Says whose the hours of a batch were, in the place of labels and tenures: row `r` of what it returns is host `r` of
 * `cpu.hosts`, and `t` is the hour `cpu.hours[t]`. The shares of an hour's owners sum to 1, busy and idle each.
 *
 * @example
 * import assert from "node:assert/strict";
 * import type { Attribute } from "ada-carbon";
 *
 * const nightShift: Attribute = ({ hosts, hours }) => ({
 *   by: () => "night shift",
 *   ownersOf: (row, t) => [
 *     {
 *       project: hosts[row]?.project ?? "unattributed",
 *       machine: hosts[row]?.machine ?? "unattributed",
 *       user: new Date(hours[t] ?? 0).getUTCHours() < 6 ? "night" : "day",
 *       group: "operations",
 *       experiment: "unattributed",
 *       busyShare: 1,
 *       idleShare: 1,
 *     },
 *   ],
 * });
 * assert.equal(typeof nightShift, "function"); // runSync({ cpu, store, interval, attribution: nightShift })
 */
export type Attribute = (
  cpu: CpuHours,
  options: { readonly signal?: AbortSignal | undefined },
) => Attribution | Promise<Attribution>;

/** How far the shares of an hour may be from 1. */
const TOLERANCE = 1e-9;

/**
 * What a caller's function says, checked, so that nothing is attributed twice or to nobody (`bad-input` names the host and
 * the hour). Users who were forgotten are `unattributed`.
 */
export async function byGiven(
  attribute: Attribute,
  cpu: CpuHours,
  store: KnowsForgotten,
  signal: AbortSignal | undefined,
): Promise<Attribution> {
  const given = await attribute(cpu, { signal });
  const count = cpu.hours.length;
  const said = cpu.hosts.flatMap((_, row) => cpu.hours.map((_hour, t) => given.ownersOf(row, t)));
  const distinct = new Set(said);
  for (const owners of distinct) {
    const fault = faultOf(owners);
    if (fault === undefined) continue;
    const first = said.indexOf(owners);
    const [host, hour] = [cpu.hosts[Math.floor(first / count)], cpu.hours[first % count]];
    throw badInput(
      `the attribution of ${JSON.stringify(host?.instance)} in ${formatInstant(hour ?? Number.NaN)}: ${fault}`,
    );
  }
  const users = new Set([...distinct].flatMap((owners) => owners.map(({ user }) => user)));
  const forgotten = await store.forgottenAmong(users, { signal });
  // One object stays one: provenance is kept in runs of equal objects.
  const kept = new Map([...distinct].map((owners) => [owners, withoutUsers(owners, forgotten)]));
  return {
    by: (row, t) => given.by(row, t),
    ownersOf: (row, t) => kept.get(said[row * count + t] ?? []) ?? [],
  };
}

function withoutUsers(owners: readonly OwnerShare[], forgotten: ReadonlySet<string>): readonly OwnerShare[] {
  if (!owners.some(({ user }) => forgotten.has(user))) return owners;
  return owners.map((owner) => (forgotten.has(owner.user) ? { ...owner, user: UNATTRIBUTED } : owner));
}

/** What is wrong with the owners of an hour, if anything is. */
function faultOf(owners: readonly OwnerShare[]): string | undefined {
  if (!Array.isArray(owners) || owners.length === 0) return "there is no owner; the rest is of unattributed";
  for (const owner of owners) {
    if (owner.columnShares !== undefined) return "columnShares are for stored rows; leave them out";
    for (const name of ["project", "machine", "user", "group", "experiment"] as const) {
      if (typeof owner[name] !== "string" || owner[name] === "")
        return `an owner's ${name} is ${JSON.stringify(owner[name])}; it must be a name, or ${UNATTRIBUTED}`;
    }
  }
  for (const share of ["busyShare", "idleShare"] as const) {
    const sum = new Sum();
    for (const owner of owners) {
      if (!(owner[share] >= 0 && owner[share] <= 1))
        return `a ${share} is ${owner[share]}; it must be from 0 to 1`;
      sum.add(owner[share]);
    }
    if (Math.abs(sum.value - 1) > TOLERANCE) return `the ${share}s sum to ${sum.value}, and must sum to 1`;
  }
  return undefined;
}
