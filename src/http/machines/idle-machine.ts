import type { HostHabits } from "../../reports/host-habits.js";
import { machineState } from "../../reports/idle-spell.js";
import type { StopSaving } from "../../reports/stop-saving.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import type { Admitted } from "../admitted.js";
import { outlooksOf, savingsOf } from "./stop-reply.js";

/** A machine that idles. */
export interface IdleMachine {
  readonly session: WorkspaceSession;
  readonly idleSince: number;
  readonly watts: number | null;
  readonly saving: StopSaving;
}

/** Machines that have idled since before an instant, longest first. A machine that is at work now is not among them. */
export async function idleMachines(
  admitted: Admitted,
  site: string,
  sessions: readonly WorkspaceSession[],
  { hosts }: HostHabits,
  before: number,
): Promise<IdleMachine[]> {
  const { service } = admitted;
  const now = service.clock();
  const outlookOf = await outlooksOf(admitted, site);
  return sessions
    .flatMap((session): IdleMachine[] => {
      const { instance, project, machine, startedAt } = session;
      const habit = hosts.get(instance) ?? hosts.get(`${instance} (${project})`);
      const power = service.recent.of(session, now);
      if (habit === undefined) return [];
      const state = machineState(habit, service.recent.workedAt(session), now);
      if (state.idleSince === null) return [];
      // What the host did before was somebody else's.
      const idleSince = Math.max(state.idleSince, startedAt);
      if (idleSince > before) return [];
      const watts = power === null ? null : power.busyWatts + power.idleWatts;
      const savings = savingsOf(service, { machine, cores: habit.cores }, outlookOf(project));
      return savings
        .filter(({ name }) => name === "until-monday")
        .map((saving) => ({ session, idleSince, watts, saving }));
    })
    .sort((a, b) => (isAfter(placeOf(admitted, a), placeOf(admitted, b)) ? 1 : -1));
}

/** By the id that the viewer knows a workspace by: the real one has the owner in it. */
export function placeOf(
  { service, grant }: Admitted,
  { session, idleSince }: IdleMachine,
): readonly [number, string] {
  return [idleSince, service.views.idFor(session, grant)];
}

export function isAfter(
  [since, id]: readonly [number, string],
  [key, after]: readonly [unknown, string, ...unknown[]],
): boolean {
  return typeof key !== "number" || since > key || (since === key && id > after);
}
