import { HOUR_MS } from "../../usage/hour.js";
import {
  countsAmidst,
  countsOn,
  type LaidOutScrapes,
  type Machine,
  machinesOf,
} from "../scrapes/machines.js";
import type { ScrapesOf } from "../scrapes/read-scrapes.js";
import type { ScrapedGroup } from "./scraped-group.js";
import { SAME_MACHINE_BOOT_MS } from "./twin-candidates.js";

/**
 * Groups with those together that are one machine whose address changed, perhaps to and fro: what one counted lies in a
 * gap of the other, which would count it again, or goes on where the other ended.
 */
export function withRenamed(
  scraped: readonly ScrapedGroup[],
  scrapesOf: ScrapesOf,
  firstHour: number,
): ScrapedGroup[] {
  const groups: ScrapedGroup[] = [];
  for (const group of scraped) {
    const at = groups.findIndex((other) => isRenamed(group, other));
    const other = groups[at];
    if (other === undefined) groups.push(group);
    else groups[at] = joined(other, group, scrapesOf, firstHour);
  }
  return groups;
}

function isRenamed(a: ScrapedGroup, b: ScrapedGroup): boolean {
  const [machine, other] = [onlyMachine(a), onlyMachine(b)];
  if (machine === undefined || other === undefined) return false;
  const [bootTime, otherBootTime] = [machine, other].map(
    ({ scrapes }) => scrapes.at(-1)?.bootTime ?? Number.NaN,
  );
  if (!(Math.abs((bootTime as number) - (otherBootTime as number)) <= SAME_MACHINE_BOOT_MS)) return false;
  if (countsOn(machine, other) || countsOn(other, machine)) return true;
  // Where each lies between scrapes of the other they are scraped at once: one machine under two names.
  return countsAmidst(machine, other) !== countsAmidst(other, machine);
}

function onlyMachine({
  own: { layout },
  machines: [only, ...more],
}: ScrapedGroup): LaidOutScrapes | undefined {
  return only === undefined || more.length > 0 ? undefined : { layout, scrapes: only.scrapes };
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
