// Headings that state what was found, from the numbers and by rule. A change below 5 % is "about the same".

import type { Address } from "./address.js";
import { changeText, energyText, isKnown, percentText, relativeChange } from "./amounts.js";
import type { Budget, History, MyMachine } from "./replies.js";

const NUMBERS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function inWords(count: number): string {
  return NUMBERS[count] ?? String(count);
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function isIdle({ isIdle }: Pick<MyMachine, "isIdle">): boolean {
  return isIdle === true;
}

/** What a machine takes now; 0 of what is not known. */
export function wattsOf({ busyWatts, idleWatts }: Pick<MyMachine, "busyWatts" | "idleWatts">): number {
  return (busyWatts ?? 0) + (idleWatts ?? 0);
}

/** Whether it is known at all what a machine does: of one just begun, no hour is over. */
export function isSeen({ isIdle }: Pick<MyMachine, "isIdle">): boolean {
  return isIdle !== null;
}

export function machinesFinding(machines: readonly Pick<MyMachine, "isIdle" | "busyWatts">[]): string {
  const idle = machines.filter(isIdle).length;
  const seen = machines.filter(isSeen).length;
  const yours = machines.length === 1 ? "Your machine is" : "Your machines are";
  if (seen === 0 && machines.some(({ busyWatts }) => isKnown(busyWatts)))
    return `Whether ${machines.length === 1 ? "your machine idles" : "your machines idle"} is not known yet`;
  if (seen === 0) return `${yours} not measured yet`;
  if (idle === 0 && seen === machines.length) return `${yours} at work`;
  if (idle === 0)
    return `${capital(inWords(seen))} of your ${inWords(machines.length)} machines ${seen === 1 ? "is" : "are"} at work`;
  if (machines.length === 1) return "Your machine is idle: stop it?";
  if (idle === machines.length) return `Your ${inWords(idle)} machines are all idle: stop them?`;
  const verb = idle === 1 ? "is idle: stop it?" : "are idle: stop them?";
  return `${capital(inWords(idle))} of your ${inWords(machines.length)} machines ${verb}`;
}

/** What changed most between two periods, idle before energy. */
export function monthFinding(name: string, { comparison }: Pick<History, "comparison">): string {
  if (comparison === null || comparison.hours === 0) return `${name}: nothing to compare with yet`;
  const [now, before] = comparison.kwh;
  const [idleNow, idleBefore] = comparison.idleShare.map((share, i) => {
    const kwh = comparison.kwh[i];
    return isKnown(share) && isKnown(kwh) ? share * kwh : null;
  });
  const [idle, energy] = [relativeChange(idleNow, idleBefore), relativeChange(now, before)];
  if (idle !== null && Math.abs(idle) >= 0.05 && Math.abs(idle) >= Math.abs(energy ?? 0))
    return `${name}: idle ${degree(idle)}`;
  if (energy !== null && Math.abs(energy) >= 0.05) return `${name}: electricity ${degree(energy)}`;
  return `${name}: about the same as before`;
}

function degree(change: number): string {
  if (change > 2) return `is ${(change + 1).toPrecision(2)} times what it was`;
  if (change >= 1) return "more than doubled";
  if (change >= 0.8) return "nearly doubled";
  if (change <= -0.5) return "more than halved";
  return `${change > 0 ? "up" : "down"} ${percentText(Math.abs(change))}`;
}

export function budgetFinding({ budgetKwh, usedKwh, projectedKwh }: Budget): string {
  if (isKnown(usedKwh) && usedKwh > budgetKwh) return `Budget: ${energyText(usedKwh - budgetKwh)} over`;
  if (!isKnown(projectedKwh)) return "Budget";
  const over = projectedKwh - budgetKwh;
  if (over > 0) return `Budget: ${energyText(over)} over if nothing changes`;
  return `Budget: ${energyText(-over)} left if nothing changes`;
}

/** "Idle takes 41 % of ISIS, 10 points more than before". */
export function placeFinding(name: string, { totals, comparison }: History): string {
  if (!isKnown(totals.idleShare)) return name;
  const [now, before] = comparison?.idleShare ?? [null, null];
  const points = isKnown(now) && isKnown(before) ? Math.round(now * 100) - Math.round(before * 100) : null;
  const idle = `Idle takes ${percentText(totals.idleShare)} of ${name}`;
  if (points === null) return idle;
  if (points === 0) return `${idle}, as before`;
  return `${idle}, ${Math.abs(points)} ${Math.abs(points) === 1 ? "point" : "points"} ${points > 0 ? "more" : "less"} than before`;
}

/**
 * A history is that of a whole scope, wherever it was opened: of a type of machine at all sites, whoever used it. Lists
 * are of the way down to it. Empty where both are the same: a project is of one site, and a host of one project.
 */
export function wholeScopeNote(site: string, path: Address["path"], siteCount: number): string {
  const last = path.at(-1);
  if (last === undefined) return "";
  const isOfOneProject = last.kind === "project" || last.kind === "host";
  const holdsIt = (kind: string): boolean =>
    last.kind === "host" && (kind === "project" || kind === "machine");
  const above = path.slice(0, -1);
  if ((isOfOneProject || siteCount === 1) && above.every(({ kind }) => holdsIt(kind))) return "";
  const way = [site, ...above.map(({ name }) => name)].join(" › ");
  return `Sums, bars and the year are of all ${last.name}, outside ${way} too; the lists are of ${way} alone.`;
}

/** The idle share of a period, and those of the hours that are known in both where that is another share. */
export function idleText({
  totals: { idleShare },
  comparison,
}: {
  readonly totals: Pick<History["totals"], "idleShare">;
  readonly comparison: History["comparison"];
}): string {
  const share = percentText(idleShare);
  const [now, before] = comparison?.idleShare ?? [null, null];
  if (comparison === null || !isKnown(now) || !isKnown(before)) return share;
  const compared = `${percentText(now)}, before ${percentText(before)}`;
  return percentText(now) === share
    ? compared
    : `${share}; on the ${comparison.hours} hours known in both ${compared}`;
}

/** The change of an owner in a list. It is by known hour, so hours that are missing make none. */
export function changeByHour(change: number | null, isCompared: boolean): string {
  if (!isCompared) return "";
  return change === null ? "none before" : changeText(1 + change, 1);
}

/** "▲ 12 % on the same 682 hours". */
export function comparisonText({ comparison }: Pick<History, "comparison">): string {
  if (comparison === null || comparison.hours === 0) return "";
  const change = changeText(...comparison.kwh);
  return change === "" ? "" : `${change} on the ${comparison.hours} hours known in both`;
}
