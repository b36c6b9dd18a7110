import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import { type HostTable, instanceOfPlace, placeOfHost } from "../client/hosts.js";
import type { RowPresence } from "../edges/measure-edges.js";
import type { RawRange } from "../scrapes/raw-scrapes.js";
import { type GroupHours, type RowGroup, type SeenSpan, timeOf, unclearStretches } from "./clean-hours.js";
import { SIGHT_MS, seenIn } from "./out-of-sight.js";

/** Where hosts were seen on one side of a chunk, by place, and all those of an instance. */
export interface SeenBeyond {
  readonly places: ReadonlyMap<string, Interval>;
  readonly ofInstance: ReadonlyMap<string, readonly Interval[]>;
}

/** Where hosts were seen on either side of a chunk. */
export interface Beyond {
  readonly before: SeenBeyond;
  readonly after: SeenBeyond;
  readonly warnings: readonly string[];
}

/** Where hosts that come later than the chunk begins, or go before it ends, were seen on its other side. */
export async function seenBeyond(
  server: HostServer,
  groups: readonly GroupHours[],
  span: Interval,
  now: number,
): Promise<Beyond> {
  const hours = Math.round((span.to - span.from) / HOUR_MS);
  const sightHours = SIGHT_MS / HOUR_MS;
  const namesOf = (is: (span: SeenSpan) => boolean): string[] =>
    groups.filter(({ spans }) => spans.length === 0 || spans.some(is)).flatMap(({ instances }) => instances);
  const isLate = ({ first }: SeenSpan): boolean => first > 0 && first < sightHours;
  const isEarly = ({ last }: SeenSpan): boolean => last < hours - 1 && last >= hours - sightHours;
  const unclearAt = (hour: number): string[] =>
    groups.filter(({ isClean }) => isClean[hour] !== 1).flatMap(({ instances }) => instances);
  const timeBefore = { from: span.from - SIGHT_MS, to: span.from };
  const timeAfter = { from: span.to, to: Math.min(now, span.to + SIGHT_MS) };
  const [before, after] = await Promise.all([
    seenIn(server, [...new Set([...namesOf(isLate), ...unclearAt(0)])], timeBefore, "last"),
    seenIn(server, [...new Set([...namesOf(isEarly), ...unclearAt(hours - 1)])], timeAfter, "first"),
  ]);
  return {
    before: byInstance(before.seen),
    after: byInstance(after.seen),
    warnings: [...before.warnings, ...after.warnings],
  };
}

function byInstance(places: ReadonlyMap<string, Interval>): SeenBeyond {
  const seen = Map.groupBy(places, ([place]) => instanceOfPlace(place));
  const ofInstance = new Map(
    [...seen].map(([instance, own]) => [instance, own.map(([, minutes]) => minutes)]),
  );
  return { places, ofInstance };
}

/**
 * Where the instances of a group were seen, in whatever project: that may have changed. Of a group of one project only
 * there.
 */
export function seenOf({ instances, onlyProject }: RowGroup, { places, ofInstance }: SeenBeyond): Interval[] {
  if (onlyProject === undefined) return instances.flatMap((instance) => ofInstance.get(instance) ?? []);
  return instances.flatMap((instance) => places.get(placeOfHost({ instance, project: onlyProject })) ?? []);
}

/** Hours in which a row was out of sight, before it was first seen or after it was last seen, are not clean. */
export function markOutOfSight(group: GroupHours, { hosts }: HostTable, ends: Beyond): void {
  group.rows.forEach((row, i) => {
    const [host, span] = [hosts[row], group.spans[i]];
    if (host === undefined || span === undefined) return;
    const place = placeOfHost(host);
    if (ends.before.places.has(place)) group.isClean.fill(0, 0, span.first);
    if (ends.after.places.has(place)) group.isClean.fill(0, span.last + 1);
  });
}

/** Scrapes around an edge that is to be measured: one before it and one after it. */
const AROUND_SCRAPES = 2.2;
const AROUND_UNKNOWN_MS = 1_320_000;

/** The raw samples that measure the unclear hours of an instance. */
export function rangesOf(
  of: GroupHours,
  { presences }: { readonly presences: readonly RowPresence[] },
  span: Interval,
  ends: Beyond,
): RawRange[] {
  const spacings = of.rows.map((row) => presences[row]?.spacingMs ?? Number.NaN);
  const spacingMs = Math.max(...spacings.filter((ms) => !Number.isNaN(ms)), 0);
  const aroundMs = spacingMs > 0 ? Math.ceil(AROUND_SCRAPES * spacingMs) + 1_000 : AROUND_UNKNOWN_MS;
  const cores = Math.max(
    ...of.rows.map((row) => presences[row]?.cores ?? Number.NaN).filter((n) => n > 0),
    1,
  );
  const rangeFor = (from: number, to: number): RawRange[] =>
    of.instances.map((instance) => {
      const samples = ((to - from) / (spacingMs || 60_000)) * cores * 8 * Math.max(1, of.rows.length);
      return { instance, from, to, samples };
    });
  const ranges = unclearStretches(of).flatMap((stretch) => {
    const { from, to } = timeOf(stretch, span.from);
    return rangeFor(from - aroundMs, to + aroundMs);
  });
  // With a scrape beyond the last one that was seen, how often the host is scraped tells a gap from rare scrapes.
  const before = seenOf(of, ends.before).flatMap(({ from, to }) => rangeFor(from - aroundMs, to));
  const after = seenOf(of, ends.after).flatMap(({ from, to }) => rangeFor(from, to + aroundMs));
  return [...ranges, ...before, ...after];
}
