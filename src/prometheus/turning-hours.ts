import { HOUR_MS } from "../usage/hour.js";
import { at } from "../usage/series.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import { HostTable, instanceOf, instanceValues, MOST_CHARACTERS } from "./hosts.js";
import { median, type Sightings, turningHours } from "./presence.js";
import { bootSamplesQuery, type HostSelection } from "./queries.js";
import { makeRoom } from "./sightings.js";
import type { StoredSamples } from "./stored-samples.js";

/** Instances to look at closely in the hours `from` to `to`, indices, the last one included. */
interface Look {
  readonly instances: Set<string>;
  readonly from: number;
  to: number;
  /** Of the names of the instances. */
  characters: number;
}

/** Instances times hours of one look: some ten thousand samples, or a single hour of one instance. */
const HOST_HOURS = 240;

/** What the scrapes of the hours that were looked at say. */
export interface CloserLook {
  /** The usual time between two scrapes; undefined where no two were seen. */
  readonly spacingMs: number | undefined;
  readonly warnings: readonly string[];
}

/**
 * Completes `sightings` where a host comes, goes or reboots: there it looks at every scrape. These are few hours of
 * few hosts, so the scrapes of all others need not leave the server.
 */
export async function lookCloser(
  client: PrometheusClient,
  selection: HostSelection,
  hours: readonly number[],
  sightings: ReadonlyMap<string, Sightings>,
  call: PrometheusCallOptions,
): Promise<CloserLook> {
  const turning = new Map([...sightings].map(([instance, seen]) => [instance, turningHours(hours, seen)]));
  const replies = await Promise.all(
    planLooks(turning).map(async (look) => {
      const names = [...look.instances].flatMap(instanceValues);
      const query = bootSamplesQuery(selection, names, look.to - look.from + 1);
      return client.samples(query, (hours[look.to] ?? Number.NaN) + HOUR_MS, call);
    }),
  );
  const spacings: number[] = [];
  const owners = new HostTable(selection.labels);
  /** Scrapes under one set of labels in one hour. */
  const counts = new Map<string, number>();
  for (const series of replies.flatMap(({ data }) => data)) {
    const instance = instanceOf(series.labels, selection.labels);
    const seen = sightings.get(instance);
    const owner = owners.add(series.labels);
    if (seen !== undefined) makeRoom(seen);
    for (const i of turning.get(instance) ?? []) {
      if (seen === undefined) continue;
      const { scrapes, spacings: between } = noteScrapes(series, hours[i] ?? Number.NaN, seen, i);
      spacings.push(...between);
      // One that is scraped twice is not there for twice as long; one whose labels changed was there under each.
      const known = counts.get(`${owner} ${i}`) ?? 0;
      counts.set(`${owner} ${i}`, Math.max(known, scrapes));
      seen.scrapes[i] = (at(seen.scrapes, i) || 0) + Math.max(0, scrapes - known);
    }
  }
  return { spacingMs: median(spacings), warnings: replies.flatMap(({ warnings }) => warnings) };
}

/** As few looks as cover all turning hours without looking at much else. */
export function planLooks(turning: ReadonlyMap<string, readonly number[]>): Look[] {
  const turns = [...turning].flatMap(([instance, hours]) => hours.map((hour) => ({ instance, hour })));
  turns.sort((a, b) => a.hour - b.hour);
  const looks: Look[] = [];
  for (const { instance, hour } of turns) {
    const look = looks.at(-1);
    const isNew = look?.instances.has(instance) === false;
    const characters = (look?.characters ?? 0) + (isNew ? instance.length + 1 : 0);
    const instances = (look?.instances.size ?? 0) + (isNew ? 1 : 0);
    if (
      look !== undefined &&
      characters <= MOST_CHARACTERS &&
      instances * (hour - look.from + 1) <= HOST_HOURS
    ) {
      look.instances.add(instance);
      look.to = hour;
      look.characters = characters;
    } else {
      looks.push({ instances: new Set([instance]), from: hour, to: hour, characters: instance.length });
    }
  }
  return looks;
}

/** Notes first and last scrape and boot of hour `i`; says how many scrapes there were, and the times between them. */
function noteScrapes(
  { times, values }: StoredSamples,
  hour: number,
  seen: Sightings,
  i: number,
): { scrapes: number; spacings: number[] } {
  const spacings: number[] = [];
  let scrapes = 0;
  let before = Number.NaN;
  times.forEach((time, s) => {
    if (time < hour || time > hour + HOUR_MS) return;
    scrapes++;
    const boot = (values[s] ?? Number.NaN) * 1000;
    seen.first[i] = least(at(seen.first, i), time);
    seen.last[i] = most(at(seen.last, i), time);
    seen.bootFirst[i] = least(at(seen.bootFirst, i), boot);
    seen.bootLast[i] = most(at(seen.bootLast, i), boot);
    if (time > before) spacings.push(time - before);
    before = time;
  });
  return { scrapes, spacings };
}

/** The smaller one; what is NaN does not count. */
function least(a: number, b: number): number {
  return b < a || Number.isNaN(a) ? b : a;
}

function most(a: number, b: number): number {
  return b > a || Number.isNaN(a) ? b : a;
}
