import type { Hour } from "../usage/hour.js";
import { isMetered } from "../usage/provenance.js";
import type { ScopeKind } from "../usage/scope.js";
import { type Amount, type Cause, type Change, changesAlong, isNear } from "./change.js";
import { type AroundHost, hostChanges, kwhOf, modelsText } from "./host-changes.js";
import type { StatedHost } from "./stated-hosts.js";
import type { StatedHour, StatedIntensity } from "./statement.js";

/** What the hosts of an hour may be off, relative, from the hour that they are the sum of. */
const OFF = 1e-9;

/** What is known beside the two hours. */
export interface AroundHour {
  readonly kind: ScopeKind;
  /** Whether a host was measured in the hour, whoever had it, by the first and by the second statement. */
  readonly wasMeasured: (host: string, hour: Hour) => boolean;
  readonly isMeasured: (host: string, hour: Hour) => boolean;
  /** Whether hosts of an hour are stored, or there were none: without them it may be 0 and have had hosts all the same. */
  readonly hadHosts: (hour: StatedHour) => boolean;
  readonly hasHosts: (hour: StatedHour) => boolean;
}

/**
 * Why an hour of a scope changed. The changes add up to the difference of the two.
 *
 * One thing after the other is put as it is now: the CPU-seconds of the hosts, whose they were, the power model, the
 * intensity. What two of them do together counts as the later one's.
 */
export function changesOfHour(
  before: StatedHour | undefined,
  after: StatedHour | undefined,
  around: AroundHour,
): Change[] {
  const [was, is] = [knownOf(before), knownOf(after)];
  if (before === undefined || was.kwh === null)
    return is.kwh === null ? [] : [{ cause: "hours added", what: "", kwh: is.kwh, gco2eq: is.gco2eq ?? 0 }];
  if (after === undefined || is.kwh === null)
    return [{ cause: "hours removed", what: "", kwh: -was.kwh, gco2eq: -(was.gco2eq ?? 0) }];
  if (was.gco2eq === null || is.gco2eq === null)
    return [
      ...changesOfHour(withoutCarbon(before), withoutCarbon(after), around),
      ...changesOfCarbonAlone(was.gco2eq, is.gco2eq),
    ];
  const start = { kwh: was.kwh, gco2eq: was.gco2eq };
  const end = { kwh: is.kwh, gco2eq: is.gco2eq };
  const isByHost =
    around.hadHosts(before) &&
    around.hasHosts(after) &&
    isSumOfHosts(before, start) &&
    isSumOfHosts(after, end);
  const changes = isByHost ? changesByHost(before, after, around) : [];
  return changes.length > 0
    ? withRounding(changes, start, end)
    : changesOfWhole(before, after, start, end, around.kind);
}

type Known = { readonly [Name in keyof Amount]: number | null };

/** Busy and idle together. */
export function knownOf(hour: StatedHour | undefined): Known {
  const sum = (a: number | null = null, b: number | null = null): number | null =>
    a === null || b === null ? null : a + b;
  return { kwh: sum(hour?.busyKwh, hour?.idleKwh), gco2eq: sum(hour?.busyGco2eq, hour?.idleGco2eq) };
}

/** For the energy alone: as if none of it had had any carbon. */
function withoutCarbon(hour: StatedHour): StatedHour {
  const hosts = hour.hosts.map((host) => ({ ...host, gco2eq: 0 }));
  return { ...hour, busyGco2eq: 0, idleGco2eq: 0, gco2eqPerKwh: 0, hosts };
}

function changesOfCarbonAlone(was: number | null, is: number | null): Change[] {
  if (was === is) return [];
  const cause = was === null ? "carbon became known" : "carbon no longer known";
  return [{ cause, what: "", kwh: 0, gco2eq: (is ?? 0) - (was ?? 0) }];
}

function isSumOfHosts({ hosts }: StatedHour, { kwh, gco2eq }: Amount): boolean {
  const hostKwh = hosts.reduce((sum, host) => sum + kwhOf(host), 0);
  const hostGrams = hosts.reduce((sum, host) => sum + (host.gco2eq ?? Number.NaN), 0);
  return isNear(hostKwh, kwh, OFF) && isNear(hostGrams, gco2eq, OFF);
}

