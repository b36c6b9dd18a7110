import { badInput } from "../usage/errors.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  LIST,
  OBJECT,
  optional,
  type Rule,
  type Rules,
} from "../usage/options.js";
import { numberAt } from "../usage/series.js";
import { sumOf } from "../usage/sum.js";

/** What a site meter measured and what was attributed of it, by hour; all in kWh, NaN where it is missing. */
export interface SiteHours {
  readonly meterKwh: Float64Array;
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  /** What the site takes whatever its cores do, as it was calibrated or measured. Default 0. */
  readonly floorWatts?: number | undefined;
}

const COLUMN: Rule = { allowed: "a Float64Array", holds: (value) => value instanceof Float64Array };
const SITE_HOURS: Rules<SiteHours> = {
  meterKwh: COLUMN,
  busyKwh: COLUMN,
  idleKwh: COLUMN,
  floorWatts: optional(AMOUNT),
};

/** A meter's hours in full: busy + idle + floor + unexplained = meter. NaN in hours of which one is missing. */
export interface Closure {
  readonly meterKwh: Float64Array;
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  readonly floorKwh: Float64Array;
  /** Less than 0 where more was attributed than the meter has. */
  readonly unexplainedKwh: Float64Array;
}

/**
 * Closes a site meter, hour by hour: what neither cores nor the floor explain is shown, never hidden.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { closeMeter } from "ada-carbon/calibration";
 *
 * const kwh = (value: number) => Float64Array.of(value);
 * const site = { meterKwh: kwh(10), busyKwh: kwh(3), idleKwh: kwh(1), floorWatts: 5000 };
 * assert.equal(closeMeter(site).unexplainedKwh[0], 1);
 */
export function closeMeter(site: SiteHours): Closure {
  assertOptions("closeMeter", site, SITE_HOURS);
  const { meterKwh, busyKwh, idleKwh, floorWatts = 0 } = site;
  if (busyKwh.length !== meterKwh.length || idleKwh.length !== meterKwh.length)
    throw badInput("the meter and what was attributed must have the same hours");
  const floor = floorWatts / 1000;
  const unexplainedKwh = meterKwh.map((kwh, t) => kwh - numberAt(busyKwh, t) - numberAt(idleKwh, t) - floor);
  const whole = (column: Float64Array): Float64Array =>
    column.map((value, t) => (Number.isNaN(numberAt(unexplainedKwh, t)) ? Number.NaN : value));
  return {
    meterKwh: whole(meterKwh),
    busyKwh: whole(busyKwh),
    idleKwh: whole(idleKwh),
    floorKwh: whole(meterKwh.map(() => floor)),
    unexplainedKwh,
  };
}

/**
 * Whose the floor is. `none`, the default: nobody's, it is a line of its own. `reserved`: shared by core-hours, busy or
 * not, since a machine that is kept up keeps a hypervisor up. `use`: by busy core-hours.
 */
export type FloorShare = "none" | "reserved" | "use";

/** Core-hours of an owner, or of any part of the site, by hour. */
export interface OwnerCoreHours {
  readonly busyCoreHours: Float64Array;
  readonly idleCoreHours: Float64Array;
}

/** A floor by owner; together they are the floor. */
export interface SharedFloor {
  /** kWh of each owner, in the order given. */
  readonly owners: readonly Float64Array[];
  /** What is nobody's: all of it with `none`, and the hours in which nobody has what it is shared by. */
  readonly unsharedKwh: Float64Array;
}

/**
 * Shares the floor among owners. It is linear in their core-hours, so that the projects' parts, the machines' and the
 * users' add up to the same, and a group has what its members have.
 *
 * @param owners All owners of one kind: every core-hour of the site is in exactly one of them.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { shareFloor } from "ada-carbon/calibration";
 *
 * const owner = (busy: number, idle: number) => ({
 *   busyCoreHours: Float64Array.of(busy), idleCoreHours: Float64Array.of(idle),
 * });
 * const { owners } = shareFloor(Float64Array.of(8), [owner(1, 2), owner(1, 0)], "reserved");
 * assert.deepEqual(owners.map(([kwh]) => kwh), [6, 2]);
 */
export function shareFloor(
  floorKwh: Float64Array,
  owners: readonly OwnerCoreHours[],
  rule: FloorShare = "none",
): SharedFloor {
  assertArgument("shareFloor", "floorKwh", floorKwh, COLUMN);
  assertArgument("shareFloor", "owners", owners, LIST);
  const allOf = (name: keyof OwnerCoreHours): Float64Array =>
    floorKwh.map((_, t) => sumOf(owners.map((owner) => numberAt(owner[name], t) || 0)));
  const all = { busyCoreHours: allOf("busyCoreHours"), idleCoreHours: allOf("idleCoreHours") };
  return {
    owners: owners.map((owner) => partOfFloor(floorKwh, owner, all, rule)),
    unsharedKwh: floorKwh.map((kwh, t) => (basisOf(all, t, rule) > 0 ? 0 : kwh)),
  };
}

/**
 * What one owner has of a floor that all of them share: as {@link shareFloor} gives it, without asking for the others.
 *
 * @param all Core-hours of everything, the owner's among them.
 */
export function partOfFloor(
  floorKwh: Float64Array,
  owner: OwnerCoreHours,
  all: OwnerCoreHours,
  rule: FloorShare,
): Float64Array {
  assertArgument("partOfFloor", "floorKwh", floorKwh, COLUMN);
  assertArgument("partOfFloor", "owner", owner, OBJECT);
  assertArgument("partOfFloor", "all", all, OBJECT);
  return floorKwh.map((kwh, t) => {
    const whole = basisOf(all, t, rule);
    return whole > 0 ? (kwh * basisOf(owner, t, rule)) / whole : 0;
  });
}

function basisOf({ busyCoreHours, idleCoreHours }: OwnerCoreHours, t: number, rule: FloorShare): number {
  if (rule === "none") return 0;
  const busy = numberAt(busyCoreHours, t) || 0;
  return rule === "use" ? busy : busy + (numberAt(idleCoreHours, t) || 0);
}
