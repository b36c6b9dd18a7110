import { HOUR_MS } from "../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  CALLBACK,
  listOf,
  NUMBER,
  numberFrom,
  optional,
  type Rules,
} from "../usage/options.js";
import { CPU_MODES, type CpuMode, type Load, type ModeShares } from "./load.js";

/** A minute: `loadBlockMs` of a host whose load changes by the minute. */
export const MINUTE_BLOCK_MS = 60_000;

const PER_MILLE = Object.fromEntries(CPU_MODES.map((mode) => [mode, optional(numberFrom(0, 1000))])) as Rules<
  Partial<Record<CpuMode, number>>
>;
const LATER_LOADS = listOf<{ from: number; load: Load }>({ from: NUMBER, load: CALLBACK });

/** Per mille of the time of a cpu in each mode but `idle`, which has the rest. */
export function sharesOf(perMille: Partial<Record<CpuMode, number>>): ModeShares {
  assertOptions("sharesOf", perMille, PER_MILLE);
  const busy = CPU_MODES.reduce((sum, mode) => sum + (mode === "idle" ? 0 : (perMille[mode] ?? 0)), 0);
  return CPU_MODES.map((mode) => (mode === "idle" ? 1000 - busy : (perMille[mode] ?? 0)));
}

/** Every cpu busy for so many per cent of the time, always: nine tenths of it in mode `user`, the rest in `system`. */
export function steadyLoad(busyPercent: number): Load {
  assertArgument("steadyLoad", "busyPercent", busyPercent, numberFrom(0, 100));
  const system = Math.round(busyPercent);
  const shares = sharesOf({ user: Math.round(busyPercent * 10) - system, system });
  return () => shares;
}

/** Every cpu divided over the modes in the same way always; per mille. */
export function steadyModes(perMille: Partial<Record<CpuMode, number>>): Load {
  const shares = sharesOf(perMille);
  return () => shares;
}

/**
 * Every cpu fully busy for the first minutes of each hour, and busy for some per cent otherwise, as where jobs start by
 * the clock. Needs a `loadBlockMs` of {@link MINUTE_BLOCK_MS}.
 */
export function hourlyBurst(baseBusyPercent: number, minutes = 1): Load {
  assertArgument("hourlyBurst", "minutes", minutes, AMOUNT);
  const [base, full] = [steadyLoad(baseBusyPercent), sharesOf({ user: 1000 })];
  return (cpu, blockStart) =>
    blockStart - Math.floor(blockStart / HOUR_MS) * HOUR_MS < minutes * MINUTE_BLOCK_MS
      ? full
      : base(cpu, blockStart);
}

/** Loads one after the other: each from its instant (UTC ms) on, the first one before it too. */
export function loadsInTurn(
  first: Load,
  ...rest: readonly { readonly from: number; readonly load: Load }[]
): Load {
  assertArgument("loadsInTurn", "first", first, CALLBACK);
  assertArgument("loadsInTurn", "the rest", rest, LATER_LOADS);
  return (cpu, blockStart) =>
    (rest.findLast(({ from }) => from <= blockStart)?.load ?? first)(cpu, blockStart);
}
