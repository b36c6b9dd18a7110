import { type HostDescription, steadyLoad } from "ada-carbon/testing";
import { booted, other } from "./beside.js";
import { varied } from "./loads.js";
import { at, FOREVER, host, hours, type Situation, type SituationText, situation } from "./situation.js";

// Times without scrapes, and scrapes that come late.

const busy = host({ cores: 4, load: steadyLoad(90) });
/** A host with gaps of its own, beside one that is always seen. */
const withGap = (...outages: { from: number; to: number }[]): HostDescription[] => [
  host({ load: varied(), outages }),
  other,
];

const texts: readonly SituationText[] = [
  {
    name: "gap-then-busy",
    case: 6,
    what: "90% busy, no scrape of anything from 01:10 to 03:40",
    hosts: [busy],
    asked: [0, 4],
    outages: [{ from: at(1, 10), to: at(3, 40) }],
    spread: [{ hours: hours(1, 3) }],
  },
  {
    name: "gap-over-the-hour",
    case: 7,
    what: "no scrape from 20 minutes before a full hour to 25 after, same boot",
    hosts: [host({ cores: 4, load: varied() }), other],
    outages: [{ from: at(0, 40), to: at(1, 25) }],
    spread: [{ hours: [0, 1] }],
  },
  {
    name: "gap-of-hours",
    case: 8,
    what: "no scrape of one host for three hours and a half",
    hosts: withGap({ from: at(1, 10), to: at(4, 40) }),
    asked: [0, 5],
    spread: [{ hosts: "a", hours: hours(1, 4) }],
  },
  {
    name: "gap-with-reboot",
    case: 9,
    what: "a gap of 35 minutes in which the host reboots",
    hosts: [
      host({
        cores: 4,
        load: steadyLoad(60),
        outages: [{ from: at(1, 20), to: at(1, 55) }],
        incarnations: [
          { from: booted, to: at(1, 33) },
          { from: at(1, 35), to: FOREVER },
        ],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "short-outage-with-reboot",
    what: "nobody is scraped for twelve minutes, at the end of which one host reboots",
    outages: [{ from: at(1, 20), to: at(1, 32) }],
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 30) },
          { from: at(1, 31), to: FOREVER },
        ],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "outage-with-end-and-birth",
    what: "nobody is scraped from 01:20 to 03:10; meanwhile one host is deleted and another boots",
    hosts: [
      other,
      host({ load: varied(3), phaseMs: 1_000, incarnations: [{ from: booted, to: at(1, 50) }] }),
      host({ load: varied(4), phaseMs: 9_000, incarnations: [{ from: at(2, 20), to: FOREVER }] }),
    ],
    asked: [0, 4],
    outages: [{ from: at(1, 20), to: at(3, 10) }],
    flagged: [{ hosts: "b", hours: [1] }],
    // It was down then, which nobody can know.
    mayBeFlagged: [{ hosts: "b", hours: [2, 3] }],
    spread: [
      { hosts: "a", hours: hours(1, 3) },
      { hosts: "c", hours: [2, 3] },
    ],
  },
  {
    name: "late-tail",
    case: 10,
    what: "sync at two past, while the last two minutes of scrapes have not arrived",
    hosts: [host({ load: varied() }), other],
    lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 120 }],
    until: 5,
    runs: [at(3, 2), at(4, 2)],
    flaggedAtFirst: [{ hours: [2] }],
  },
  {
    name: "late-host",
    case: 11,
    what: "data of one host's last six hours arrive an hour late",
    hosts: [host({ load: varied(), lateArrivals: [{ from: at(1), to: at(7), at: at(8) }] }), other],
    asked: [0, 6],
    until: 8.5,
    runs: [at(7, 10), at(8, 20)],
  },
  {
    name: "late-unknown-host",
    what: "all data of a host that nobody knew arrive an hour late",
    hosts: [host({ load: varied(), lateArrivals: [{ from: 0, to: at(4, 10), at: at(4, 10) }] }), other],
    runs: [at(3, 10), at(4, 20)],
  },
  {
    name: "late-tail-of-minutes",
    what: "sync at ten past, while the last five minutes of scrapes have not arrived",
    hosts: [host({ load: varied() }), other],
    lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 300 }],
    runs: [at(3, 2), at(3, 10)],
    flaggedAtFirst: [{ hours: [2] }],
  },
  {
    name: "late-middle",
    what: "half an hour of everybody's scrapes inside an hour is filled in after the hour was measured",
    hosts: [host({ load: varied() }), other],
    lateArrivals: [{ from: at(0, 50), to: at(1, 20), at: at(5) }],
    until: 5.5,
    runs: [at(4), at(5, 20)],
  },
  {
    name: "gap-inside-the-hour",
    what: "no scrape of one host for half an hour inside an hour",
    hosts: withGap({ from: at(1, 10), to: at(1, 40) }),
  },
  {
    name: "gap-to-the-hour",
    what: "a gap that ends exactly at the hour, with a scrape there",
    hosts: [host({ load: varied(), phaseMs: 0, outages: [{ from: at(0, 30), to: at(1) }] }), other],
  },
  {
    name: "gap-from-the-hour",
    what: "a gap that starts right after a scrape exactly at the hour",
    hosts: [host({ load: varied(), phaseMs: 0, outages: [{ from: at(1, 0, 1), to: at(1, 30) }] }), other],
  },
  {
    name: "gap-just-over-the-hour",
    what: "a gap of seven minutes over an hour, longer than the lookback",
    hosts: withGap({ from: at(0, 58), to: at(1, 5) }),
    mayBeFlagged: [],
  },
  {
    name: "gap-of-two-scrapes",
    what: "two scrapes are lost at an hour",
    hosts: withGap({ from: at(0, 59), to: at(1, 1) }),
  },
  {
    name: "missed-at-the-hour-after-reboot",
    what: "a reboot, and the scrapes around the next hour are missed one by one",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(0, 13, 50) },
          { from: at(0, 13, 58), to: FOREVER },
        ],
        outages: [
          { from: at(0, 59), to: at(1) },
          { from: at(2), to: at(2, 1) },
        ],
      }),
      other,
    ],
  },
  {
    name: "gap-with-failed-scrapes",
    what: "the exporter of one host does not answer over two hours' ends, and up is 0",
    hosts: [
      host({
        load: varied(),
        recordsFailedScrapes: true,
        outages: [{ from: at(0, 40), to: at(2, 15) }],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "all-fail-over-the-end",
    what: "nobody answers from the last hour on, up is 0; the second run is after it",
    hosts: [
      host({ load: varied(), recordsFailedScrapes: true, outages: [{ from: at(2, 40), to: at(4, 10) }] }),
      host({
        load: varied(2),
        phaseMs: 12_000,
        recordsFailedScrapes: true,
        outages: [{ from: at(2, 40), to: at(4, 10) }],
      }),
    ],
    until: 5.5,
    runs: [at(3, 30), at(5)],
    flaggedAtFirst: [{ hours: [2] }],
    spread: [{ hours: [2] }],
  },
  {
    name: "gap-before-the-request",
    what: "a gap that reaches from before the first hour asked for into it",
    hosts: withGap({ from: at(1, 30), to: at(2, 20) }),
    asked: [2, 4],
    spread: [{ hosts: "a", hours: [2] }],
  },
  {
    name: "gap-over-the-end",
    what: "a gap of one host from the last hour asked for to after it",
    hosts: withGap({ from: at(2, 30), to: at(3, 20) }),
    spread: [{ hosts: "a", hours: [2] }],
  },
  {
    name: "request-in-the-gap",
    what: "all hours asked for lie in a gap of one host",
    hosts: withGap({ from: at(1, 20), to: at(5, 30) }),
    asked: [2, 4],
    until: 6.5,
    spread: [{ hosts: "a", hours: hours(2, 4) }],
  },
  {
    name: "outage-over-the-end",
    what: "nobody is scraped from the last hour on; the first run is in the outage, the second after it",
    hosts: [host({ load: varied() }), other],
    outages: [{ from: at(2, 40), to: at(4, 10) }],
    until: 5.5,
    runs: [at(3, 30), at(5)],
    flaggedAtFirst: [{ hours: [2] }],
    spread: [{ hours: [2] }],
  },
  {
    name: "silent-host-comes-back",
    what: "one host is silent for two hours over the end of the first run and comes back before the second",
    hosts: withGap({ from: at(2, 40), to: at(4, 40) }),
    asked: [0, 5],
    until: 6.5,
    runs: [at(3, 3), at(6, 20)],
    spread: [{ hosts: "a", hours: hours(2, 4) }],
  },
  {
    name: "source-silent-for-ever",
    what: "nobody is scraped any more from the last hour on",
    hosts: [host({ load: varied() }), other],
    outages: [{ from: at(2, 30), to: FOREVER }],
    flagged: [{ hours: [2] }],
  },
  {
    name: "gap-over-midnight",
    what: "a gap of one host from 23:30 to 00:40",
    hosts: withGap({ from: at(23, 30), to: at(24, 40) }),
    asked: [22, 25],
    spread: [{ hosts: "a", hours: [23, 24] }],
  },
  {
    name: "gap-over-chunks",
    what: "two hours are asked for at a time, and a gap of everybody lies over the edge between",
    hosts: [host({ load: varied() }), other],
    asked: [0, 5],
    outages: [{ from: at(1, 40), to: at(2, 30) }],
    prometheus: { hoursPerRequest: 2 },
    spread: [{ hours: [1, 2] }],
  },
  {
    name: "gap-over-many-chunks",
    what: "one hour is asked for at a time, and a gap of one host lies over four of them",
    hosts: withGap({ from: at(1, 40), to: at(5, 30) }),
    asked: [0, 6],
    prometheus: { hoursPerRequest: 1 },
    spread: [{ hosts: "a", hours: hours(1, 5) }],
  },
  {
    name: "many-gaps",
    what: "sixteen hours with a gap of the same boot in nearly every one",
    hosts: [
      host({
        load: varied(),
        outages: Array.from({ length: 15 }, (_, n) => ({
          from: at(n, 7 + ((n * 23) % 50)),
          to: at(n, 7 + ((n * 23) % 50) + 3 + ((n * 17) % 44)),
        })),
      }),
      other,
    ],
    asked: [0, 15],
    mayBeFlagged: [],
    periodIsTrue: true,
  },
  {
    name: "long-gap",
    what: "one host is not scraped for nine hours",
    hosts: withGap({ from: at(1, 15), to: at(10, 20) }),
    asked: [0, 11],
    spread: [{ hosts: "a", hours: hours(1, 10) }],
    periodIsTrue: true,
  },
  {
    name: "gap-with-reboot-for-hours",
    what: "a gap of two hours and a half in which the host reboots",
    hosts: [
      host({
        load: steadyLoad(60),
        outages: [{ from: at(1, 10), to: at(3, 40) }],
        incarnations: [
          { from: booted, to: at(2, 18) },
          { from: at(2, 20), to: FOREVER },
        ],
      }),
      other,
    ],
    asked: [0, 4],
    flagged: [{ hosts: "a", hours: [1, 2] }],
    // The first counters after the boot hold the whole of it.
    mayBeFlagged: [{ hosts: "a", hours: [3] }],
  },
  {
    name: "gap-with-reboot-over-the-end",
    what: "a gap from the last hour asked for to hours after it, in which the host reboots in that hour",
    hosts: [
      host({
        load: steadyLoad(60),
        outages: [{ from: at(1, 35), to: at(4, 5) }],
        incarnations: [
          { from: booted, to: at(2, 16) },
          { from: at(2, 17), to: FOREVER },
        ],
      }),
      other,
    ],
    until: 5.5,
    flagged: [{ hosts: "a", hours: [1, 2] }],
  },
  {
    name: "gap-over-the-hour-with-reboot",
    what: "a gap over an hour; the host reboots in it before the hour",
    hosts: [
      host({
        load: steadyLoad(60),
        outages: [{ from: at(0, 40), to: at(1, 20) }],
        incarnations: [
          { from: booted, to: at(0, 49) },
          { from: at(0, 50), to: FOREVER },
        ],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [0] }],
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "gap-and-reboot-apart",
    what: "a gap over an hour, and a reboot half an hour after it",
    hosts: [
      host({
        load: steadyLoad(60),
        outages: [{ from: at(0, 50), to: at(1, 10) }],
        incarnations: [
          { from: booted, to: at(1, 40) },
          { from: at(1, 40, 30), to: FOREVER },
        ],
      }),
      other,
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "gaps-of-many-hosts",
    what: "six hosts, each with a gap over another hour, one after the other",
    hosts: Array.from({ length: 6 }, (_, n) =>
      host({
        cores: 1,
        load: varied(n),
        phaseMs: n * 8_000,
        outages: [{ from: at(n, 35), to: at(n + 1, 18) }],
      }),
    ),
    asked: [0, 7],
    spread: Array.from({ length: 6 }, (_, n) => ({ hosts: "abcdef"[n] ?? "", hours: [n, n + 1] })),
  },
  {
    name: "gap-with-two-scrapes-in-it",
    what: "a gap of three hours with two scrapes in the middle",
    hosts: withGap({ from: at(0, 40), to: at(2, 10) }, { from: at(2, 12), to: at(3, 40) }),
    asked: [0, 4],
    spread: [{ hosts: "a", hours: hours(0, 3) }],
  },
  {
    name: "gap-and-host-never-back",
    what: "one host is not scraped from half past on and its end is never seen; others are",
    hosts: withGap({ from: at(1, 30), to: FOREVER }),
    mayBeFlagged: [{ hosts: "a", hours: [1, 2] }],
    unseen: [{ hosts: "a", hours: [1, 2] }],
  },
  {
    name: "outage-inside-the-hour",
    what: "nobody is scraped for half an hour inside an hour",
    hosts: [host({ load: varied() }), other],
    outages: [{ from: at(1, 12), to: at(1, 44) }],
  },
  {
    name: "two-outages-around-hours",
    what: "nobody is scraped over two hours' ends in turn",
    hosts: [host({ load: varied() }), other],
    outages: [
      { from: at(0, 50), to: at(1, 10) },
      { from: at(1, 50), to: at(2, 10) },
    ],
    spread: [{ hours: [0, 1, 2] }],
  },
  {
    name: "late-twice",
    what: "three runs: the tail is late at each, and an old half hour arrives before the last",
    hosts: [host({ load: varied(), lateArrivals: [{ from: at(0, 20), to: at(0, 50), at: at(4) }] }), other],
    lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 90 }],
    asked: [0, 3],
    runs: [at(2, 1), at(3, 1), at(4, 30)],
  },
];

export const GAP_SITUATIONS: readonly Situation[] = texts.map(situation);
