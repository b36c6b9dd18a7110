import type { Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { RowPresence } from "../edges/measure-edges.js";
import { countsAmidst, countTheSame, type LaidOutScrapes, machinesOf } from "../scrapes/machines.js";
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
  return { layout, scrapes: only === undefined || more.length > 0 ? [] : only.scrapes };
}

/**
 * Groups whose raw samples were read, and that are one machine: those of them that are another host of the chunk at a
 * second address, or had that for a while in which they are not seen at their own, with the row of that host. Only few
 * are measured by raw samples, and fewer booted in the same second as another one.
 */
export async function twinsOfGroups(
  server: HostServer,
  { hosts, presences }: ChunkHosts,
  scraped: readonly ScrapedGroup[],
  span: Interval,
): Promise<{ readonly twinOf: ReadonlyMap<GroupHours, number>; readonly warnings: readonly string[] }> {
  const compared = scraped.flatMap(({ of, own: { layout }, machines: [only, ...more] }) =>
    only === undefined || more.length > 0 ? [] : [{ of, own: { layout, scrapes: only.scrapes } }],
  );
  const pairs = compared.flatMap(({ of, own }) => {
    const bootTime = own.scrapes.at(-1)?.bootTime ?? Number.NaN;
    const middle = isUnseen(own, span)
      ? (span.from + span.to) / 2
      : own.scrapes[own.scrapes.length >> 1]?.time;
    const rows = hosts.hosts.flatMap(({ instance }, row) => {
      const isNear = Math.abs((presences[row]?.bootMax ?? Number.NaN) - bootTime) <= SAME_MACHINE_BOOT_MS;
      return isNear && !of.instances.includes(instance) ? [row] : [];
    });
    if (middle === undefined || rows.length > MOST_NEIGHBOURS) return [];
    return rows.map((row) => ({ of, own, row, middle }));
  });
  const instanceOfRow = (row: number): string => hosts.hosts[row]?.instance ?? "";
  const ranges = pairs.map(({ of, row, middle }) => {
    const { lengthMs, samples } = comparisonOf(presences[row], presences[of.rows[0] ?? -1]);
    const [from, to] = [middle - lengthMs / 2, middle + lengthMs / 2];
    return { instance: instanceOfRow(row), from, to, samples };
  });
  const { scrapesOf, warnings } = await readRawScrapes(server, ranges, hosts);
  const twinOf = new Map<GroupHours, number>();
  for (const { of, own, row } of pairs) {
    const instance = instanceOfRow(row);
    const other = unitedScrapes(scrapesOf([instance]));
    const isOne = isUnseen(own, span) ? countsAmidst(other, own) : countTheSame(own, other);
    if (twinOf.has(of) || !isOne) continue;
    // Of two that are both measured so, the first by name is counted.
    const isMeasuredToo = compared.some((other) => other.of.instances.includes(instance));
    const isFirst = (of.instances[0] ?? "") < instance;
    if (!isMeasuredToo || !isFirst) twinOf.set(of, row);
  }
  return { twinOf, warnings };
}

/** Whether all scrapes of a machine are from before a time, and from after it. */
function isUnseen({ scrapes }: LaidOutScrapes, { from, to }: Interval): boolean {
  return !scrapes.some(({ time }) => time >= from && time < to);
}
