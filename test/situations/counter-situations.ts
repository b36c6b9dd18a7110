import { DAY_MS, WAITING_IS_IDLE } from "ada-carbon";
import {
  type CounterFault,
  type CpuMode,
  type HostDescription,
  steadyLoad,
  steadyModes,
} from "ada-carbon/testing";
import { other } from "./beside.js";
import { everyMode, varied } from "./loads.js";
import { at, FOREVER, host, type Situation, type SituationText, START, situation } from "./situation.js";

// Counters that say what cannot be: steps back and ahead, and scrapes that are bad once.

interface Counter {
  readonly cpu?: number;
  readonly mode?: CpuMode;
}

/** From an instant on, a counter is so many seconds higher; lower, if negative. */
const step = (from: number, addSeconds: number, counter: Counter = {}): CounterFault => ({
  from,
  to: FOREVER,
  addSeconds,
  ...counter,
});
/** At the first scrape from an instant on, a counter says something else. */
const once = (
  from: number,
  what: Pick<CounterFault, "addSeconds" | "saysSeconds">,
  counter: Counter = {},
  scrapes = 1,
): CounterFault => ({ from, to: from + scrapes * 60_000, ...what, ...counter });

const faulty = (busyPercent: number, ...counterFaults: CounterFault[]): HostDescription[] => [
  host({ cores: 4, load: everyMode(busyPercent), counterFaults }),
];
const faultyVaried = (...counterFaults: CounterFault[]): HostDescription[] => [
  host({ load: varied(), counterFaults }),
];

const rebooting = [
  { from: START - 30 * DAY_MS, to: at(1, 40) },
  { from: at(1, 41), to: FOREVER },
];

/** Around the scrape at 01:25. */
const minutes = [24, 26, 27, 28, 29, 31].map((minute) => at(1, minute));

const fell = { mayFind: ["counter-fell", "impossible-cpu-seconds"] } as const;
const noNumber = { mayFind: ["counter-fell", "impossible-cpu-seconds", "not-a-number"] } as const;
const idle0 = { cpu: 0, mode: "idle" } as const;

