import { AdaCarbonError } from "../usage/errors.js";
import type { MachineAverages } from "./average-store.js";
import { assertName } from "./names.js";

/** The sums of {@link MachineAverages}. */
export const AVERAGE_SUMS = [
  "weight",
  "weightWithCarbon",
  "busyCpuSeconds",
  "idleCpuSeconds",
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
] as const;

/** The counts of {@link MachineAverages}. */
export const AVERAGE_COUNTS = ["hours", "hoursWithCarbon"] as const;

/**
 * Refuses (code `bad-input`) averages that no store may accept: counts that are not whole or negative, sums
 * that are not finite, a machine without a name. A sum may be a little below zero, by rounding.
 */
export function assertAverages(averages: MachineAverages): void {
  assertName(averages.machine, "the name of a machine");
  const refuse = (what: string, value: number, must: string): never => {
    const line = `averages of ${JSON.stringify(averages.machine)}: ${what} is ${value}; it must be ${must}`;
    throw new AdaCarbonError("bad-input", line);
  };
  for (const count of AVERAGE_COUNTS) {
    const value = averages[count];
    if (!Number.isSafeInteger(value) || value < 0) refuse(count, value, "a whole number, not negative");
  }
  for (const name of AVERAGE_SUMS) {
    const { sum, lost } = averages[name];
    if (!Number.isFinite(sum)) refuse(`${name}.sum`, sum, "finite");
    if (!Number.isFinite(lost)) refuse(`${name}.lost`, lost, "finite");
  }
}
