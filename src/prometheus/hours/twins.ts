import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { RowPresence } from "../edges/measure-edges.js";
import {
  comparableScrapes,
  countsAmidst,
  countsOn,
  countTheSame,
  type LaidOutScrapes,
  machinesOf,
} from "../scrapes/machines.js";
import { readRawScrapes } from "../scrapes/raw-scrapes.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";
import type { ScrapedGroup } from "./scraped-group.js";
import { MOST_NEIGHBOURS, SAME_MACHINE_BOOT_MS } from "./twin-candidates.js";
import type { ChunkHosts } from "./unclear-scrapes.js";

/** Scrapes that are compared sample by sample. */
const COMPARED_SCRAPES = 10;

/** How long the raw samples are that two rows are compared by, and about how many those of one are. */
export function comparisonOf(...presences: readonly (RowPresence | undefined)[]): {
  lengthMs: number;
  samples: number;
} {
  const spacings = presences.map((presence) => presence?.spacingMs || 60_000);
  const cores = Math.max(...presences.map((presence) => presence?.cores || 8));
  const lengthMs = COMPARED_SCRAPES * Math.max(...spacings);
  return { lengthMs, samples: (lengthMs / Math.min(...spacings)) * 8 * cores };
}

/** All scrapes of what is one machine; none of what is several. */
export function unitedScrapes({
  layout,
  targets,
}: Pick<InstanceScrapes, "layout" | "targets">): LaidOutScrapes {
  const [only, ...more] = machinesOf(targets, layout);
  return comparableScrapes(only === undefined || more.length > 0 ? [] : only.scrapes, layout);
}

/** Where the scrapes of a machine lie that were read of a group: in the hours of the chunk, or beyond them. */
type Side = "within" | "around" | "before" | "after";

/**
 * Groups whose raw samples were read, and that are one machine: those of them that are another host of the chunk at a
 * second address, or had that for a while in which they are not seen at their own, with the row of that host. Also those
 * not seen in the chunk that are a host of it under the labels that it had before, or got later. Only few are measured by
 * raw samples, and fewer booted in the same second as another one.
 */
export async function twinsOfGroups(
  server: HostServer,
  { hosts, presences }: ChunkHosts,
  scraped: readonly ScrapedGroup[],
  span: Interval,
): Promise<{ readonly twinOf: ReadonlyMap<GroupHours, number>; readonly warnings: readonly string[] }> {
  const compared = scraped.flatMap(({ of, own: { layout }, machines: [only, ...more] }) =>
    only === undefined || more.length > 0 ? [] : [{ of, own: comparableScrapes(only.scrapes, layout) }],
  );
  const pairs = compared.flatMap(({ of, own }) => {
    const bootTime = own.scrapes.at(-1)?.bootTime ?? Number.NaN;
    const side = sideOfChunk(own, span);
    const rows = [...presences.keys()].filter((row) => {
      const { bootMin, bootMax } = presences[row] ?? { bootMin: Number.NaN, bootMax: Number.NaN };
      const isNear = [bootMin, bootMax].some((boot) => Math.abs(boot - bootTime) <= SAME_MACHINE_BOOT_MS);
      return isNear && !of.rows.includes(row);
    });
    return rows.length > MOST_NEIGHBOURS ? [] : rows.map((row) => ({ of, own, row, side }));
  });
  const ranges = pairs.flatMap(({ of, own, row, side }) => {
    const { lengthMs, samples } = comparisonOf(presences[row], presences[of.rows[0] ?? -1]);
    const instance = hosts.hosts[row]?.instance ?? "";
    const times = comparedTimes(own, side, span, presences[row]);
    return times.map(({ from, to }) => ({
      instance,
      from: from - lengthMs / 2,
      to: to + lengthMs / 2,
      samples: (samples * (lengthMs + to - from)) / lengthMs,
    }));
  });
  const { scrapesOf, warnings } = await readRawScrapes(server, ranges, hosts);
  const twinOf = new Map<GroupHours, number>();
  for (const { of, own, row, side } of pairs) {
    const { instance = "", project } = hosts.hosts[row] ?? {};
    const other = unitedScrapes(scrapesOf([instance], of.instances.includes(instance) ? project : undefined));
    if (twinOf.has(of) || !isOneMachine(own, other, side)) continue;
    // Of two that are both measured so, the first by name is counted.
    const isMeasuredToo = compared.some((measured) => measured.of.rows.includes(row));
    const isFirst = (of.instances[0] ?? "") < instance;
    if (!isMeasuredToo || !isFirst) twinOf.set(of, row);
  }
  return { twinOf, warnings };
}

function sideOfChunk({ scrapes }: LaidOutScrapes, { from, to }: Interval): Side {
  if (scrapes.some(({ time }) => time >= from && time < to)) return "within";
  const [isBefore, isAfter] = [
    scrapes.some(({ time }) => time < from),
    scrapes.some(({ time }) => time >= to),
  ];
  if (isBefore && isAfter) return "around";
  return isBefore ? "before" : "after";
}

/**
 * Around which times the scrapes of another host are compared: at the scrapes themselves, and where these are beyond the
 * chunk, in the hour of the chunk in which that host was seen first, or last.
 */
function comparedTimes(
  { scrapes }: LaidOutScrapes,
  side: Side,
  { from, to }: Interval,
  presence: RowPresence | undefined,
): Interval[] {
  const instant = (time: number): Interval => ({ from: time, to: time });
  const [first, middle, last] = [0, scrapes.length >> 1, scrapes.length - 1].map((i) => scrapes[i]?.time);
  if (side === "around") return [instant((from + to) / 2)];
  if (first === undefined || middle === undefined || last === undefined) return [];
  if (side === "within") {
    const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS;
    // At another address amid a gap it is next seen at its own where the hour begins and ends.
    return [hourOf(first), first, last, hourOf(last) + HOUR_MS].map(instant);
  }
  if (presence === undefined) return [instant(middle)];
  const wasScraped = (count: number): boolean => count > 0;
  const seen =
    side === "before" ? presence.scrapes.findIndex(wasScraped) : presence.scrapes.findLastIndex(wasScraped);
  const start = from + seen * HOUR_MS;
  return seen < 0 ? [instant(middle)] : [instant(middle), { from: start, to: Math.min(to, start + HOUR_MS) }];
}

function isOneMachine(own: LaidOutScrapes, other: LaidOutScrapes, side: Side): boolean {
  if (side === "around") return countsAmidst(other, own);
  const isLater = side === "after" && countsOn(other, own);
  const isEarlier = side === "before" && countsOn(own, other);
  // At another address for a while, it is not seen at its own.
  const isMeanwhile = side === "within" && countsAmidst(own, other);
  return isLater || isEarlier || isMeanwhile || countTheSame(own, other);
}
