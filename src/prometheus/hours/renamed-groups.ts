import { HOUR_MS } from "../../usage/hour.js";
import {
  comparableScrapes,
  countsAmidst,
  countsOn,
  type LaidOutScrapes,
  type Machine,
  machinesOf,
} from "../scrapes/machines.js";
import type { ScrapesOf } from "../scrapes/read-scrapes.js";
import type { ScrapedGroup } from "./scraped-group.js";
import { SAME_MACHINE_BOOT_MS } from "./twin-candidates.js";

/** Groups of which some are one machine whose address changed. */
export interface RenamedGroups {
  readonly groups: readonly ScrapedGroup[];
  /** Instances of one machine that must be read as one: in an hour of which one says all, another one has a part. */
  readonly split: readonly (readonly [instance: string, other: string])[];
}

/**
 * Groups with those together that are one machine whose address changed, perhaps to and fro: what one counted lies in a
 * gap of the other, which would count it again, or goes on where the other ended.
 */
export function withRenamed(
  scraped: readonly ScrapedGroup[],
  scrapesOf: ScrapesOf,
  firstHour: number,
): RenamedGroups {
  const groups: ComparedGroup[] = [];
  const split: (readonly [string, string])[] = [];
  const waiting = scraped.map(comparedGroup);
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const at = groups.findIndex((other) => isRenamed(group, other));
    const [other] = at < 0 ? [] : groups.splice(at, 1);
    if (other === undefined) {
      groups.push(group);
      continue;
    }
    if (isSplit(group, other, firstHour) || isSplit(other, group, firstHour))
      split.push([other.of.instances[0] ?? "", group.of.instances[0] ?? ""]);
    // A third address may go on where these two end together.
    waiting.unshift(comparedGroup(joined(other, group, scrapesOf, firstHour)));
  }
  return { groups, split };
}

/** A group with what tells whether it is another one's machine. */
interface ComparedGroup extends ScrapedGroup {
  /** `undefined` where it is of several machines, or of none. */
  readonly compared: LaidOutScrapes | undefined;
  /** The boot times that it says, each once. */
  readonly bootTimes: readonly number[];
}

function comparedGroup(group: ScrapedGroup): ComparedGroup {
  const [only, ...more] = group.machines;
  const scrapes = more.length === 0 ? (only?.scrapes ?? []) : [];
  const bootTimes = new Set(scrapes.map(({ bootTime }) => bootTime));
  return {
    ...group,
    compared: scrapes.length === 0 ? undefined : comparableScrapes(scrapes, group.own.layout),
    bootTimes: [...bootTimes].filter((bootTime) => !Number.isNaN(bootTime)),
  };
}

/** Whether a group is scraped in an hour of which its edges do not tell, and those of the other one tell all. */
function isSplit(group: ScrapedGroup, other: ScrapedGroup, firstHour: number): boolean {
  const { isClean } = group.of;
  return other.of.isClean.some(
    (clean, hour) =>
      clean === 1 && isClean[hour] !== 1 && isScrapedIn(group.machines, firstHour + hour * HOUR_MS),
  );
}

function isRenamed(a: ComparedGroup, b: ComparedGroup): boolean {
  const [machine, other] = [a.compared, b.compared];
  if (machine === undefined || other === undefined) return false;
  const isOneBoot = a.bootTimes.some((boot) =>
    b.bootTimes.some((otherBoot) => Math.abs(boot - otherBoot) <= SAME_MACHINE_BOOT_MS),
  );
  const saysNoBoot = a.bootTimes.length === 0 && b.bootTimes.length === 0;
  if (!isOneBoot && !saysNoBoot) return false;
  if (isOneBoot && (countsOn(machine, other) || countsOn(other, machine))) return true;
  // Where each lies between scrapes of the other they are scraped at once: one machine under two names.
  return countsAmidst(machine, other) !== countsAmidst(other, machine);
}

function joined(a: ScrapedGroup, b: ScrapedGroup, scrapesOf: ScrapesOf, firstHour: number): ScrapedGroup {
  const instances = [...a.of.instances, ...b.of.instances];
  const own = scrapesOf(instances);
  const isClean = a.of.isClean.map((_, hour) => {
    const from = firstHour + hour * HOUR_MS;
    const about = [a, b].filter(({ of, machines }) => of.isClean[hour] === 1 || isScrapedIn(machines, from));
    return Number(about.length > 0 && about.every(({ of }) => of.isClean[hour] === 1));
  });
  const of = {
    ...a.of,
    onlyProject: undefined,
    instances,
    rows: [...a.of.rows, ...b.of.rows],
    spans: [...a.of.spans, ...b.of.spans],
    first: Math.min(a.of.first, b.of.first),
    last: Math.max(a.of.last, b.of.last),
    isClean,
  };
  return { of, own, machines: machinesOf(own.targets, own.layout) };
}

function isScrapedIn(machines: readonly Machine[], from: number): boolean {
  return machines.some(({ scrapes }) => scrapes.some(({ time }) => time >= from && time < from + HOUR_MS));
}
