import type { HostServer } from "../client/host-server.js";
import { type HostTable, instanceValues, MOST_CHARACTERS } from "../client/hosts.js";
import { rawSamplesQuery } from "../client/queries.js";
import type { StoredSamples } from "../replies/stored-samples.js";
import { type ScrapesOf, scrapesByInstance } from "./read-scrapes.js";

/** Scrapes of one instance that are to be read: those in [from, to], UTC milliseconds. */
export interface RawRange {
  readonly instance: string;
  readonly from: number;
  readonly to: number;
  /** About how many samples that is. */
  readonly samples: number;
}

/** Samples in one reply: some ten megabytes of text. */
const MOST_SAMPLES = 300_000;

interface RangeRequest {
  readonly instances: Set<string>;
  from: number;
  to: number;
  samples: number;
  characters: number;
}

/** A server that is asked for raw samples, of all projects or of some. */
type RawServer = Pick<HostServer, "client" | "call"> & {
  readonly selection: Parameters<typeof rawSamplesQuery>[0];
};

/** Raw samples, and the scrapes that they are put together into. */
export interface RawScrapes {
  readonly samples: readonly StoredSamples[];
  readonly scrapesOf: ScrapesOf;
  readonly warnings: readonly string[];
}

/**
 * Reads CPU counters and boot times as they were stored, in as few requests as their size allows, and puts them, and
 * those that were read earlier, together into scrapes; their hosts are added to the table.
 */
export async function readRawScrapes(
  { client, selection, call }: RawServer,
  ranges: readonly RawRange[],
  hosts: HostTable,
  earlier: readonly StoredSamples[] = [],
): Promise<RawScrapes> {
  const replies = await Promise.all(
    planRequests(ranges).map(({ instances, from, to }) => {
      const names = [...instances].flatMap(instanceValues);
      // A range is left-open in newer servers, so it begins a second early.
      const seconds = Math.ceil((to - from) / 1000) + 1;
      return client.samples(rawSamplesQuery(selection, names, seconds), to, call);
    }),
  );
  const samples = [...earlier, ...replies.flatMap(({ data }) => data)];
  return {
    samples,
    scrapesOf: scrapesByInstance(samples, selection.labels, hosts),
    warnings: replies.flatMap(({ warnings }) => warnings),
  };
}

/** As few requests as cover all ranges, without reading much else and none too large. */
function planRequests(ranges: readonly RawRange[]): RangeRequest[] {
  const requests: RangeRequest[] = [];
  const sorted = [...ranges].flatMap(inPieces).sort((a, b) => a.from - b.from || a.to - b.to);
  for (const range of sorted) {
    const last = requests.at(-1);
    if (last !== undefined && fits(last, range)) {
      const isNew = !last.instances.has(range.instance);
      last.instances.add(range.instance);
      last.samples += range.samples;
      last.from = Math.min(last.from, range.from);
      last.to = Math.max(last.to, range.to);
      last.characters += isNew ? range.instance.length + 1 : 0;
    } else {
      const { instance, from, to, samples } = range;
      requests.push({ instances: new Set([instance]), from, to, samples, characters: instance.length + 1 });
    }
  }
  return requests;
}

/** A range that is too large by itself, in pieces of equal length that meet. */
function inPieces(range: RawRange): RawRange[] {
  const count = Math.max(1, Math.ceil(range.samples / MOST_SAMPLES));
  const length = (range.to - range.from) / count;
  return Array.from({ length: count }, (_, i) => ({
    instance: range.instance,
    from: Math.floor(range.from + i * length),
    to: Math.ceil(range.from + (i + 1) * length),
    samples: range.samples / count,
  }));
}

/** Whether a range can be part of a request: its size and its text allow it, and little else is read. */
function fits(request: RangeRequest, range: RawRange): boolean {
  const characters = request.characters + range.instance.length + 1;
  if (characters > MOST_CHARACTERS || request.samples + range.samples > MOST_SAMPLES) return false;
  const length = Math.max(request.to, range.to) - Math.min(request.from, range.from);
  return length <= 1.25 * Math.max(request.to - request.from, range.to - range.from);
}