const texts: readonly SituationText[] = [
  {
    name: "idle-step",
    case: 1,
    what: "90% busy; the idle counter of one cpu falls by 0.02 s at one scrape",
    hosts: faulty(90, step(at(1, 25), -0.02, idle0)),
    live: minutes,
    ...fell,
  },
  {
    name: "iowait-step-as-idle",
    case: 2,
    what: "waiting is idle; iowait of one cpu falls by 20 s",
    modes: WAITING_IS_IDLE,
    hosts: [
      host({
        cores: 4,
        load: steadyModes({ user: 425, system: 50, iowait: 25 }),
        counterFaults: [step(at(1, 25), -20, { cpu: 1, mode: "iowait" })],
      }),
    ],
    live: minutes,
    ...fell,
  },
  {
    name: "all-lower-once",
    case: 3,
    what: "80% busy; at one scrape every counter is 70 s lower, then goes on",
    hosts: faulty(80, once(at(1, 25), { addSeconds: -70 })),
    live: minutes,
    ...fell,
  },
  {
    name: "zeros-once",
    case: 4,
    what: "30% busy; one scrape says 0 for everything",
    hosts: faulty(30, once(at(1, 25), { saysSeconds: 0 })),
    live: minutes,
    ...fell,
  },
  {
    name: "steal-falls-hourly",
    case: 5,
    what: "nearly idle; steal stands at 250 s and falls by 0.02 s once an hour",
    hosts: [
      host({
        cores: 4,
        load: steadyLoad(1),
        counterFaults: [
          { from: START - 30 * DAY_MS, to: FOREVER, cpu: 0, mode: "steal", addSeconds: 250 },
          ...[0, 1, 2].map((hour) => step(at(hour, 30), -0.02, { cpu: 0, mode: "steal" })),
        ],
      }),
    ],
    ...fell,
  },
  {
    name: "idle-step-at-the-hour",
    what: "the idle counter of one cpu falls by 0.02 s at the first scrape after an hour",
    hosts: faulty(90, step(at(1), -0.02, idle0)),
    ...fell,
  },
  {
    name: "idle-step-before-the-hour",
    what: "the idle counter of one cpu falls by 5 s at the last scrape before an hour",
    hosts: faulty(90, step(at(0, 59), -5, idle0)),
    ...fell,
  },
  {
    name: "user-step",
    what: "the user counter of one cpu falls by 5 s",
    hosts: faultyVaried(step(at(1, 25), -5, { cpu: 1, mode: "user" })),
    ...fell,
  },
  {
    name: "iowait-step",
    what: "iowait of one cpu falls by 20 s",
    hosts: faultyVaried(step(at(1, 25), -20, { cpu: 1, mode: "iowait" })),
    ...fell,
  },
  {
    name: "softirq-step",
    what: "softirq of every cpu falls by 1 s at the last scrape of the request",
    hosts: faulty(50, step(at(2, 59), -1, { mode: "softirq" })),
    ...fell,
  },
  {
    name: "steal-step",
    what: "steal of one cpu falls by 300 s, more than a minute holds",
    hosts: [
      host({
        load: steadyModes({ user: 300, steal: 100 }),
        counterFaults: [step(at(1, 25), -300, { cpu: 0, mode: "steal" })],
      }),
    ],
    ...fell,
  },
  {
    name: "all-lower-for-good",
    what: "from one scrape on every counter is 70 s lower",
    hosts: faulty(50, step(at(1, 25), -70)),
    unknowableScrapes: 1,
    mayBeFlagged: [{ hours: [1] }],
    ...fell,
  },
  {
    name: "idle-to-zero-for-good",
    what: "the idle counter of one cpu starts again from nearly 0 although nothing booted",
    hosts: faulty(50, step(at(1, 25), -1_297_000, idle0)),
    ...fell,
  },
  {
    name: "step-ahead",
    what: "the idle counter of one cpu jumps ahead by 600 s",
    hosts: faulty(60, step(at(1, 25), 600, idle0)),
    mayBeFlagged: [{ hours: [1] }],
    ...fell,
  },
  {
    name: "ahead-once",
    what: "at one scrape every counter is 70 s higher, then goes on",
    hosts: faulty(60, once(at(1, 25), { addSeconds: 70 })),
    ...fell,
  },
  {
    name: "lower-at-the-hour",
    what: "every counter is 70 s lower at the first scrape after an hour, then goes on",
    hosts: faulty(80, once(at(1), { addSeconds: -70 })),
    ...fell,
  },
  {
    name: "lower-before-the-hour",
    what: "every counter is 70 s lower at the last scrape before an hour, then goes on",
    hosts: faultyVaried(once(at(0, 59), { addSeconds: -70 })),
    ...fell,
  },
  {
    name: "lower-twice",
    what: "two scrapes around an hour say 30 s less for everything",
    hosts: faulty(80, once(at(0, 59), { addSeconds: -30 }, {}, 2)),
    ...fell,
  },
  {
    name: "zeros-at-the-hour",
    what: "a scrape exactly at an hour says 0 for everything",
    hosts: [host({ phaseMs: 0, load: everyMode(30), counterFaults: [once(at(1), { saysSeconds: 0 })] })],
    ...fell,
  },
  {
    name: "zeros-at-first",
    what: "the first scrape of the request says 0 for everything",
    hosts: faulty(30, once(at(0), { saysSeconds: 0 })),
    ...fell,
  },
  {
    name: "zeros-at-last",
    what: "the first scrape after the request says 0 for everything",
    hosts: faulty(30, once(at(3), { saysSeconds: 0 })),
    ...fell,
  },
  {
    name: "one-zero",
    what: "one counter says 0 at one scrape",
    hosts: faultyVaried(once(at(1, 25), { saysSeconds: 0 }, { cpu: 1, mode: "user" })),
    ...fell,
  },
  {
    name: "nan-once",
    what: "one counter is NaN at one scrape",
    hosts: faultyVaried(once(at(1, 25), { saysSeconds: Number.NaN }, { cpu: 1, mode: "user" })),
    ...noNumber,
  },
  {
    name: "nan-at-the-hour",
    what: "every counter is NaN at the last scrape before an hour",
    hosts: faultyVaried(once(at(0, 59), { saysSeconds: Number.NaN })),
    ...noNumber,
  },
  {
    name: "negative-once",
    what: "one counter is -3 at the first scrape after an hour",
    hosts: faultyVaried(once(at(1), { saysSeconds: -3 }, { cpu: 0, mode: "system" })),
    ...noNumber,
  },
  {
    name: "infinite-once",
    what: "one counter is +Inf at the first scrape after an hour",
    hosts: faultyVaried(once(at(1), { saysSeconds: FOREVER }, { cpu: 0, mode: "system" })),
    ...noNumber,
  },
  {
    name: "huge-once",
    what: "one counter is 1e15 at the last scrape before an hour",
    hosts: faultyVaried(once(at(0, 59), { saysSeconds: 1e15 }, { cpu: 0, mode: "user" })),
    ...noNumber,
  },
  {
    name: "all-huge-once",
    what: "every counter is 1e15 at one scrape",
    hosts: faultyVaried(once(at(1, 25), { saysSeconds: 1e15 })),
    ...noNumber,
  },
  {
    name: "zeros-before-a-gap",
    what: "the last scrape before a gap over an hour says 0 for everything",
    hosts: [
      host({
        load: everyMode(60),
        outages: [{ from: at(0, 45), to: at(1, 20) }],
        counterFaults: [once(at(0, 44), { saysSeconds: 0 })],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
    ...fell,
  },
  {
    name: "zeros-after-a-gap",
    what: "the first scrape after a gap over an hour says 0 for everything",
    hosts: [
      host({
        load: everyMode(60),
        outages: [{ from: at(0, 45), to: at(1, 20) }],
        counterFaults: [once(at(1, 20), { saysSeconds: 0 })],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
    ...fell,
  },
  {
    name: "step-in-a-gap",
    what: "iowait of one cpu falls by 20 s within a gap over an hour",
    hosts: [
      host({
        load: everyMode(60),
        outages: [{ from: at(0, 45), to: at(1, 20) }],
        counterFaults: [step(at(1), -20, { cpu: 1, mode: "iowait" })],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
    ...fell,
  },
  {
    name: "step-and-reboot",
    what: "the idle counter of one cpu falls by 0.02 s, and half an hour later the host reboots",
    hosts: [
      host({ load: everyMode(60), incarnations: rebooting, counterFaults: [step(at(1, 10), -0.02, idle0)] }),
      other,
    ],
    ...fell,
  },
  {
    name: "zeros-before-a-reboot",
    what: "the last scrape before a reboot says 0 for everything",
    hosts: [
      host({
        load: everyMode(60),
        incarnations: rebooting,
        counterFaults: [once(at(1, 39), { saysSeconds: 0 })],
      }),
      other,
    ],
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
    unknowableScrapes: 1,
    ...fell,
  },
  {
    name: "zeros-after-a-reboot",
    what: "the second scrape after a reboot says 0 for everything",
    hosts: [
      host({
        load: everyMode(60),
        incarnations: rebooting,
        counterFaults: [once(at(1, 42), { saysSeconds: 0 })],
      }),
      other,
    ],
    ...fell,
  },
  {
    name: "iowait-falls-every-scrape",
    what: "iowait of one cpu wavers by a tenth of a second all the time",
    hosts: [
      host({
        load: everyMode(40),
        counterFaults: Array.from({ length: 120 }, (_, i) =>
          once(at(0, 2 * i), { addSeconds: -0.1 }, { cpu: 0, mode: "iowait" }),
        ),
      }),
    ],
    ...fell,
  },
  {
    name: "idle-and-iowait-fall-together",
    what: "idle and iowait of every cpu fall by 30 s at one scrape",
    hosts: faulty(50, step(at(1, 25), -30, { mode: "idle" }), step(at(1, 25), -30, { mode: "iowait" })),
    unknowableScrapes: 1,
    mayBeFlagged: [{ hours: [1] }],
    ...fell,
  },
  {
    name: "zeros-of-one-host-of-many",
    what: "one scrape of one host of six says 0 for everything",
    hosts: [
      host({ load: everyMode(70), counterFaults: [once(at(1, 25), { saysSeconds: 0 })] }),
      ...[1, 2, 3, 4, 5].map((n) => host({ load: varied(n), cores: 1, phaseMs: n * 9_000 })),
    ],
    ...fell,
  },
  {
    name: "step-made-up-for",
    what: "iowait of the only cpu falls by 20 s and is higher again after a quarter of an hour",
    hosts: [
      host({
        cores: 1,
        load: varied(),
        scrapeSeconds: 15,
        counterFaults: [step(at(1, 45), -20, { cpu: 0, mode: "iowait" })],
      }),
    ],
    ...fell,
  },
  {
    name: "lower-once-every-5min",
    what: "scraped every five minutes; every counter is 70 s lower at one scrape",
    hosts: [
      host({
        load: everyMode(30),
        scrapeSeconds: 300,
        phaseMs: 5_000,
        counterFaults: [once(at(1, 25), { addSeconds: -70 }, {}, 5)],
      }),
    ],
    live: [24, 26, 29, 31, 34, 36, 41].map((minute) => at(1, minute)),
    ...fell,
  },
  {
    name: "one-zero-every-5min",
    what: "scraped every five minutes; iowait of one cpu says 0 at the first scrape after an hour",
    hosts: [
      host({
        load: varied(),
        scrapeSeconds: 300,
        phaseMs: 12_000,
        counterFaults: [once(at(1), { saysSeconds: 0 }, { cpu: 0, mode: "iowait" }, 5)],
      }),
    ],
    ...fell,
  },
  {
    name: "mode-goes",
    what: "steal, which always was 0, is no longer reported from 01:20 on; ten minutes later iowait falls by 20 s",
    hosts: [
      host({
        load: steadyModes({ user: 300, iowait: 50 }),
        counterFaults: [
          { from: at(1, 20), to: FOREVER, mode: "steal", saysSeconds: null },
          step(at(1, 30), -20, { cpu: 1, mode: "iowait" }),
        ],
      }),
      other,
    ],
    ...fell,
  },
  {
    name: "counter-stands-still",
    what: "user of one cpu stands beyond 2^53 and gains nothing",
    hosts: [
      host({
        load: varied(),
        counterFaults: [
          { from: START - 30 * DAY_MS, to: FOREVER, cpu: 0, mode: "user", saysSeconds: 2 ** 53 },
        ],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [0, 1, 2] }],
    findings: ["impossible-cpu-seconds"],
  },
  {
    name: "never-idle",
    what: "mode idle is never reported",
    hosts: [
      host({
        load: varied(),
        counterFaults: [{ from: START - 30 * DAY_MS, to: FOREVER, mode: "idle", saysSeconds: null }],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [0, 1, 2] }],
    findings: ["impossible-cpu-seconds"],
  },
];

export const COUNTER_SITUATIONS: readonly Situation[] = texts.map(situation);
