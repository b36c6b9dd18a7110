import { HOUR_MS, type Interval } from "../usage/hour.js";
import { type GroupHours, timeOf, unclearStretches } from "./clean-hours.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import type { RowPresence } from "./edges/measure-edges.js";
import type { HostSelection } from "./queries.js";
import type { Look } from "./scrapes/look.js";
import { firstSeenAfter, lastSeenBefore, SIGHT_MS } from "./sightings.js";

/** Where hosts were seen on either side of a chunk, by instance. */
export interface Beyond {
  readonly before: ReadonlyMap<string, Interval>;
  readonly after: ReadonlyMap<string, Interval>;
  readonly warnings: readonly string[];
}

/** Where hosts that come later than the chunk begins, or go before it ends, were seen on its other side. */
export async function lookBeyond(
  client: PrometheusClient,
  selection: HostSelection,
  groups: readonly GroupHours[],
  span: Interval,
  now: number,
  call: PrometheusCallOptions,
): Promise<Beyond> {
  const hours = Math.round((span.to - span.from) / HOUR_MS);
  const sightHours = SIGHT_MS / HOUR_MS;
  const namesOf = (is: (group: GroupHours) => boolean): string[] =>
    groups.filter((group) => group.last < 0 || is(group)).flatMap(({ instances }) => instances);
  const late = namesOf(({ first, isClean }) => first < sightHours && isClean[0] !== 1);
  const early = namesOf(({ last, isClean }) => last >= hours - sightHours && isClean[hours - 1] !== 1);
  const [before, after] = await Promise.all([
    lastSeenBefore(client, selection, late, span.from, call),
    firstSeenAfter(client, selection, early, span.to, now, call),
  ]);
  return { before: before.seen, after: after.seen, warnings: [...before.warnings, ...after.warnings] };
}

/** Scrapes around an edge that is to be measured: one before it and one after it. */
const AROUND_SCRAPES = 2.2;
const AROUND_UNKNOWN_MS = 1_320_000;

/** The raw samples that measure the unclear hours of an instance. */
export function looksOf(
  of: GroupHours,
  presences: readonly RowPresence[],
  span: Interval,
  ends: Beyond,
): Look[] {
  const spacings = of.rows.map((row) => presences[row]?.spacingMs ?? Number.NaN);
  const spacingMs = Math.max(...spacings.filter((ms) => !Number.isNaN(ms)), 0);
  const aroundMs = spacingMs > 0 ? Math.ceil(AROUND_SCRAPES * spacingMs) + 1_000 : AROUND_UNKNOWN_MS;
  const cores = Math.max(
    ...of.rows.map((row) => presences[row]?.cores ?? Number.NaN).filter((n) => n > 0),
    1,
  );
  const look = (from: number, to: number): Look[] =>
    of.instances.map((instance) => {
      const samples = ((to - from) / (spacingMs || 60_000)) * cores * 8 * Math.max(1, of.rows.length);
      return { instance, from, to, samples };
    });
  const looks = unclearStretches(of).flatMap((stretch) => {
    const { from, to } = timeOf(stretch, span.from);
    return look(from - aroundMs, to + aroundMs);
  });
  const seen = of.instances.flatMap((instance) => [ends.before.get(instance), ends.after.get(instance)]);
  return [
    ...looks,
    ...seen.flatMap((minutes) => (minutes === undefined ? [] : look(minutes.from, minutes.to))),
  ];
}
