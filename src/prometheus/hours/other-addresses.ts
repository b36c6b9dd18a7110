import { type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import { namesOfFew } from "../client/hosts.js";
import { bootsWithinQuery } from "../client/queries.js";
import type { ChunkEdges } from "./chunk-edges.js";
import { RARE_SCRAPES_MS, SIGHT_MS, SILENT_MS, type SilentHosts, silentHost } from "./out-of-sight.js";
import { SAME_MACHINE_BOOT_MS } from "./twin-candidates.js";

/**
 * Hosts that were not seen in a chunk, and booted when another one did: perhaps that is them, at another address. Before
 * the chunk they are looked for if a host was seen first in it, or after it, that had booted before the chunk. After it,
 * if one ended in a chunk that is so long that nobody was looked for there.
 *
 * @param silent Those that are known not to have been seen.
 */
export async function atOtherAddresses(
  server: HostServer,
  { hours, now }: { readonly hours: readonly FinishedHour[]; readonly now: number },
  { hosts: { hosts }, presences, hasCounted }: ChunkEdges,
  silent: SilentHosts,
): Promise<SilentHosts> {
  const from = hours[0] ?? Number.NaN;
  const span = { from, to: from + hours.length * HOUR_MS };
  const sightHours = SIGHT_MS / HOUR_MS;
  const [begun, ended]: [number[], number[]] = [[], []];
  presences.forEach(({ scrapes, bootMin, bootMax }, row) => {
    const first = scrapes.findIndex((count) => count > 0);
    const last = scrapes.findLastIndex((count) => count > 0);
    const isNew = first > 0 || (first === 0 && !hasCounted(row, 0));
    if (isNew && first < sightHours && bootMin < span.from) begun.push(bootMin);
    if (last >= Math.max(0, hours.length - sightHours) && last < hours.length - 1 && bootMax > 0)
      ended.push(bootMax);
  });
  const before = { from: span.from - SIGHT_MS, to: span.from };
  const after = { from: span.to, to: Math.min(now, span.to + SIGHT_MS) };
  const known = new Set([...hosts, ...silent.hosts].map(({ instance }) => instance));
  const isLong = span.to - span.from > SILENT_MS;

  const later = await bootsOf(server, silent.hosts, {
    ...after,
    to: Math.min(after.to, span.to + SILENT_MS),
  });
  begun.push(...later.boots.filter((boot) => boot < span.from));
  const others = await Promise.all([
    bootedWith(server, begun, before, known),
    bootedWith(server, isLong ? ended : [], after, known),
  ]);
  return {
    hosts: [...silent.hosts, ...others.flatMap((found) => found.hosts)],
    warnings: [...silent.warnings, ...later.warnings, ...others.flatMap((found) => found.warnings)],
  };
}

/** When some hosts say that they booted, in a time in which they are seen. */
async function bootsOf(
  { client, selection, call }: HostServer,
  hosts: SilentHosts["hosts"],
  { from, to }: Interval,
): Promise<{ readonly boots: readonly number[]; readonly warnings: readonly string[] }> {
  const count = Math.floor((to - from) / HOUR_MS);
  if (hosts.length === 0 || count < 1) return { boots: [], warnings: [] };
  const instances = namesOfFew(hosts.map(({ instance }) => instance));
  const grid = { from: from + HOUR_MS, stepMs: HOUR_MS, count };
  const query = bootsWithinQuery(selection, RARE_SCRAPES_MS / 1000, instances);
  const { data, warnings } = await client.range(query, grid, call);
  return { boots: [...data.values].filter((boot) => boot > 0).map((boot) => boot * 1000), warnings };
}

/** Hosts at addresses that are not known that booted at certain times, as they say in a time before or after a chunk. */
async function bootedWith(
  { client, selection, call }: HostServer,
  boots: readonly number[],
  { from, to }: Interval,
  known: ReadonlySet<string>,
): Promise<SilentHosts> {
  const count = Math.floor((to - from) / HOUR_MS);
  if (boots.length === 0 || count < 1) return { hosts: [], warnings: [] };
  const grid = { from: to - (count - 1) * HOUR_MS, stepMs: HOUR_MS, count };
  const [first, last] = [Math.min(...boots), Math.max(...boots)];
  const query = `${bootsWithinQuery(selection, RARE_SCRAPES_MS / 1000, undefined)} >= ${(first - SAME_MACHINE_BOOT_MS) / 1000} <= ${(last + SAME_MACHINE_BOOT_MS) / 1000}`;
  const { data, warnings } = await client.range(query, grid, call);
  const isOneOf = (seconds: number): boolean =>
    boots.some((boot) => Math.abs(seconds * 1000 - boot) <= SAME_MACHINE_BOOT_MS);
  const found = data.series.flatMap((labels, s) => {
    if (!data.values.subarray(s * count, (s + 1) * count).some(isOneOf)) return [];
    const host = silentHost(labels, selection.labels);
    return known.has(host.instance) ? [] : [host];
  });
  return { hosts: found, warnings };
}
