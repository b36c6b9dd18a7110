import type { WorkspaceLoad, WorkspaceModel } from "../power/workspace-model.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import type { HostSample } from "../usage/host-source.js";
import { type ElapsedRules, elapsedSince } from "./elapsed.js";
import type { PollTally } from "./report.js";

export interface CountRules extends ElapsedRules {
  readonly model: WorkspaceModel;
  /** Grams per kWh now; `null` where it is not known. */
  readonly gco2eqPerKwh: number | null;
}

/** What a host is doing, or `null` where that is not known: without CPU figures there is no energy. */
export function loadOf({ cores, idleFraction, memoryActiveRatio }: HostSample): WorkspaceLoad | null {
  return cores === null || idleFraction === null ? null : { cores, idleFraction, memoryActiveRatio };
}

/** The session with what its host used since it was last counted. The same object if there is nothing to add. */
export function counted(
  session: WorkspaceSession,
  sample: HostSample,
  rules: CountRules,
  tally: PollTally,
): WorkspaceSession {
  const load = loadOf(sample);
  const { countMs, unknownMs, until } = elapsedSince(session, sample, load !== null, rules);
  if (until === session.countedUntil && unknownMs === 0) return session;
  tally.add("countedSeconds", countMs / 1000);
  tally.add("unknownSeconds", unknownMs / 1000);
  const unknownSeconds = session.unknownSeconds + unknownMs / 1000;
  if (load === null || countMs === 0) return { ...session, countedUntil: until, unknownSeconds };

  const { busyKwh, idleKwh } = rules.model.energy(load, countMs);
  const grams = rules.gco2eqPerKwh;
  const [busyGco2eq, idleGco2eq] = grams === null ? [0, 0] : [busyKwh * grams, idleKwh * grams];
  const kwhWithoutCarbon = grams === null ? busyKwh + idleKwh : 0;
  tally.add("busyKwh", busyKwh);
  tally.add("idleKwh", idleKwh);
  tally.add("busyGco2eq", busyGco2eq);
  tally.add("idleGco2eq", idleGco2eq);
  tally.add("kwhWithoutCarbon", kwhWithoutCarbon);
  return {
    ...session,
    countedUntil: until,
    unknownSeconds,
    runtimeSeconds: session.runtimeSeconds + (countMs / 1000) * (1 - load.idleFraction),
    busyKwh: session.busyKwh + busyKwh,
    idleKwh: session.idleKwh + idleKwh,
    busyGco2eq: session.busyGco2eq + busyGco2eq,
    idleGco2eq: session.idleGco2eq + idleGco2eq,
    kwhWithoutCarbon: session.kwhWithoutCarbon + kwhWithoutCarbon,
  };
}
