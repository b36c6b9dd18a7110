import { type HostDescription, hourlyBurst, MINUTE_BLOCK_MS, steadyLoad } from "ada-carbon/testing";
import { booted, other } from "./beside.js";
import { everyMode, varied } from "./loads.js";
import { at, FOREVER, host, type Situation, type SituationText, situation } from "./situation.js";

// How often hosts are scraped, by whom, what they do meanwhile, and which cpus tick.

const burst = (more: HostDescription = {}): HostDescription[] => [
  host({ load: hourlyBurst(5), loadBlockMs: MINUTE_BLOCK_MS, ...more }),
];
const replicas = (a: { from: number; to: number }[], b: { from: number; to: number }[], phaseMs = 20_000) =>
  [
    { labels: { replica: "a" }, outages: a },
    { labels: { replica: "b" }, outages: b, phaseMs },
  ] as const;
const always = -FOREVER;

const texts: readonly SituationText[] = [
  {
    name: "clean",
    what: "nothing happens for six hours",
    hosts: [host({ load: varied() }), other],
    asked: [0, 5],
  },
  { name: "clean-constant", what: "nothing happens and nothing changes", hosts: [host({ cores: 4 })] },
  {
    name: "clean-on-the-hour",
    what: "scrapes exactly at the hours",
    hosts: [host({ load: varied(), phaseMs: 0 }), host({ load: varied(2), phaseMs: 1 })],
  },
  {
    name: "hourly-burst",
    case: 12,
    what: "5% base load and one minute of full load from each full hour on",
    hosts: burst(),
    asked: [0, 15],
    periodIsTrue: true,
  },
  {
    name: "hourly-burst-15s",
    what: "the same, scraped every 15 seconds",
    hosts: burst({ scrapeSeconds: 15, phaseMs: 4_000 }),
  },
  {
    name: "hourly-burst-300s",
    what: "the same, scraped every five minutes",
    hosts: burst({ scrapeSeconds: 300, phaseMs: 150_000 }),
    asked: [0, 5],
  },
  {
    name: "every-15s",
    what: "scrapes every 15 seconds",
    hosts: [host({ load: varied(), scrapeSeconds: 15, phaseMs: 14_000 })],
  },
  {
    name: "every-5min",
    what: "scrapes every five minutes, as long as the lookback",
    hosts: [host({ load: varied(), scrapeSeconds: 300, phaseMs: 70_000 }), other],
    asked: [0, 5],
  },
  {
    name: "every-10min",
    what: "scrapes every ten minutes, longer than the lookback",
    hosts: [host({ load: varied(), scrapeSeconds: 600, phaseMs: 400_000 })],
    asked: [0, 5],
  },
  {
    name: "every-10min-beside-every-minute",
    what: "one host is scraped every ten minutes, the other every minute",
    hosts: [host({ load: varied(), scrapeSeconds: 600, phaseMs: 400_000 }), other],
    asked: [0, 5],
  },
  {
    name: "jitter-of-milliseconds",
    what: "scrapes come up to 9 ms late",
    hosts: [host({ load: varied(), scrapeJitterMs: 9 }), other],
  },
  {
    name: "jitter-of-a-second",
    what: "scrapes come up to a second late",
    hosts: [host({ load: varied(), scrapeJitterMs: 1000, phaseMs: 59_400 }), other],
  },
  {
    name: "jitter-at-any-phase",
    what: "scrapes every 15, 60, 120 and 300 seconds come up to 700 ms late",
    hosts: [15, 60, 120, 300].map((scrapeSeconds) =>
      host({ load: varied(scrapeSeconds), scrapeSeconds, scrapeJitterMs: 700, phaseMs: scrapeSeconds * 450 }),
    ),
    asked: [0, 3],
  },
  {
    name: "missed-scrapes",
    what: "one scrape in eight fails",
    hosts: [host({ load: varied(), missedScrapesPerMille: 125 }), other],
    asked: [0, 5],
    periodIsTrue: true,
  },
  {
    name: "missed-half",
    what: "every second scrape fails, by chance",
    hosts: [host({ load: varied(), missedScrapesPerMille: 500 }), other],
    asked: [0, 5],
    mayBeFlagged: [],
  },

  {
    name: "replica-gaps",
    case: 19,
    what: "two replicas of one Prometheus, each with a gap where the other has none",
    hosts: [host({ load: steadyLoad(40) })],
    replicas: replicas([{ from: at(1, 5), to: at(1, 35) }], [{ from: at(1, 35), to: at(2, 10) }]),
  },
  {
    name: "replica-fail-over-and-reboot",
    case: 20,
    what: "two replicas, fail-over at :30, reboot at :10",
    hosts: [
      host({
        load: steadyLoad(40),
        incarnations: [
          { from: booted, to: at(1, 10) },
          { from: at(1, 11, 30), to: FOREVER },
        ],
      }),
    ],
    replicas: replicas([{ from: at(1, 30), to: FOREVER }], [{ from: always, to: at(1, 30) }]),
  },
  {
    name: "replicas",
    what: "two replicas that scrape at other seconds and miss nothing",
    hosts: [host({ load: steadyLoad(40) })],
    replicas: replicas([], []),
  },
  {
    name: "replica-fail-over-at-the-hour",
    what: "two replicas, fail-over exactly at an hour",
    hosts: [host({ load: steadyLoad(40) })],
    replicas: replicas([{ from: at(1), to: FOREVER }], [{ from: always, to: at(1) }]),
  },
  {
    name: "replicas-both-away",
    what: "two replicas with gaps of which twenty minutes over an hour are common",
    hosts: [host({ load: steadyLoad(40) })],
    replicas: replicas([{ from: at(0, 30), to: at(1, 10) }], [{ from: at(0, 50), to: at(1, 40) }]),
    spread: [{ hours: [0, 1] }],
  },

  {
    name: "hot-plug",
    case: 17,
    what: "2 cpus, from :30 on 4",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [2, 3], from: always, to: at(1, 30), series: "absent" }],
      }),
    ],
  },
  {
    name: "offline-cpus",
    case: 17,
    what: "8 cpus of which 4 are offline and their counters stand still",
    hosts: [
      host({
        cores: 8,
        load: varied(),
        offlineCpus: [{ cpus: [4, 5, 6, 7], from: always, to: FOREVER, series: "stand still" }],
      }),
    ],
  },
  {
    name: "hot-plug-seen-live",
    what: "2 busy cpus, from :30 on 2 idle ones more",
    hosts: [
      host({
        cores: 4,
        load: (cpu) => (cpu < 2 ? everyMode(90) : everyMode(10))(cpu, 0),
        offlineCpus: [{ cpus: [2, 3], from: always, to: at(1, 30), series: "absent" }],
      }),
    ],
    live: [at(1, 20), at(1, 29), at(1, 40), at(2)],
  },
  {
    name: "offline-cpus-seen-live",
    what: "8 cpus of which 4 are offline and their counters stand still",
    hosts: [
      host({
        cores: 8,
        load: everyMode(75),
        offlineCpus: [{ cpus: [4, 5, 6, 7], from: always, to: FOREVER, series: "stand still" }],
      }),
    ],
    live: [at(1, 20), at(2)],
  },
  {
    name: "resize",
    case: 17,
    what: "4 to 8 cpus with a reboot",
    hosts: [
      host({
        cores: 8,
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 30) },
          { from: at(1, 32), to: FOREVER },
        ],
        offlineCpus: [{ cpus: [4, 5, 6, 7], from: always, to: at(1, 32), series: "absent" }],
      }),
      other,
    ],
  },
  {
    name: "resize-smaller",
    what: "4 to 2 cpus with a reboot",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 30) },
          { from: at(1, 32), to: FOREVER },
        ],
        offlineCpus: [{ cpus: [2, 3], from: at(1, 30), to: FOREVER, series: "absent" }],
      }),
      other,
    ],
  },
  {
    name: "hot-plug-at-the-hour",
    what: "2 cpus, 4 exactly from an hour on",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [2, 3], from: always, to: at(1), series: "absent" }],
      }),
    ],
  },
  {
    name: "hot-unplug",
    what: "4 cpus, from :30 on 2: the series of the others end",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [2, 3], from: at(1, 30), to: FOREVER, series: "absent" }],
      }),
    ],
  },
  {
    name: "cpus-pause",
    what: "two of four cpus go offline at :30 and come back at :30, their counters stand still between",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [2, 3], from: at(0, 30), to: at(2, 30), series: "stand still" }],
      }),
    ],
  },
  {
    name: "cpus-pause-unseen",
    what: "two of four cpus go offline at :30 and come back at :30, their series absent between",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [2, 3], from: at(0, 30), to: at(2, 30), series: "absent" }],
      }),
    ],
  },
  {
    name: "first-cpu-goes",
    what: "the first of four cpus goes offline at :30 and its series end",
    hosts: [
      host({
        cores: 4,
        load: varied(),
        offlineCpus: [{ cpus: [0], from: at(1, 30), to: FOREVER, series: "absent" }],
      }),
      other,
    ],
  },
  {
    name: "every-2h",
    what: "one host is scraped every two hours, and for the first time in the first hour asked for",
    hosts: [host({ load: varied(), scrapeSeconds: 7200, phaseMs: 700_000 }), other],
    asked: [2, 9],
    until: 15,
    flagged: [{ hosts: "a", hours: [2] }],
  },
  {
    name: "every-2h-hourly",
    what: "the same, measured hour by hour: it is seen once in the first, and not at all in the second",
    hosts: [host({ load: varied(), scrapeSeconds: 7200, phaseMs: 700_000 }), other],
    asked: [2, 5],
    until: 9,
    runs: [at(3, 5), at(4, 5), at(5, 5), at(6, 5), at(8, 50)],
    flagged: [{ hosts: "a", hours: [2] }],
  },
  {
    name: "interval-changes",
    what: "of three hosts one is scraped every 15, 60 and 300 s within an hour, one every 300 and 60",
    hosts: [
      host({
        load: varied(),
        scrapeSeconds: 15,
        phaseMs: 3_000,
        scrapeChanges: [
          { at: at(1, 20), scrapeSeconds: 60 },
          { at: at(1, 40), scrapeSeconds: 300 },
        ],
      }),
      host({
        load: varied(3),
        scrapeSeconds: 300,
        phaseMs: 9_000,
        scrapeChanges: [{ at: at(1, 47), scrapeSeconds: 60 }],
      }),
      other,
    ],
    asked: [0, 3],
  },
  {
    name: "interval-changes-of-all",
    what: "all hosts are scraped every minute, from half past on every ten minutes",
    hosts: [1, 2].map((n) =>
      host({
        load: varied(n),
        phaseMs: n * 11_000,
        scrapeChanges: [{ at: at(1, 30), scrapeSeconds: 600, phaseMs: n * 97_000 }],
      }),
    ),
    asked: [0, 4],
  },
  {
    name: "interval-changes-with-reboot",
    what: "a host is scraped every 15 seconds, and every five minutes from a reboot with another user on",
    hosts: [
      host({
        load: varied(),
        scrapeSeconds: 15,
        phaseMs: 4_000,
        incarnations: [
          { from: booted, to: at(1, 28) },
          { from: at(1, 29), to: FOREVER },
        ],
        labelChanges: [{ at: at(1, 29), labels: { user: "bob" } }],
        scrapeChanges: [{ at: at(1, 29), scrapeSeconds: 300 }],
      }),
      other,
    ],
  },
  {
    name: "interval-changes-in-a-gap",
    what: "a host is scraped every 15 seconds, and every five minutes after a gap over an hour",
    hosts: [
      host({
        load: varied(),
        scrapeSeconds: 15,
        phaseMs: 4_000,
        outages: [{ from: at(0, 45), to: at(1, 20) }],
        scrapeChanges: [{ at: at(1), scrapeSeconds: 300 }],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "strange-labels",
    what: "labels with quotes, backslashes, line breaks and an emoji",
    hosts: [host({ load: varied(), machine: 'Say "hi" \\ $1 {a="b"}', user: "Zoë 🔬\nsecond line" }), other],
  },
];

export const SCRAPE_SITUATIONS: readonly Situation[] = texts.map(situation);
