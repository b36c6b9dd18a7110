import { formatScope, type Scope, UNATTRIBUTED } from "../usage/scope.js";
import { type Grant, maySee } from "./access.js";
import { forbidden } from "./problem.js";
import type { Service } from "./service.js";

/** Whether a viewer may see the sums of a scope. */
export type MaySeeSum = (scope: Scope) => boolean;

/**
 * The rule for sums: those of a project, a type of machine, a group or an experiment in which one person alone had
 * machines in the last 30 days are that person's own, and are shown to nobody else but operators. Sums of a site and of
 * everything are always shown. Who had machines is known by the stored hosts; without them every sum is shown.
 */
export async function sumsShownTo(grant: Grant, { habits }: Pick<Service, "habits">): Promise<MaySeeSum> {
  if (grant === "all") return () => true;
  const { users } = await habits.latest();
  return (scope) => {
    const [only, ...others] = users.get(formatScope(scope)) ?? [];
    const isOnePersons = only !== undefined && others.length === 0 && only !== UNATTRIBUTED;
    return maySee(grant, scope) && (!isOnePersons || grant.has(only));
  };
}

/** Refuses (403) a scope whose sums the viewer may not see. */
export async function assertMaySeeSum(
  grant: Grant,
  service: Pick<Service, "habits">,
  scope: Scope,
): Promise<void> {
  if (grant === "all" || scope.kind === "ada" || scope.kind === "user" || scope.kind === "host") return;
  const maySeeSum = await sumsShownTo(grant, service);
  if (!maySeeSum(scope)) throw forbidden(`data of a ${scope.kind} in which one person alone has machines`);
}
