import { rowsOfScopes } from "../rows/batch.js";
import type { ScopeChoice } from "../rows/scope-sums.js";
import type { Interval } from "../usage/hour.js";
import type { OwnerShare } from "../usage/provenance.js";
import type { Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import type { StoredUsage } from "./stored-usage.js";

/**
 * What a scope used, by type of machine: made of the rows of hosts, of which only those are read that are in the
 * interval. Empty where no hosts are stored.
 */
export async function machineParts(
  stored: StoredUsage,
  scope: Scope,
  interval: Interval,
): Promise<UsageSeries[]> {
  const ada = await stored.ada(interval);
  const hosts = await stored.readKind("host", interval);
  const ofScope = scope.kind === "host" ? hosts.filter((host) => host.scope.name === scope.name) : hosts;
  const choice: ScopeChoice = {
    ofHost: () => [],
    ofOwner: (owner) => (owns(owner, scope) ? [{ kind: "machine", name: owner.machine }] : []),
  };
  return rowsOfScopes(hostHours(ofScope, ada, ada.hours), choice, [], { completeAt: 0, fake: false });
}

function owns(owner: OwnerShare, { kind, name }: Scope): boolean {
  return kind === "ada" || kind === "host" || owner[kind] === name;
}
