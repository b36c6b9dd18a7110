import { DAY_MS, type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import { type HostTable, instanceOf, namesOfFew, placeOf, placeOfHost } from "../client/hosts.js";
import { type LabelNames, scrapesWithinQuery } from "../client/queries.js";

/** How far beyond a chunk to look for hosts that were only out of sight: a gap over a weekend is closed. */
export const SIGHT_MS: number = 3 * DAY_MS;
/** In a longer chunk nobody is out of sight all the while. */
export const SILENT_MS: number = DAY_MS;
const STEP_MS = 300_000;
/** A host is scraped once in this time at least: servers have no value of it five minutes after a scrape. */
export const RARE_SCRAPES_MS = 900_000;

/** Where hosts were seen next to a chunk, by place: a stretch of minutes that holds scrapes. UTC milliseconds. */
interface SeenHosts {
  readonly seen: ReadonlyMap<string, Interval>;
  readonly warnings: readonly string[];
}

/** A host that was not seen in a chunk. */
export interface SilentHost {
  readonly instance: string;
  readonly project: string;
}

/** Hosts that were not seen in a chunk, and what was said of the answers. */
export interface SilentHosts {
  readonly hosts: readonly SilentHost[];
  readonly warnings: readonly string[];
}

/** The host of a series. */
export function silentHost(series: Readonly<Record<string, string>>, labels: LabelNames): SilentHost {
  return { instance: instanceOf(series, labels), project: series[labels.project] ?? "" };
}

/**
 * Hosts that were not seen in a chunk at all, and were seen in the day after it, looked for once an hour: perhaps they
 * were only out of sight. Of a chunk of more than a day nobody can be. If it may begin amid an outage of everybody, also
 * those that were seen in the day before it: perhaps they ended in that.
 */
export async function silentHosts(
  { client, selection, call }: HostServer,
  hosts: HostTable,
  { hours, now }: { readonly hours: readonly FinishedHour[]; readonly now: number },
  mayBeginUnheard: boolean,
): Promise<SilentHosts> {
  const first = hours[0] ?? Number.NaN;
  const end = first + hours.length * HOUR_MS;
  const until = hours.length > SILENT_MS / HOUR_MS ? end : Math.min(now, end + SILENT_MS);
  const count = Math.floor((until - end) / HOUR_MS);
  const after = { from: until - (count - 1) * HOUR_MS, stepMs: HOUR_MS, count };
  const before = { from: first - SILENT_MS + HOUR_MS, stepMs: HOUR_MS, count: SILENT_MS / HOUR_MS };
  const scrapesIn = (ms: number): string => scrapesWithinQuery(selection, ms / 1000, undefined);
  const replies = await Promise.all([
    ...(count > 0 ? [client.range(scrapesIn(RARE_SCRAPES_MS), after, call)] : []),
    ...(mayBeginUnheard ? [client.range(scrapesIn(HOUR_MS), before, call)] : []),
  ]);
  const places = new Set(hosts.hosts.map(placeOfHost));
  const silent: SilentHost[] = [];
  for (const labels of replies.flatMap(({ data }) => data.series)) {
    const place = placeOf(labels, selection.labels);
    if (places.has(place)) continue;
    places.add(place);
    silent.push(silentHost(labels, selection.labels));
  }
  return { hosts: silent, warnings: replies.flatMap(({ warnings }) => warnings) };
}

/** When each of some instances was seen first or last in a time. */
export async function seenIn(
  { client, selection, call }: HostServer,
  instances: readonly string[],
  span: Interval,
  which: "first" | "last",
): Promise<SeenHosts> {
  const count = Math.ceil((span.to - span.from) / STEP_MS);
  if (instances.length === 0 || count < 1) return { seen: new Map(), warnings: [] };
  const grid = { from: span.from + STEP_MS, stepMs: STEP_MS, count };
  const query = scrapesWithinQuery(selection, STEP_MS / 1000, namesOfFew(instances));
  const { data, warnings } = await client.range(query, grid, call);
  const seen = new Map<string, Interval>();
  data.series.forEach((labels, s) => {
    const steps = Array.from({ length: count }, (_, i) => i).filter(
      (i) => (data.values[s * count + i] as number) > 0,
    );
    const step = which === "first" ? steps[0] : steps.at(-1);
    if (step === undefined) return;
    seen.set(placeOf(labels, selection.labels), {
      from: span.from + step * STEP_MS,
      to: span.from + (step + 1) * STEP_MS,
    });
  });
  return { seen, warnings };
}
