import { DAY_MS } from "ada-carbon";
import {
  bootTimeAlways,
  bootTimeJitter,
  bootTimeSteps,
  type HostDescription,
  steadyLoad,
} from "ada-carbon/testing";
import { booted, other } from "./beside.js";
import { varied } from "./loads.js";
import {
  at,
  FOREVER,
  host,
  hours,
  type Situation,
  type SituationText,
  START,
  situation,
} from "./situation.js";

// Hosts that boot, end and say when they booted.

/** A host that was up at some times, beside one that always is. */
const lives = (...incarnations: { from: number; to: number }[]): HostDescription[] => [
  host({ load: varied(), incarnations }),
  other,
];
const clock = (bootTime: HostDescription["bootTime"], more: HostDescription = {}): HostDescription[] => [
  host({ load: varied(), ...(bootTime === undefined ? {} : { bootTime }), ...more }),
  other,
];
const reboot = {
  incarnations: [
    { from: booted, to: at(1, 25) },
    { from: at(1, 27), to: FOREVER },
  ],
};

const texts: readonly SituationText[] = [
  {
    name: "exporter-starts-late",
    case: 18,
    what: "boot at :20, the exporter starts ten minutes later",
    hosts: [
      host({
        load: steadyLoad(60),
        incarnations: [{ from: at(1, 20), to: FOREVER }],
        exporterDelaySeconds: 600,
      }),
      other,
    ],
  },
  {
    name: "exporter-starts-late-no-boot-time",
    what: "the same, and nobody says when it booted",
    hosts: [
      host({
        load: steadyLoad(60),
        bootTime: null,
        incarnations: [{ from: at(1, 20), to: FOREVER }],
        exporterDelaySeconds: 600,
      }),
      other,
    ],
    mayFind: ["clock"],
  },
  {
    name: "exporter-starts-hours-late",
    what: "boot at :20, the exporter starts two hours later",
    hosts: [
      host({
        load: steadyLoad(60),
        incarnations: [{ from: at(1, 20), to: FOREVER }],
        exporterDelaySeconds: 7200,
      }),
      other,
    ],
    asked: [0, 3],
    mayBeFlagged: [{ hosts: "a", hours: hours(1, 3) }],
  },
  {
    name: "exporter-starts-over-the-hour",
    what: "boot at :50, the exporter starts fifteen minutes later",
    hosts: [
      host({
        load: steadyLoad(60),
        incarnations: [{ from: at(0, 50), to: FOREVER }],
        exporterDelaySeconds: 900,
      }),
      other,
    ],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  { name: "reboot", what: "a reboot within two minutes", hosts: lives(...reboot.incarnations) },
  {
    name: "reboot-between-scrapes",
    what: "a reboot within 20 seconds, between two scrapes",
    hosts: lives({ from: booted, to: at(1, 25, 50) }, { from: at(1, 26, 10), to: FOREVER }),
  },
  {
    name: "reboot-at-the-hour",
    what: "a reboot that ends exactly at an hour",
    hosts: lives({ from: booted, to: at(0, 59, 30) }, { from: at(1), to: FOREVER }),
  },
  {
    name: "reboot-over-the-hour",
    what: "down from a minute before an hour to a minute after",
    hosts: lives({ from: booted, to: at(0, 59) }, { from: at(1, 1), to: FOREVER }),
  },
  {
    name: "reboots-in-one-hour",
    what: "three reboots in one hour",
    hosts: lives(
      { from: booted, to: at(1, 10) },
      { from: at(1, 11), to: at(1, 25) },
      { from: at(1, 26), to: at(1, 50) },
      { from: at(1, 51), to: FOREVER },
    ),
  },
  {
    name: "reboot-in-the-first-hour",
    what: "a reboot in the first minutes of the request",
    hosts: lives({ from: booted, to: at(0, 1, 30) }, { from: at(0, 2), to: FOREVER }),
  },
  {
    name: "reboot-in-the-last-hour",
    what: "a reboot in the last minutes of the request",
    hosts: lives({ from: booted, to: at(2, 57) }, { from: at(2, 58), to: FOREVER }),
  },
  {
    name: "reboot-over-midnight",
    what: "down from 23:58 to 00:03",
    hosts: lives({ from: booted, to: at(23, 58) }, { from: at(24, 3), to: FOREVER }),
    asked: [22, 25],
  },
  {
    name: "reboot-long-down",
    // Nothing tells it from a host that was out of sight until it booted.
    mayBeFlagged: [{ hosts: "a", hours: hours(1, 3) }],
    what: "shut down for two hours and booted again",
    hosts: lives({ from: booted, to: at(1, 20) }, { from: at(3, 25), to: FOREVER }),
    asked: [0, 4],
  },
  {
    name: "stopped-and-tried",
    what: "shut down for two hours and booted again; Prometheus tries all the while, and up is 0",
    hosts: [
      host({
        load: varied(),
        recordsFailedScrapes: true,
        incarnations: [
          { from: booted, to: at(1, 20) },
          { from: at(3, 25), to: FOREVER },
        ],
      }),
      other,
    ],
    asked: [0, 4],
    // Nothing tells it from a host whose exporter hung until the reboot.
    mayBeFlagged: [{ hosts: "a", hours: hours(1, 3) }],
  },
  {
    name: "hung-until-a-reboot",
    what: "the exporter does not answer for two hours, up is 0, and then the host reboots",
    hosts: [
      host({
        load: varied(),
        recordsFailedScrapes: true,
        outages: [{ from: at(1, 20), to: at(3, 25) }],
        incarnations: [
          { from: booted, to: at(3, 24) },
          { from: at(3, 25), to: FOREVER },
        ],
      }),
      other,
    ],
    asked: [0, 4],
    flagged: [{ hosts: "a", hours: hours(1, 3) }],
  },
  {
    name: "host-deleted",
    what: "one of two hosts is deleted at half past",
    hosts: lives({ from: booted, to: at(1, 30) }),
  },
  {
    name: "host-deleted-at-the-hour",
    what: "one of two hosts is deleted exactly at an hour",
    hosts: lives({ from: booted, to: at(2) }),
  },
  {
    name: "host-deleted-in-the-last-hour",
    what: "one of two hosts is deleted in the last hour asked for",
    hosts: lives({ from: booted, to: at(2, 45) }),
  },
  { name: "host-born", what: "a host boots at 20 past", hosts: lives({ from: at(1, 20), to: FOREVER }) },
  {
    name: "host-born-at-the-hour",
    what: "a host boots exactly at an hour",
    hosts: lives({ from: at(1), to: FOREVER }),
  },
  {
    name: "host-for-minutes",
    what: "a host is born and gone within an hour",
    hosts: lives({ from: at(1, 15), to: at(1, 35) }),
  },
  {
    name: "host-over-the-hour",
    what: "a host is born ten minutes before an hour and gone ten minutes after",
    hosts: lives({ from: at(0, 50), to: at(1, 10) }),
  },
  {
    name: "host-never-seen",
    what: "a host lives for 20 seconds between two scrapes",
    hosts: lives({ from: at(1, 15, 50), to: at(1, 16, 10) }),
  },
  {
    name: "everybody-deleted",
    what: "all hosts are deleted at 02:30 and nothing of the source is ever heard again",
    hosts: [
      host({ load: varied(), incarnations: [{ from: booted, to: at(2, 30) }] }),
      host({ load: varied(2), incarnations: [{ from: booted, to: at(2, 30, 20) }] }),
    ],
    flagged: [{ hours: [2] }],
  },
  {
    name: "address-reused",
    what: "a host is deleted, and another with its name, project and owner boots ten minutes later",
    hosts: lives({ from: booted, to: at(1, 20) }, { from: at(1, 30), to: FOREVER }),
    // Nothing tells it from a host that was only out of sight before it booted.
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
  },

  {
    name: "boot-time-1970",
    what: "the boot time is 0 and stays so",
    hosts: clock(bootTimeAlways(0)),
    mayFind: ["clock"],
  },
  {
    name: "boot-time-1970-with-reboot",
    what: "the boot time is 0 and stays so; the host reboots",
    hosts: clock(bootTimeAlways(0), reboot),
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
    mayFind: ["clock", "counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "boot-time-in-the-future",
    what: "the boot time lies a year ahead",
    hosts: clock(bootTimeAlways((START + 365 * DAY_MS) / 1000)),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-ahead",
    what: "the clock is set an hour ahead: the boot time jumps and nothing booted",
    hosts: clock(bootTimeSteps([{ at: at(1, 25), seconds: 3600 }])),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-ahead-into-the-hour",
    what: "the clock was wrong by 30 days: the boot time jumps into the hour and nothing booted",
    hosts: clock(bootTimeSteps([{ at: at(1, 25), seconds: 30 * 86_400 + 3600 + 600 }])),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-back",
    what: "the clock is set back by 5 seconds",
    hosts: clock(bootTimeSteps([{ at: at(1, 25), seconds: -5 }])),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-at-the-hour",
    what: "the clock is set by two minutes exactly at an hour, and back an hour later",
    hosts: clock(
      bootTimeSteps([
        { at: at(1), seconds: 120 },
        { at: at(2), seconds: 0 },
      ]),
    ),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-in-a-gap",
    what: "the clock is set by 90 seconds within a gap over an hour",
    hosts: clock(bootTimeSteps([{ at: at(1), seconds: 90 }]), {
      outages: [{ from: at(0, 45), to: at(1, 20) }],
    }),
    spread: [{ hosts: "a", hours: [0, 1] }],
    mayFind: ["clock"],
  },
  {
    name: "boot-time-jitter",
    what: "the boot time is a second off now and then",
    hosts: clock(bootTimeJitter()),
  },
  {
    name: "boot-time-jitter-with-reboot",
    what: "the boot time is a second off now and then; the host reboots",
    hosts: clock(bootTimeJitter(), reboot),
  },
  { name: "no-boot-time", what: "nobody says when it booted", hosts: clock(null), mayFind: ["clock"] },
  {
    name: "no-boot-time-with-reboot",
    what: "nobody says when it booted, and it reboots",
    hosts: clock(null, reboot),
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
    mayFind: ["clock", "counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "boot-time-zero-once",
    what: "one scrape says a boot time of 0",
    hosts: clock((scrapedAt, boot) => (scrapedAt >= at(1, 25) && scrapedAt < at(1, 26) ? 0 : boot)),
    mayFind: ["clock"],
  },
  {
    name: "boot-time-nan-once",
    what: "one scrape says a boot time of NaN",
    hosts: clock((scrapedAt, boot) => (scrapedAt >= at(1) && scrapedAt < at(1, 1) ? Number.NaN : boot)),
    mayFind: ["clock", "not-a-number"],
  },
  {
    name: "boot-time-ends",
    what: "the boot time is no longer reported from half past on",
    hosts: clock((scrapedAt, boot) => (scrapedAt >= at(1, 30) ? null : boot)),
    mayFind: ["clock"],
  },
  {
    name: "clock-steps-with-reboot",
    what: "the clock is set an hour ahead ten minutes before a reboot",
    hosts: clock(bootTimeSteps([{ at: at(1, 15), seconds: 3600 }]), reboot),
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
    mayFind: ["clock"],
  },
  {
    name: "clock-behind-and-reboot-in-a-gap",
    what: "the clock is ten minutes behind; a gap over an hour, in which the host reboots",
    hosts: clock((_, boot) => boot - 600, {
      outages: [{ from: at(0, 30), to: at(1, 20) }],
      incarnations: [
        { from: booted, to: at(0, 50) },
        { from: at(0, 51), to: FOREVER },
      ],
    }),
    flagged: [{ hosts: "a", hours: [0] }],
  },
  {
    name: "clock-ahead-and-exporter-late",
    what: "the clock is ten minutes ahead, and the exporter starts ten minutes after the first boot",
    hosts: clock((_, boot) => boot + 600, {
      incarnations: [{ from: at(1, 20), to: FOREVER }],
      exporterDelaySeconds: 600,
    }),
    // Its counters may be those of a machine that it is a container of.
    flagged: [{ hosts: "a", hours: [1] }],
    mayFind: ["clock"],
  },
  {
    name: "reboots-in-three-hours",
    what: "a reboot in each of three hours",
    hosts: lives(
      { from: booted, to: at(0, 20) },
      { from: at(0, 22), to: at(1, 33) },
      { from: at(1, 34), to: at(2, 51) },
      { from: at(2, 53), to: FOREVER },
    ),
  },
  {
    name: "many-born-and-gone",
    what: "eight hosts live for 40 minutes each, one after the other",
    hosts: [
      ...Array.from({ length: 8 }, (_, n) =>
        host({
          cores: 1,
          load: varied(n),
          phaseMs: n * 7_000,
          incarnations: [{ from: at(0, 5 + 20 * n), to: at(0, 45 + 20 * n) }],
        }),
      ),
      other,
    ],
  },
  {
    name: "all-reboot-together",
    what: "all hosts of a source reboot within the same minutes",
    hosts: [1, 2, 3].map((n) =>
      host({
        load: varied(n),
        cores: 1,
        phaseMs: n * 13_000,
        incarnations: [
          { from: booted, to: at(1, 30, n) },
          { from: at(1, 33, n), to: FOREVER },
        ],
      }),
    ),
  },
];

export const LIFE_SITUATIONS: readonly Situation[] = texts.map(situation);