function changesByHost(before: StatedHour, after: StatedHour, around: AroundHour): Change[] {
  const aroundHost: AroundHost = {
    gco2eqPerKwh: gramsPerKwh(before) ?? gramsPerKwh(after) ?? 0,
    intensities: intensitiesText(before.intensity, after.intensity),
  };
  const now = new Map(after.hosts.map((host) => [host.host, host]));
  const earlier = new Set(before.hosts.map(({ host }) => host));
  const whyItCame = ({ host }: StatedHost): Cause =>
    around.wasMeasured(host, before.hour) ? "owners corrected" : "hours repaired";
  const whyItWent = ({ host }: StatedHost): Cause => {
    if (!around.isMeasured(host, after.hour)) return "hours repaired";
    // It may have been measured again as well.
    return isSameCloud(before, after) ? "owners corrected" : "not told apart";
  };
  return [
    ...before.hosts.flatMap((host) => {
      const same = now.get(host.host);
      return hostChanges(host, same, same === undefined ? whyItWent(host) : "owners corrected", aroundHost);
    }),
    ...after.hosts
      .filter(({ host }) => !earlier.has(host))
      .flatMap((host) => hostChanges(undefined, host, whyItCame(host), aroundHost)),
  ];
}

/** Of an hour whose hosts are not known. */
function changesOfWhole(
  before: StatedHour,
  after: StatedHour,
  start: Amount,
  end: Amount,
  kind: ScopeKind,
): Change[] {
  const rate = gramsPerKwh(before) ?? gramsPerKwh(after) ?? 0;
  const cause = causeOfWhole(before, after, kind);
  const what = cause === "model changed" ? modelsText(before.model, after.model) : "";
  const intensities = intensitiesText(before.intensity, after.intensity);
  return changesAlong(
    start,
    [
      { cause, what, kwh: end.kwh, gco2eq: end.kwh * rate },
      { cause: "intensity revised", what: intensities, ...end },
    ],
    end,
  );
}

/** Why the energy of an hour changed, as far as sums tell. */
function causeOfWhole(before: StatedHour, after: StatedHour, kind: ScopeKind): Cause {
  const isSame = (name: "busyCpuSeconds" | "idleCpuSeconds"): boolean =>
    isNear(before[name] ?? 0, after[name] ?? 0);
  if (isSame("busyCpuSeconds") && isSame("idleCpuSeconds")) return "model changed";
  if (before.model !== after.model || isMetered(before.model)) return "not told apart";
  // Everything has no owners.
  if (kind === "ada") return "hours repaired";
  return isSameCloud(before, after) ? "owners corrected" : "not told apart";
}

/** Whether no host of anybody was measured again. */
function isSameCloud({ cloudCpuSeconds: was }: StatedHour, { cloudCpuSeconds: is }: StatedHour): boolean {
  return was !== null && is !== null && isNear(was, is, OFF);
}

function gramsPerKwh(hour: StatedHour): number | null {
  const { kwh, gco2eq } = knownOf(hour);
  return kwh !== null && gco2eq !== null && kwh > 0 ? gco2eq / kwh : hour.gco2eqPerKwh;
}

function intensitiesText(was: StatedIntensity | null, is: StatedIntensity | null): string {
  const text = (one: StatedIntensity | null): string =>
    one === null ? "none" : `${one.kind} of ${one.source}`;
  return text(was) === text(is) ? text(is) : `${text(was)} -> ${text(is)}`;
}

/** What sums of hosts are off from the hour, which is rounding, counts as a part of the largest change. */
function withRounding(changes: readonly Change[], start: Amount, end: Amount): Change[] {
  const rest = (name: keyof Amount): number =>
    changes.reduce((left, change) => left - change[name], end[name] - start[name]);
  const [kwh, gco2eq] = [rest("kwh"), rest("gco2eq")];
  const size = (change: Change): number => Math.abs(change.gco2eq) || Math.abs(change.kwh);
  const largest = changes.reduce((most, change) => (size(change) > size(most) ? change : most));
  return changes.map((change) =>
    change === largest ? { ...change, kwh: change.kwh + kwh, gco2eq: change.gco2eq + gco2eq } : change,
  );
}
