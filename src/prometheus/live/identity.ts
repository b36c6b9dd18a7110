import { byCodeUnit } from "../../usage/code-units.js";
import { hostKey } from "./counters.js";
import { describeOneMachine } from "./findings.js";
import type { TableHost } from "./table.js";
import type { Twins } from "./twins.js";

/**
 * The hosts, each machine that is there under several names once. Of a machine whose labels have just changed, the old
 * name is still there for a while: the name that was scraped last counts. Of names that are scraped all of them, it is
 * the first by the alphabet, at every poll the same, and a finding names them.
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
    const names = machine.flatMap(({ project, instance }) => byKey.get(hostKey(project, instance)) ?? []);
    const lastSeenAt = Math.max(...names.map(({ seenAt }) => seenAt));
    const isLeftover = ({ seenAt }: TableHost): boolean => seenAt < lastSeenAt - leftoverMs;
    const [kept, ...others] = names.filter((name) => !isLeftover(name)).sort(byName);
    for (const host of [...others, ...names.filter(isLeftover)]) dropped.add(host);
    if (kept !== undefined && others.length > 0) findings.push(describeOneMachine(kept, others));
  }
  return { kept: hosts.filter((host) => !dropped.has(host)), findings };
}

function byName(a: TableHost, b: TableHost): number {
  return byCodeUnit(a.instance, b.instance) || byCodeUnit(a.project, b.project);
}
