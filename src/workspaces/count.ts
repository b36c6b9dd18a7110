import { basisOfStored } from "../intensity/basis-of-source.js";
import type { WorkspaceLoad, WorkspaceModel } from "../power/workspace-model.js";
import type { SessionIntensity, WorkspaceSession } from "../stores/workspace-store.js";
import type { HostSample } from "../usage/host-source.js";
import type { Interval } from "../usage/hour.js";
import { recordOf } from "../usage/record-of.js";
import { type ElapsedRules, elapsedSince } from "./elapsed.js";
import type { PollIntensity, PollTally } from "./report.js";
import {
  COUNTED_ENERGY,
  type CountedEnergy,
  type HourlyCount,
  withCount,
  withHours,
} from "./session-hours.js";

export interface CountRules extends ElapsedRules {
  readonly model: WorkspaceModel;
  /** The intensity of now of a project's grid; `null` where it is not known. */
  readonly intensityOf: (project: string) => PollIntensity | null;
  /** The first hour that may still begin; `null` where hours are not wanted. */
  readonly firstHour: number | null;
}

/** What a host is doing, or `null` where that is not known: without CPU figures there is no energy. */
export function loadOf(sample: HostSample): WorkspaceLoad | null {
  const { machine, cores, idleFraction, memoryActiveRatio } = sample;
  return cores === null || idleFraction === null ? null : { machine, cores, idleFraction, memoryActiveRatio };
}

/** The session with what its host used since it was last counted. The same object if there is nothing to add. */
export function counted(
  session: WorkspaceSession,
  sample: HostSample,
  rules: CountRules,
  tally: PollTally,
): WorkspaceSession {
  const load = loadOf(sample);
  const elapsed = elapsedSince(session, sample, load !== null, rules);
  const { until, unknown } = elapsed;
  const countMs = elapsed.counted.to - elapsed.counted.from;
  const unknownMs = unknown.reduce((sum, { from, to }) => sum + (to - from), 0);
  if (until === session.countedUntil && unknownMs === 0) return session;
  tally.add("countedSeconds", countMs / 1000);
  tally.add("unknownSeconds", unknownMs / 1000);
  const unknownSeconds = session.unknownSeconds + unknownMs / 1000;
  if (load === null || countMs === 0) {
    const after = { ...session, countedUntil: until, unknownSeconds };
    return unknownMs === 0 ? after : withUnknown(after, sample, unknown, rules);
  }

  const { busyKwh, idleKwh } = rules.model.energy(load, countMs);
  const intensity = rules.intensityOf(sample.project);
  const grams = intensity?.gco2eqPerKwh ?? null;
  const [busyGco2eq, idleGco2eq] = grams === null ? [0, 0] : [busyKwh * grams, idleKwh * grams];
  const kwhWithoutCarbon = grams === null ? busyKwh + idleKwh : 0;
  const energy = { busyKwh, idleKwh, busyGco2eq, idleGco2eq, kwhWithoutCarbon };
  tally.add("busyKwh", busyKwh);
  tally.add("idleKwh", idleKwh);
  tally.add("busyGco2eq", busyGco2eq);
  tally.add("idleGco2eq", idleGco2eq);
  tally.add("kwhWithoutCarbon", kwhWithoutCarbon);
  const addedBasis = intensity === null ? undefined : basisOfStored(intensity);
  const own = isOfBasis(session, addedBasis) ? energy : withoutGrams(energy);
  // Spelled out, since this is done for every host of every poll.
  const after = {
    ...withBasis(session, addedBasis),
    countedUntil: until,
    unknownSeconds,
    runtimeSeconds: session.runtimeSeconds + (countMs / 1000) * (1 - load.idleFraction),
    busyKwh: session.busyKwh + own.busyKwh,
    idleKwh: session.idleKwh + own.idleKwh,
    busyGco2eq: session.busyGco2eq + own.busyGco2eq,
    idleGco2eq: session.idleGco2eq + own.idleGco2eq,
    kwhWithoutCarbon: session.kwhWithoutCarbon + own.kwhWithoutCarbon,
  };
  return inHours(after, sample, { ...load, counted: elapsed.counted, energy, unknown }, rules);
}

/** Whether grams may be added to those of a session, which count what the first ones did. */
function isOfBasis(session: WorkspaceSession, added: string | undefined): boolean {
  return added === undefined || session.basis === undefined || session.basis === added;
}

function withBasis(session: WorkspaceSession, added: string | undefined): WorkspaceSession {
  return added === undefined || session.basis !== undefined ? session : { ...session, basis: added };
}

/** Grams that count something else than those of a session are in its hours alone. */
function withoutGrams({ busyKwh, idleKwh }: CountedEnergy): CountedEnergy {
  return { busyKwh, idleKwh, busyGco2eq: 0, idleGco2eq: 0, kwhWithoutCarbon: busyKwh + idleKwh };
}

const NOTHING: CountedEnergy = recordOf(COUNTED_ENERGY, () => 0);

/** The session with time of which nothing is known in its hours. A host of unknown size counts as one core. */
export function withUnknown(
  session: WorkspaceSession,
  sample: HostSample,
  unknown: readonly Interval[],
  rules: CountRules,
): WorkspaceSession {
  const count = { cores: sample.cores ?? 1, idleFraction: 1, counted: { from: 0, to: 0 } };
  return inHours(session, sample, { ...count, energy: NOTHING, unknown }, rules);
}

function inHours(
  session: WorkspaceSession,
  { project }: HostSample,
  count: Pick<HourlyCount, "cores" | "idleFraction" | "counted" | "energy" | "unknown">,
  { firstHour, model, intensityOf }: CountRules,
): WorkspaceSession {
  if (firstHour === null) return session;
  const { cores, idleFraction, counted, energy, unknown } = count;
  const intensity = intensityOf(project);
  const hours = withCount(session.hours, {
    ...{ cores, idleFraction, counted, energy, unknown, firstHour },
    model: storable(model.id),
    intensity: intensity && sessionIntensity(intensity),
  });
  return withHours(session, hours);
}

/** The intensity as a store takes it: the source of another program may give any text or time. */
function sessionIntensity({ kind, source, basis, fetchedAt }: PollIntensity): SessionIntensity {
  const isInstant = fetchedAt !== null && fetchedAt >= 0 && Number.isFinite(fetchedAt);
  const about = basis === undefined ? {} : { basis };
  return { kind, source: storable(source), ...about, fetchedAt: isInstant ? Math.round(fetchedAt) : null };
}

function storable(name: string): string {
  return name === "" ? "unnamed" : name.toWellFormed();
}
