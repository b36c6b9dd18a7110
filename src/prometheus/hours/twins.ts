import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import type { RowPresence } from "../edges/measure-edges.js";
import { countTheSame, type LaidOutScrapes, machinesOf } from "../scrapes/machines.js";
import { readRawScrapes } from "../scrapes/raw-scrapes.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import { MOST_NEIGHBOURS, SAME_MACHINE_BOOT_MS } from "./twin-candidates.js";

/** Scrapes that are compared sample by sample. */
const COMPARED_SCRAPES = 10;

/** How long the raw samples are that a row is compared by, and about how many that is. */
export function comparisonOf(presence: RowPresence | undefined): { lengthMs: number; samples: number } {
  return {
    lengthMs: COMPARED_SCRAPES * (presence?.spacingMs || 60_000),
    samples: COMPARED_SCRAPES * 8 * (presence?.cores || 8),
  };
}

/** All scrapes of what is one machine; none of what is several. */
export function unitedScrapes({
  layout,
  targets,
}: Pick<InstanceScrapes, "layout" | "targets">): LaidOutScrapes {
  const [only, ...more] = machinesOf(targets, layout);
  return { layout, scrapes: only === undefined || more.length > 0 ? [] : only.scrapes };
}

/** A machine that was measured by its raw samples, and the scrapes that are compared. */
interface ComparedMachine {
  readonly instances: readonly string[];
  readonly bootTime: number;
  readonly own: LaidOutScrapes;
}

/**
 * Which of some machines are another host of the chunk at a second address, by the index of the machine: the row of
 * that other host. Only few are measured by raw samples, and fewer booted in the same second as another one.
 */
export async function twinsOfMachines(
  server: HostServer,
  hosts: HostTable,
  presences: readonly RowPresence[],
  machines: readonly ComparedMachine[],
): Promise<{ readonly twins: ReadonlyMap<number, number>; readonly warnings: readonly string[] }> {
  const pairs = machines.flatMap(({ instances, bootTime, own }, machine) => {
    const middle = own.scrapes[own.scrapes.length >> 1]?.time;
    const rows = hosts.hosts.flatMap(({ instance }, row) => {
      const isNear = Math.abs((presences[row]?.bootMax ?? Number.NaN) - bootTime) <= SAME_MACHINE_BOOT_MS;
      return isNear && !instances.includes(instance) ? [row] : [];
    });
    if (middle === undefined || rows.length > MOST_NEIGHBOURS) return [];
    return rows.map((row) => ({ machine, row, middle }));
  });
  const instanceOfRow = (row: number): string => hosts.hosts[row]?.instance ?? "";
  const ranges = pairs.map(({ row, middle }) => {
    const { lengthMs, samples } = comparisonOf(presences[row]);
    const [from, to] = [middle - lengthMs / 2, middle + lengthMs / 2];
    return { instance: instanceOfRow(row), from, to, samples };
  });
  const { scrapesOf, warnings } = await readRawScrapes(server, ranges, hosts);
  const twins = new Map<number, number>();
  for (const { machine, row } of pairs) {
    const instance = instanceOfRow(row);
    const other = unitedScrapes(scrapesOf([instance]));
    const own = machines[machine]?.own;
    if (own === undefined || twins.has(machine) || !countTheSame(own, other)) continue;
    // Of two that are both measured so, the first by name is counted.
    const isMeasuredToo = machines.some(({ instances }) => instances.includes(instance));
    const isFirst = (machines[machine]?.instances[0] ?? "") < instance;
    if (!isMeasuredToo || !isFirst) twins.set(machine, row);
  }
  return { twins, warnings };
}
