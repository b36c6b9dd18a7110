import { DAY_MS } from "ada-carbon";
import type { HostDescription } from "ada-carbon/testing";
import { varied } from "./loads.js";
import { FOREVER, host, START } from "./situation.js";

/** When hosts booted to which nothing happens. */
export const booted = START - 30 * DAY_MS;

/** A host to which nothing happens. */
export const other = host({ load: varied(2), phaseMs: 12_000 });

/** A host with a load that changes, to which something happens, beside the {@link other}. */
export const besideOther = (happening: HostDescription): HostDescription[] => [
  host({ load: varied(), ...happening }),
  other,
];

/** The lives of a host that went down once. */
export const rebootAt = (from: number, to: number) => [
  { from: booted, to: from },
  { from: to, to: FOREVER },
];
