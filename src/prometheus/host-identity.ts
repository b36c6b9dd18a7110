import { hostKey } from "./host-counters.js";
import { describeManyAddresses, describeOneAddress } from "./host-findings.js";
import type { TableHost } from "./host-table.js";
import type { TwinCandidate, Twins } from "./host-twins.js";

/**
 * The hosts, each machine that is there under several projects once. Of a machine whose project has just changed, the
 * old name is still there for a while: the name that was scraped last counts. Of names that are scraped all of them,
 * it is the first by the alphabet, at every poll the same. Machines under several addresses stay, with a finding:
 * each address is a target that somebody configured.
 */
export function oneOfEach(
  hosts: readonly TableHost[],
  twins: readonly Twins[],
  leftoverMs: number,
): { readonly kept: readonly TableHost[]; readonly findings: readonly string[] } {
  if (twins.length === 0) return { kept: hosts, findings: [] };
  const byKey = new Map(hosts.map((host) => [hostKey(host.project, host.instance), host]));
  const dropped = new Set<TableHost>();
  const findings: string[] = [];
  for (const machine of twins) {
    const addresses = Map.groupBy(machine, ({ instance }) => instance);
    for (const names of addresses.values()) {
      const there = names.flatMap(({ project, instance }) => byKey.get(hostKey(project, instance)) ?? []);
      const { kept, others, leftovers } = chosenName(there, leftoverMs);
      for (const host of [...others, ...leftovers]) dropped.add(host);
      if (kept !== undefined && others.length > 0) findings.push(describeOneAddress(kept, others));
    }
    if (addresses.size > 1) findings.push(describeManyAddresses(firstOfEach(addresses)));
  }
  return { kept: hosts.filter((host) => !dropped.has(host)), findings };
}

function chosenName(names: readonly TableHost[], leftoverMs: number) {
  const lastSeenAt = Math.max(...names.map(({ seenAt }) => seenAt));
  const isLeftover = ({ seenAt }: TableHost): boolean => seenAt < lastSeenAt - leftoverMs;
  const [kept, ...others] = names.filter((name) => !isLeftover(name)).sort(byProject);
  return { kept, others, leftovers: names.filter(isLeftover) };
}

function byProject(a: TableHost, b: TableHost): number {
  return a.project < b.project ? -1 : 1;
}

function firstOfEach(addresses: ReadonlyMap<string, readonly TwinCandidate[]>): TwinCandidate[] {
  return [...addresses.values()].flatMap((names) => names.slice(0, 1));
}
