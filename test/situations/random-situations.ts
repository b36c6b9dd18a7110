import { DAY_MS, type Interval } from "ada-carbon";
import {
  bootTimeJitter,
  bootTimeSteps,
  type CounterFault,
  CPU_MODES,
  type HostDescription,
} from "ada-carbon/testing";
import { mix, within } from "../../src/testing/random.js";
import { varied } from "./loads.js";
import { at, FOREVER, host, type Situation, START, situation } from "./situation.js";

// Clouds in which anything may happen to anybody, drawn from a seed. What can be known of an hour must be known.

const HOURS = 6;
const HOSTS = 8;
const MINUTE = 60_000;

/** Draws numbers one after the other. */
class Dice {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  within(least: number, most: number): number {
    this.#drawn += 1;
    return within(mix(this.#seed, this.#drawn), least, most);
  }

  /** True in so many of a hundred. */
  chance(percent: number): boolean {
    return this.within(1, 100) <= percent;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.within(0, items.length - 1)] ?? items[0];
  }

  /** An instant of the hours asked for, or a little around them, to the second. */
  instant(): number {
    return at(0) + this.within(-1800, HOURS * 3600 + 1800) * 1000;
  }
}

/** Whether an instant lies in none of these times, nor near one. */
const isClear = (instant: number, times: readonly Interval[], nearMs = 12 * MINUTE): boolean =>
  times.every(({ from, to }) => instant < from - nearMs || instant > to + nearMs);

export function randomSituation(seed: number): Situation {
  const dice = new Dice(mix(seed, 77));
  const outages = dice.chance(40) ? [gap(dice)] : [];
  return situation({
    name: `random-${seed}`,
    what: "anything happens to anybody",
    hosts: Array.from({ length: HOSTS }, (_, i) => randomHost(new Dice(mix(mix(seed, 78), i)), outages)),
    asked: [0, HOURS - 1],
    until: HOURS + 2.5,
    outages,
    knowableMustBeKnown: true,
    mayFind: ["counter-fell", "impossible-cpu-seconds", "not-a-number", "clock"],
  });
}

function gap(dice: Dice): Interval {
  const from = dice.instant();
  return { from, to: from + dice.pick([2, 4, 9, 17, 38, 75, 150]) * MINUTE + dice.within(0, 59) * 1000 };
}

function randomHost(dice: Dice, common: readonly Interval[]): HostDescription {
  const outages = Array.from({ length: dice.pick([0, 0, 0, 1, 1, 2, 4]) }, () => gap(dice));
  const incarnations = randomLife(dice, [...common, ...outages]);
  const cores = dice.within(1, 3);
  const scrapeSeconds = dice.pick([60, 60, 60, 60, 30, 15, 120, 300]);
  const edges = incarnations.flatMap(({ from, to }) => [from, to].map((edge) => ({ from: edge, to: edge })));
  const faults = dice.chance(30)
    ? randomFaults(dice, cores, scrapeSeconds * 1000, [...edges, ...outages, ...common])
    : [];
  const usersAt = dice.chance(25) ? [dice.instant(), dice.instant()].sort((a, b) => a - b) : [];
  return host({
    cores,
    load: varied(dice.within(0, 50)),
    scrapeSeconds,
    phaseMs: dice.within(0, scrapeSeconds * 1000 - 1),
    scrapeJitterMs: dice.pick([0, 0, 4, 700]),
    missedScrapesPerMille: dice.pick([0, 0, 0, 20]),
    outages,
    incarnations,
    recordsFailedScrapes: dice.chance(40),
    exporterDelaySeconds: dice.pick([0, 0, 20, 120]),
    counterFaults: faults,
    labelChanges: usersAt.map((instant, i) => ({ at: instant, labels: { user: `user-${i}` } })),
    ...(dice.chance(15) ? { bootTime: bootTimeJitter(dice.within(1, 9)) } : {}),
    ...(dice.chance(10)
      ? { bootTime: bootTimeSteps([{ at: dice.instant(), seconds: dice.within(-90, 90) }]) }
      : {}),
  });
}

/** Boots and ends, none of them where nobody could have seen the end. */
function randomLife(dice: Dice, silent: readonly Interval[]): Interval[] {
  let from = dice.chance(12) ? dice.instant() : START - dice.within(1, 60) * DAY_MS;
  const lives: Interval[] = [];
  const ends = Array.from({ length: dice.pick([0, 0, 0, 1, 1, 2]) }, () => dice.instant()).sort(
    (a, b) => a - b,
  );
  for (const to of ends) {
    if (to < from + 15 * MINUTE) continue;
    lives.push({ from, to });
    // Being down for a quarter of an hour cannot be told from not being scraped.
    from = to + dice.pick([8, 25, 60, 200, 5000]) * 1000;
  }
  lives.push({ from, to: FOREVER });
  const end = dice.chance(12) ? dice.instant() : FOREVER;
  const last = lives.at(-1);
  if (last !== undefined && end > last.from + 15 * MINUTE && isClear(end, silent)) {
    lives.pop();
    lives.push({ from: last.from, to: end });
  }
  return lives.filter(
    ({ from, to }) => !silent.some((gap) => from >= gap.from - 5 * MINUTE && to <= gap.to + 5 * MINUTE),
  );
}

function randomFaults(
  dice: Dice,
  cores: number,
  scrapeMs: number,
  events: readonly Interval[],
): CounterFault[] {
  return Array.from({ length: dice.within(1, 3) }, (): CounterFault => {
    const from = dice.instant();
    const counter = { cpu: dice.within(0, cores - 1), mode: dice.pick(CPU_MODES) };
    const once = { from, to: from + scrapeMs };
    return dice.pick<CounterFault>([
      { from, to: FOREVER, ...counter, addSeconds: -dice.pick([0.01, 0.02, 1, 5, 20]) },
      { ...once, ...counter, saysSeconds: dice.pick([0, Number.NaN, -1, FOREVER, 1e15]) },
      { ...once, saysSeconds: dice.pick([0, Number.NaN]) },
      { ...once, addSeconds: dice.pick([-70, -20, 70]) },
    ]);
  }).filter(({ from }) => isClear(from, events));
}
