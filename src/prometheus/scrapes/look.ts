import type { HostServer } from "../client/host-server.js";
import { instanceValues, MOST_CHARACTERS } from "../client/hosts.js";
import { rawSamplesQuery } from "../client/queries.js";
import type { StoredSamples } from "../replies/stored-samples.js";

/** Scrapes of one instance that are to be read: those in [from, to], UTC milliseconds. */
export interface Look {
  readonly instance: string;
  readonly from: number;
  readonly to: number;
  /** About how many samples that is. */
  readonly samples: number;
}

/** Samples in one reply: some ten megabytes of text. */
const MOST_SAMPLES = 300_000;

interface LookRequest {
  readonly instances: Set<string>;
  from: number;
  to: number;
  samples: number;
  characters: number;
}

export interface RawSamples {
  /** By the name of the metric. */
  readonly counters: readonly StoredSamples[];
  readonly bootTimes: readonly StoredSamples[];
  readonly warnings: readonly string[];
}

/** A server that is asked for raw samples, of all projects or of some. */
type RawServer = Pick<HostServer, "client" | "call"> & {
  readonly selection: Parameters<typeof rawSamplesQuery>[0];
};

/** Reads CPU counters and boot times as they were stored, in as few requests as their size allows. */
export async function readRawScrapes(
  { client, selection, call }: RawServer,
  looks: readonly Look[],
): Promise<RawSamples> {
  const replies = await Promise.all(
    planLooks(looks).map(({ instances, from, to }) => {
      const names = [...instances].flatMap(instanceValues);
      // A range is left-open in newer servers, so it begins a second early.
      const seconds = Math.ceil((to - from) / 1000) + 1;
      return client.samples(rawSamplesQuery(selection, names, seconds), to, call);
    }),
  );
  const samples = replies.flatMap(({ data }) => data);
  return {
    counters: samples.filter(({ labels }) => labels.cpu !== undefined),
    bootTimes: samples.filter(({ labels }) => labels.cpu === undefined),
    warnings: replies.flatMap(({ warnings }) => warnings),
  };
}

/** As few requests as cover all looks, without reading much else and none too large. */
export function planLooks(looks: readonly Look[]): LookRequest[] {
  const requests: LookRequest[] = [];
  const sorted = [...looks].flatMap(inPieces).sort((a, b) => a.from - b.from || a.to - b.to);
  for (const look of sorted) {
    const last = requests.at(-1);
    if (last !== undefined && fits(last, look)) {
      const isNew = !last.instances.has(look.instance);
      last.instances.add(look.instance);
      last.samples += look.samples;
      last.from = Math.min(last.from, look.from);
      last.to = Math.max(last.to, look.to);
      last.characters += isNew ? look.instance.length + 1 : 0;
    } else {
      const { instance, from, to, samples } = look;
      requests.push({ instances: new Set([instance]), from, to, samples, characters: instance.length + 1 });
    }
  }
  return requests;
}

/** A look that is too large by itself, in pieces of equal length that meet. */
function inPieces(look: Look): Look[] {
  const count = Math.max(1, Math.ceil(look.samples / MOST_SAMPLES));
  const length = (look.to - look.from) / count;
  return Array.from({ length: count }, (_, i) => ({
    instance: look.instance,
    from: Math.floor(look.from + i * length),
    to: Math.ceil(look.from + (i + 1) * length),
    samples: look.samples / count,
  }));
}

/** Whether a look can be part of a request: its size and its text allow it, and little else is read. */
function fits(request: LookRequest, look: Look): boolean {
  const characters = request.characters + look.instance.length + 1;
  if (characters > MOST_CHARACTERS || request.samples + look.samples > MOST_SAMPLES) return false;
  const length = Math.max(request.to, look.to) - Math.min(request.from, look.from);
  return length <= 1.25 * Math.max(request.to - request.from, look.to - look.from);
}
