import { DAY_MS } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { mix, within } from "./random.js";

/** The modes of `node_cpu_seconds_total`, in the order used throughout the simulation. */
export const CPU_MODES = ["idle", "user", "system", "nice", "iowait", "irq", "softirq", "steal"] as const;
/** A mode of `node_cpu_seconds_total`. */
export type CpuMode = (typeof CPU_MODES)[number];

/** Whose counter a column of {@link CPU_MODES} of one cpu after the other is. */
export function counterAt(column: number): { readonly cpu: number; readonly mode: CpuMode } {
  return {
    cpu: Math.floor(column / CPU_MODES.length),
    mode: CPU_MODES[column % CPU_MODES.length] ?? "idle",
  };
}

/** How one cpu's time divides over {@link CPU_MODES}: whole per mille, summing to 1000. */
export type ModeShares = readonly number[];

/** What a cpu does in the block of {@link BLOCK_MS} that starts at `blockStart` (UTC ms). Must be pure. */
export type Load = (cpu: number, blockStart: number) => ModeShares;

/** A cpu's load is constant for five minutes, on the UTC grid. */
export const BLOCK_MS = 300_000;

/** How the busy part divides over the modes but `idle`, in per cent: a desktop, a calculation, a file mover. */
const BUSY_MIXES = [
  [74, 17, 1, 3, 1, 2, 2],
  [93, 5, 0, 0, 0, 1, 1],
  [31, 28, 2, 33, 1, 4, 1],
] as const;

/**
 * What a machine for scientists does, made up from a seed: some are used in office hours, some run batches
 * for hours on end, and many idle for days. Only integer arithmetic, so that it is the same everywhere.
 */
export function seededLoad(seed: number): Load {
  const kind = within(mix(seed, 1), 0, 9);
  const flavour = within(mix(seed, 2), 0, BUSY_MIXES.length - 1);
  return (cpu, blockStart) => {
    const noise = mix(mix(seed, cpu), blockStart / BLOCK_MS);
    const background = within(noise, 2, 14);
    const wanted = kind >= 7 ? batchLevel(seed, cpu, blockStart) : deskLevel(seed, kind, cpu, blockStart);
    const wobble = within(mix(noise, 1), -60, 60);
    const level = wanted === 0 ? background : Math.min(Math.max(wanted + wobble, background), 1000);
    return sharesAt(flavour, level);
  };
}

/** Per mille busy of a machine someone sits at; 0 when nobody does. Four in seven of these are rarely used. */
function deskLevel(seed: number, kind: number, cpu: number, at: number): number {
  const day = Math.floor(at / DAY_MS);
  const weekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
  const chance = weekend ? 4 : kind < 4 ? 12 : 80;
  if (within(mix(mix(seed, 3), day), 0, 99) >= chance) return 0;

  // A parabola over the day from 7:00 to 21:00 UTC, lower on every further cpu.
  const fromNoon = Math.abs((at - day * DAY_MS) / 60_000 - 14 * 60);
  if (fromNoon >= 420) return 0;
  const daylight = 1000 - Math.floor((1000 * fromNoon * fromNoon) / (420 * 420));
  return Math.floor((daylight * within(mix(seed, 4), 350, 900)) / 1000 / (1 + cpu / 2));
}

/** Per mille busy of a machine that calculates in jobs of four hours, on some of its cpus. */
function batchLevel(seed: number, cpu: number, at: number): number {
  const job = mix(mix(seed, 5), Math.floor(at / (DAY_MS / 6)));
  if (within(job, 0, 9) < 4) return 0;
  return cpu <= within(mix(job, 1), 0, 7) ? within(mix(job, 2), 820, 1000) : 0;
}

const known = new Map<number, ModeShares>();

/** `level` per mille of busy time, divided by one of the mixes. What rounding leaves over goes to `user`. */
function sharesAt(flavour: number, level: number): ModeShares {
  return remembered(known, flavour * 1001 + level, () => {
    const mixture = BUSY_MIXES[flavour] ?? BUSY_MIXES[0];
    const [, ...rest] = mixture.map((percent) => Math.floor((level * percent) / 100));
    const user = level - rest.reduce((sum, share) => sum + share, 0);
    return [1000 - level, user, ...rest];
  });
}
