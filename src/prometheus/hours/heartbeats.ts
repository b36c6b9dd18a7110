import type { Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import { heartbeatQuery } from "../client/queries.js";

/** How finely it is known when a source was heard: as far back as servers look for a value. */
export const HEARTBEAT_MS = 300_000;
/** Heartbeats of one request: a month. */
const MOST_HEARTBEATS = 8_928;

/**
 * When anything at all was heard from the hosts of a selection. While others are heard, a host that is silent is gone
 * or down. While all are silent, the source is, and nothing is known of any host.
 */
export class Heartbeats {
  readonly #server: HostServer;
  /** Ends of windows, as multiples of their length. */
  readonly #asked = new Set<number>();
  readonly #heard = new Set<number>();

  constructor(server: HostServer) {
    this.#server = server;
  }

  /** Asks the source about these times, as far as it has not been asked; UTC milliseconds. */
  async listen(spans: readonly Interval[]): Promise<readonly string[]> {
    const { client, selection, call } = this.#server;
    const wanted = new Set<number>();
    for (const { from, to } of spans)
      for (let window = windowOf(from); window <= windowOf(to); window++)
        if (!this.#asked.has(window)) wanted.add(window);
    const warnings: string[] = [];
    for (const { from, to } of stretches([...wanted].sort((a, b) => a - b))) {
      const grid = { from: from * HEARTBEAT_MS, stepMs: HEARTBEAT_MS, count: to - from + 1 };
      const query = heartbeatQuery(selection, HEARTBEAT_MS / 1000);
      const reply = await client.range(query, grid, call);
      warnings.push(...reply.warnings);
      for (let i = 0; i < grid.count; i++) {
        this.#asked.add(from + i);
        for (let s = 0; s < reply.data.series.length; s++)
          if ((reply.data.values[s * grid.count + i] as number) > 0) this.#heard.add(from + i);
      }
    }
    return warnings;
  }

  /** Whether anything was heard surely after a time. */
  isHeardAfter(time: number): boolean {
    for (const window of this.#heard) if ((window - 1) * HEARTBEAT_MS >= time) return true;
    return false;
  }

  /** The parts of [from, to) in which nothing was heard of any host; only of times that were asked about. */
  unheardIn(from: number, to: number): Interval[] {
    const unheard: { from: number; to: number }[] = [];
    for (let window = windowOf(from); window <= windowOf(to); window++) {
      if (this.#heard.has(window)) continue;
      const start = Math.max(from, (window - 1) * HEARTBEAT_MS);
      const end = Math.min(to, window * HEARTBEAT_MS);
      if (end <= start) continue;
      const last = unheard.at(-1);
      if (last?.to === start) last.to = end;
      else unheard.push({ from: start, to: end });
    }
    return unheard;
  }
}

/** The window that holds a time: it ends at this multiple of its length. */
function windowOf(time: number): number {
  return Math.ceil(time / HEARTBEAT_MS);
}

/** Neighbouring numbers as stretches, none longer than a request may ask for. */
function stretches(windows: readonly number[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const window of windows) {
    const last = found.at(-1);
    if (last !== undefined && window === last.to + 1 && window - last.from < MOST_HEARTBEATS)
      last.to = window;
    else found.push({ from: window, to: window });
  }
  return found;
}
