import type { Naming } from "./namings.js";
import type { Unmeasured } from "./scrapes.js";

// What an operator should know of the hosts of a poll, as sentences that name them.

interface Named {
  readonly project: string;
  readonly instance: string;
}

/** More names than that make a sentence that nobody reads. */
const MOST_NAMES = 5;

const WHY: Readonly<Record<Unmeasured, string | undefined>> = {
  // A host that is new has no load yet. That is nothing to be found.
  "too few scrapes": undefined,
  "standing still": "the CPU counters stand still",
  impossible: "the CPU counters fell or jumped without a boot",
};

/** Hosts whose load is not known, and why. */
export function describeUnmeasured(hosts: Iterable<readonly [Named, Unmeasured]>): string[] {
  return [...Map.groupBy(hosts, ([, why]) => why)].flatMap(([why, found]) => {
    const what = WHY[why];
    return what === undefined
      ? []
      : [`${what} of ${namesOf(found.map(([host]) => host))}: what they use is not known`];
  });
}

/** Hosts whose counters are a little off, and were too many to be looked at one by one. */
export function describeRough(hosts: readonly Named[]): string[] {
  if (hosts.length === 0) return [];
  return [
    `the CPU counters of ${namesOf(hosts)} gain up to a tenth more or less than the time that passes; they are taken as they are`,
  ];
}

export function describeNameless(count: number): string[] {
  return count === 0 ? [] : [`${count} series are up and have no label instance; they are left out`];
}

/** One machine under several names, of which one counts. */
export function describeOneMachine(kept: Named, others: readonly Named[]): string {
  return `${namesOf([kept, ...others])} have the same boot time and CPU counters: they are one machine, counted once, as ${namesOf([kept])}`;
}

/** One host under several machine names or users. */
export function describeManyNamings(host: Named, namings: readonly Naming[]): string {
  const texts = namings.map(({ machine, user }) => `machine ${machine ?? "none"} and user ${user ?? "none"}`);
  return `${namesOf([host])} is scraped under several sets of labels at once: ${texts.join("; ")}; it is counted once, with the first of them`;
}

function namesOf(hosts: readonly Named[]): string {
  const names = hosts.slice(0, MOST_NAMES).map(({ instance, project }) => `${instance} (${project})`);
  const more = hosts.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}
