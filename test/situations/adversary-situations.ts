import { type HostDescription, type Load, loadsInTurn, sharesOf, steadyLoad } from "ada-carbon/testing";
import { besideOther, booted, other, rebootAt } from "./beside.js";
import { varied } from "./loads.js";
import {
  at,
  FOREVER,
  host,
  hours,
  projectOf,
  type Situation,
  type SituationText,
  situation,
} from "./situation.js";

// Situations in which hours came out wrong, found by an adversary. Those that are not in HELD cost too long for every run,
// or hold what cannot be known: clocks of kernels that lose time.

/** Scraped from one time to another, and neither before nor after. */
const onlyBetween = (from: number, to: number) => [
  { from: -FOREVER, to: from },
  { from: to, to: FOREVER },
];
const FAIL_OVER_AND_BACK: SituationText["replicas"] = [
  { labels: { replica: "a" }, outages: [{ from: at(1, 30), to: at(4, 30) }] },
  { labels: { replica: "b" }, phaseMs: 30_000, outages: onlyBetween(at(1, 30), at(4, 30)) },
];

/** Modes add up to 990 of 1000: a virtual machine whose kernel loses 1% of the time. */
const lossy =
  (load: Load, perMille: number): Load =>
  (cpu, block) => {
    const [idle = 0, ...rest] = load(cpu, block);
    return [idle - perMille, ...rest];
  };
const threeThatLose = (perMille: number): HostDescription[] =>
  [1, 2, 3].map((n) => host({ load: lossy(varied(n), perMille), phaseMs: n * 9000 }));
/** Full in the last five minutes of even hours, idle else. */
const endOfHour: Load = (_cpu, block) => {
  const five = Math.round(block / 300_000);
  return sharesOf({ user: five % 12 === 11 ? 950 : 20 });
};
const sawtooth: Load = (_cpu, block) => {
  const five = Math.round(block / 300_000);
  // Changes from full to idle at odd hours, back at even ones.
  return sharesOf({
    user: Math.floor(five / 12) % 2 === 0 ? (five % 12 < 6 ? 20 : 970) : five % 12 < 6 ? 500 : 20,
  });
};

/** The same at other heights, so that no two hosts count the same. */
const sawtoothOf =
  (n: number): Load =>
  (_cpu, block) => {
    const five = Math.round(block / 300_000);
    const [low, high] = [20 + 10 * n, 970 - 7 * n];
    return sharesOf({
      user:
        Math.floor(five / 12) % 2 === 0 ? (five % 12 < 6 ? low : high) : five % 12 < 6 ? 500 + 9 * n : low,
    });
  };

const texts: readonly SituationText[] = [
  ...[undefined, 24, 6].map(
    (hoursPerRequest): SituationText => ({
      name: `gap-of-30-hours-by-${hoursPerRequest ?? "week"}`,
      what: "no scrape of one host for thirty hours, same boot",
      hosts: besideOther({ outages: [{ from: at(5, 10), to: at(35, 40) }] }),
      asked: [0, 47],
      ...(hoursPerRequest ? { prometheus: { hoursPerRequest } } : {}),
    }),
  ),
  {
    name: "fail-over-and-back",
    what: "two replicas, fail-over at 01:30 and back at 04:30, the second scrapes 30 s later",
    hosts: [host({ load: sawtooth }), other],
    asked: [0, 5],
    replicas: FAIL_OVER_AND_BACK,
  },
  {
    name: "drift-of-a-scrape-a-day",
    what: "an agent scrapes every 60.042 s: its phase goes once round in a day",
    hosts: [1, 2, 3].map((n) => host({ load: sawtoothOf(n), scrapeSeconds: 60.042, phaseMs: n * 11_000 })),
    asked: [0, 23],
  },
  {
    name: "drift-of-one-host",
    what: "one host of three drifts by a scrape a day",
    hosts: [
      host({ load: sawtooth, scrapeSeconds: 60.042, phaseMs: 5000 }),
      other,
      host({ load: varied(3), phaseMs: 31_000 }),
    ],
    asked: [0, 23],
  },
  {
    name: "every-70s",
    what: "scrapes every 70 seconds, seven hours asked for",
    hosts: [1, 2].map((n) => host({ load: sawtoothOf(n), scrapeSeconds: 70, phaseMs: n * 11_000 })),
    asked: [0, 6],
  },
  {
    name: "every-96s",
    what: "scrapes every 96 seconds, six hours",
    hosts: [1, 2].map((n) => host({ load: sawtoothOf(n), scrapeSeconds: 96, phaseMs: n * 11_000 })),
    asked: [0, 5],
  },
  {
    name: "same-boot-one-address",
    what: "two nearly idle VMs with one address in two projects that booted in the same second, as after a power cut",
    hosts: [
      host({ instance: "172.16.0.11:9100", project: "A", load: steadyLoad(3) }),
      host({ instance: "172.16.0.11:9100", project: "B", load: steadyLoad(5), phaseMs: 7_000 }),
    ],
  },
  {
    name: "same-boot-one-address-hour",
    what: "the same; in the first hour both do as much, later not",
    hosts: [
      host({
        instance: "172.16.0.12:9100",
        project: "A",
        load: loadsInTurn(steadyLoad(3), { from: at(1), load: steadyLoad(90) }),
      }),
      host({ instance: "172.16.0.12:9100", project: "B", load: steadyLoad(4), phaseMs: 7_000 }),
    ],
    asked: [0, 5],
  },
  {
    name: "one-address-two-projects-hourly",
    what: "case 13, an hour a request",
    hosts: [
      host({
        instance: "172.16.0.13:9100",
        project: "A",
        cores: 4,
        load: steadyLoad(70),
        outages: [{ from: at(1, 5), to: at(3, 5) }],
      }),
      host({ instance: "172.16.0.13:9100", project: "B", load: varied(), phaseMs: 7_000 }),
    ],
    asked: [0, 3],
    prometheus: { hoursPerRequest: 1 },
  },
  {
    name: "lossy-step",
    what: "kernels lose 1% of the time; the idle counter of the only cpu falls by 40 s",
    hosts: [
      host({
        cores: 1,
        load: lossy(steadyLoad(40), 10),
        counterFaults: [{ from: at(1, 25), to: FOREVER, cpu: 0, mode: "idle", addSeconds: -40 }],
      }),
      ...threeThatLose(10),
    ],
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "lossy-jump-96",
    what: "kernels lose 1%; one idle counter of a host of 96 cpus jumps ahead by 2,000 s",
    hosts: [
      host({
        cores: 96,
        load: lossy(steadyLoad(40), 10),
        counterFaults: [{ from: at(1, 25), to: FOREVER, cpu: 5, mode: "idle", addSeconds: 2000 }],
      }),
      ...threeThatLose(10),
    ],
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "lossy-clean",
    what: "kernels lose 0.3% to 1.2%; hosts of 1, 2, 48 and 96 cpus; nothing happens",
    hosts: [
      host({ cores: 1, load: lossy(varied(1), 3) }),
      host({ cores: 2, load: lossy(varied(2), 12), phaseMs: 1000 }),
      host({ cores: 48, load: lossy(varied(3), 10), phaseMs: 2000 }),
      host({ cores: 96, load: lossy(varied(4), 7), phaseMs: 50_000 }),
    ],
  },
  {
    name: "lossy-one",
    what: "one host alone whose kernel loses 1%",
    hosts: [host({ load: lossy(varied(1), 10) })],
    asked: [0, 5],
  },
  {
    name: "address-changes",
    what: "a host gets another address at half past, without a boot",
    hosts: besideOther({
      labelChanges: [{ at: at(1, 30), labels: { instance: "z.address-changes:9100" } }],
    }),
    mayFind: ["identity"],
  },
  {
    name: "address-changes-hourly",
    what: "the same, measured hour by hour",
    hosts: besideOther({
      labelChanges: [{ at: at(1, 30), labels: { instance: "z.address-changes-hourly:9100" } }],
    }),
    runs: [at(1, 5), at(2, 5), at(3, 5), at(5, 30)],
    mayFind: ["identity"],
  },
  {
    name: "address-changes-in-a-gap",
    what: "a host gets another address within a gap over an hour",
    hosts: besideOther({
      outages: [{ from: at(0, 45), to: at(1, 15) }],
      labelChanges: [{ at: at(1), labels: { instance: "z.address-changes-in-a-gap:9100" } }],
    }),
    mayFind: ["identity"],
  },
  {
    name: "long-gap-in-an-hour",
    what: "a gap of 48 minutes inside an hour, an hour a request",
    hosts: [host({ load: endOfHour, phaseMs: 10_000, outages: [{ from: at(1, 6), to: at(1, 54) }] }), other],
    prometheus: { hoursPerRequest: 1 },
  },
  {
    name: "long-gap-in-each-hour",
    what: "a gap of 48 minutes inside each hour",
    hosts: [
      host({
        load: endOfHour,
        phaseMs: 10_000,
        outages: [0, 1, 2, 3].map((h) => ({ from: at(h, 6), to: at(h, 54) })),
      }),
      other,
    ],
  },
  {
    name: "zeros-for-ten-minutes",
    what: "ten scrapes around an hour say 0 for everything",
    hosts: besideOther({ counterFaults: [{ from: at(0, 55), to: at(1, 5), saysSeconds: 0 }] }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "zeros-for-ten-minutes-no-boot-time",
    what: "the same, nobody says when it booted",
    hosts: besideOther({
      bootTime: null,
      counterFaults: [{ from: at(0, 55), to: at(1, 5), saysSeconds: 0 }],
    }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "lower-for-five-scrapes",
    what: "five scrapes around an hour say 70 s less for everything, then it goes on",
    hosts: besideOther({ counterFaults: [{ from: at(0, 58), to: at(1, 3), addSeconds: -70 }] }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "lower-in-a-half-hour",
    what: "for half an hour everything is 5,000 s lower (another replica, long ago started), then it goes on",
    hosts: besideOther({ counterFaults: [{ from: at(0, 45), to: at(1, 15), addSeconds: -5000 }] }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "two-targets-with-reboot",
    what: "one VM as two targets reboots",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 28), at(1, 30)),
      alsoScrapedAs: [{ labels: { instance: "10.0.0.8.two-targets-with-reboot:9100" } }],
    }),
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "two-targets-with-gaps",
    what: "one VM as two targets, each with a gap over an hour where the other has none, and one common gap",
    hosts: besideOther({
      outages: [{ from: at(2, 50), to: at(3, 10) }],
      alsoScrapedAs: [
        {
          labels: { instance: "10.0.0.8.two-targets-with-gaps:9100" },
          outages: [{ from: at(0, 40), to: at(1, 20) }],
        },
      ],
    }),
    asked: [0, 4],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 4) }],
  },
  {
    name: "two-targets-one-clean-each",
    what: "one VM as two targets: the second only for 20 minutes over an hour",
    hosts: besideOther({
      alsoScrapedAs: [
        {
          labels: { instance: "10.0.0.8.two-targets-one-clean-each:9100" },
          outages: onlyBetween(at(0, 50), at(1, 10)),
        },
      ],
    }),
    mayFind: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "two-targets-short",
    what: "one VM as two targets: the second only for 20 minutes inside an hour",
    hosts: besideOther({
      alsoScrapedAs: [
        {
          labels: { instance: "10.0.0.8.two-targets-short:9100" },
          outages: onlyBetween(at(1, 20), at(1, 40)),
        },
      ],
    }),
    mayFind: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "mixed-intervals",
    what: "hosts scraped every 15, 30, 60, 120, 300 and 600 s; nothing happens",
    hosts: [15, 30, 60, 120, 300, 600].map((s, n) =>
      host({ load: varied(n), scrapeSeconds: s, phaseMs: n * 2300 + 900 }),
    ),
    asked: [0, 23],
  },
  {
    name: "mixed-intervals-reboots",
    what: "the same, each reboots and has a gap",
    hosts: [15, 30, 60, 120, 300, 600].map((s, n) =>
      host({
        load: varied(n),
        scrapeSeconds: s,
        phaseMs: n * 2300 + 900,
        incarnations: rebootAt(at(3, 10 + n), at(3, 12 + n)),
        outages: [{ from: at(5, 50), to: at(6, 10 + n) }],
      }),
    ),
    asked: [0, 11],
  },
  {
    name: "slow-reboot",
    what: "hosts scraped every five and ten minutes are down for twenty minutes",
    hosts: [300, 600].map((s, n) =>
      host({
        load: varied(n),
        scrapeSeconds: s,
        phaseMs: n * 2300 + 900,
        incarnations: rebootAt(at(1, 10), at(1, 30)),
      }),
    ),
  },
  {
    name: "reboot-of-96",
    what: "a host of 96 and one of 1 cpu reboot twice within an hour's first minutes",
    hosts: [96, 1].map((cores) =>
      host({
        cores,
        load: varied(cores),
        phaseMs: cores * 100,
        incarnations: [
          { from: booted, to: at(0, 50) },
          { from: at(0, 51), to: at(1, 4) },
          { from: at(1, 5), to: FOREVER },
        ],
      }),
    ),
  },
  {
    name: "reboot-whole-cpus",
    what: "4 cpus up for ten minutes at one, reboot at five past: counters differ by three whole cpus",
    hosts: [
      host({
        cores: 4,
        phaseMs: 0,
        load: varied(),
        incarnations: [
          { from: booted, to: at(0, 45) },
          { from: at(0, 50), to: at(1, 3) },
          { from: at(1, 5), to: FOREVER },
        ],
      }),
    ],
  },
  {
    name: "project-and-gap-reboot",
    what: "a gap over an hour, in which the host reboots and gets another user, then another gap of the same boot",
    hosts: besideOther({
      incarnations: rebootAt(at(0, 55), at(0, 57)),
      outages: [
        { from: at(0, 50), to: at(1, 5) },
        { from: at(1, 50), to: at(2, 10) },
      ],
      labelChanges: [{ at: at(0, 57), labels: { user: "bob" } }],
    }),
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "same-project-same-boot",
    what: "two VMs with one address in one project and one boot time, told apart by instance_id; one has a gap",
    hosts: [
      host({
        instance: "172.16.0.14:9100",
        load: varied(),
        labels: { instance_id: "1f9a" },
        outages: [{ from: at(0, 40), to: at(1, 20) }],
      }),
      host({
        instance: "172.16.0.14:9100",
        load: varied(3),
        labels: { instance_id: "7c20" },
        phaseMs: 7_000,
      }),
    ],
    mayBeFlagged: [{ hours: hours(0, 2) }],
    mayFind: ["identity"],
  },
  {
    name: "same-project-idle-twins",
    what: "two idle VMs with one address in one project and one boot time, told apart by instance_id",
    hosts: [
      host({ instance: "172.16.0.15:9100", load: steadyLoad(3), labels: { instance_id: "1f9a" } }),
      host({
        instance: "172.16.0.15:9100",
        load: steadyLoad(3),
        labels: { instance_id: "7c20" },
        phaseMs: 7_000,
      }),
    ],
    mayBeFlagged: [{ hours: hours(0, 2) }],
    mayFind: ["identity"],
  },
  {
    name: "by-instance-id",
    what: "the same with --label instance=instance_id",
    hosts: [
      host({ instance: "172.16.0.16:9100", load: steadyLoad(3), labels: { instance_id: "1f9a" } }),
      host({
        instance: "172.16.0.16:9100",
        load: steadyLoad(50),
        labels: { instance_id: "7c20" },
        phaseMs: 7_000,
      }),
    ],
    prometheus: { labels: { instance: "instance_id" } },
  },
  {
    name: "long-chunk",
    what: "five days: a reboot, a gap, a phase that changes with another agent, a hot-plug",
    hosts: [
      host({
        load: varied(),
        incarnations: rebootAt(at(50, 10), at(50, 12)),
        outages: [{ from: at(80, 40), to: at(81, 20) }],
      }),
      host({
        cores: 3,
        load: varied(5),
        phaseMs: 3000,
        offlineCpus: [{ cpus: [2], from: -FOREVER, to: at(100, 30), series: "absent" }],
      }),
      other,
    ],
    asked: [0, 119],
  },
  {
    name: "lag-of-one-host",
    what: "one host's samples come 35 minutes late, one's 10; hourly runs",
    hosts: [
      host({ load: varied(), lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 2100 }] }),
      host({ load: varied(4), phaseMs: 3000, lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 600 }] }),
      other,
    ],
    asked: [0, 5],
    until: 8,
    runs: [at(1, 5), at(2, 5), at(3, 5), at(4, 5), at(5, 5), at(6, 5), at(7, 5)],
  },
  {
    name: "phase-changes-all",
    what: "the phase of everybody changes at 02:30 and changes back at 04:30 (scraper moved and moved back), one series",
    hosts: [
      host({
        load: sawtooth,
        phaseMs: 5000,
        scrapeChanges: [
          { at: at(2, 30), phaseMs: 50_000 },
          { at: at(4, 30), phaseMs: 5000 },
        ],
      }),
      host({
        load: varied(2),
        phaseMs: 12_000,
        scrapeChanges: [
          { at: at(2, 30), phaseMs: 57_000 },
          { at: at(4, 30), phaseMs: 12_000 },
        ],
      }),
    ],
    asked: [0, 6],
  },
  {
    name: "nan-at-both-edges",
    what: "one counter is NaN at the last scrape before each hour",
    hosts: besideOther({
      counterFaults: [0, 1, 2].map((h) => ({
        from: at(h, 59),
        to: at(h + 1),
        saysSeconds: Number.NaN,
        cpu: 1,
        mode: "user" as const,
      })),
    }),
    mayFind: ["not-a-number", "counter-fell"],
  },
  {
    name: "zeros-at-the-gap-ends-and-boot",
    what: "a gap over an hour, zeros at both its ends",
    hosts: besideOther({
      outages: [{ from: at(0, 45), to: at(1, 20) }],
      counterFaults: [
        { from: at(0, 44), to: at(0, 45), saysSeconds: 0 },
        { from: at(1, 20), to: at(1, 21), saysSeconds: 0 },
      ],
    }),
    mayFind: ["counter-fell"],
  },
  {
    name: "step-at-the-edge-of-the-request",
    what: "all counters 70 s lower for good between the last scrape before the request and the first in it",
    hosts: besideOther({ counterFaults: [{ from: at(0), to: FOREVER, addSeconds: -70 }] }),
    mayFind: ["counter-fell"],
  },
  {
    name: "delete-and-reuse",
    what: "a VM is deleted, twenty minutes later another one with its labels boots, whose exporter starts late",
    hosts: besideOther({
      exporterDelaySeconds: 600,
      incarnations: [
        { from: booted, to: at(0, 40) },
        { from: at(1, 0), to: FOREVER },
      ],
    }),
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "lossy-small-step",
    what: "kernels lose 1%; the idle counter of the only cpu falls by 25 s",
    hosts: [
      host({
        cores: 1,
        load: lossy(steadyLoad(40), 10),
        counterFaults: [{ from: at(1, 25), to: FOREVER, cpu: 0, mode: "idle", addSeconds: -25 }],
      }),
      ...threeThatLose(5),
    ],
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "lossy-user-step",
    what: "kernels lose 0.3%; user of one of two cpus jumps ahead by 100 s",
    hosts: [
      host({
        load: lossy(steadyLoad(40), 3),
        counterFaults: [{ from: at(1, 25), to: FOREVER, cpu: 0, mode: "user", addSeconds: 100 }],
      }),
      ...threeThatLose(3),
    ],
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "lossy-reboots-96",
    what: "kernels lose 0.5%; a host of 96 cpus reboots at 00:40 and at 01:20; scrapes at the minute",
    hosts: [
      host({
        cores: 96,
        phaseMs: 0,
        load: lossy(steadyLoad(40), 5),
        incarnations: [
          { from: booted, to: at(0, 38) },
          { from: at(0, 40), to: at(1, 18) },
          { from: at(1, 20), to: FOREVER },
        ],
      }),
      ...threeThatLose(5),
    ],
  },
  {
    name: "label-and-reboot-in-a-gap",
    what: "a gap of 35 minutes in which the host reboots and gets another user",
    hosts: [
      host({
        cores: 4,
        load: steadyLoad(60),
        outages: [{ from: at(1, 20), to: at(1, 55) }],
        incarnations: rebootAt(at(1, 33), at(1, 35)),
        labelChanges: [{ at: at(1, 35), labels: { user: "bob" } }],
      }),
      other,
    ],
    flagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "two-project-labels-with-gaps",
    what: "one VM under two project labels, one of them with a gap over an hour",
    hosts: besideOther({
      outages: [{ from: 0, to: 1 }],
      alsoScrapedAs: [
        {
          labels: { cloud_project_name: projectOf("two-project-labels-with-gaps", "A") },
          outages: [{ from: at(0, 40), to: at(1, 20) }],
        },
      ],
    }),
    asked: [0, 4],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 4) }],
  },
  {
    name: "many-small-gaps-96",
    what: "one address in two projects, both idle and booted in the same second; one is deleted in the second hour",
    hosts: [
      host({ instance: "172.16.0.17:9100", project: "A", load: steadyLoad(3) }),
      host({
        instance: "172.16.0.17:9100",
        project: "B",
        load: steadyLoad(4),
        phaseMs: 7_000,
        incarnations: [{ from: booted + 2000, to: at(1, 30) }],
      }),
      other,
    ],
    asked: [0, 3],
  },
  {
    name: "replica-drops-out-twice",
    what: "as fail-over-and-back, as a day with small loads that change at hours only",
    hosts: [
      host({
        load: (_c, b) => sharesOf({ user: Math.floor(b / 3_600_000) % 2 === 0 ? 50 : 950 }),
        loadBlockMs: 3_600_000,
      }),
      other,
    ],
    asked: [0, 5],
    replicas: FAIL_OVER_AND_BACK,
  },
  {
    name: "project-empties",
    what: "a project that is asked for has no host any more in the hours asked for",
    hosts: [
      host({ project: "A", load: varied() }),
      host({
        project: "B",
        load: varied(3),
        phaseMs: 7000,
        incarnations: [{ from: booted, to: at(0) - 1_800_000 }],
      }),
    ],
  },
  {
    name: "lossless-two-in-cron",
    what: "two VMs with one address in two projects and one boot second, 20% and 23% busy, 4 cpus",
    hosts: [
      host({ instance: "172.16.0.18:9100", project: "A", cores: 4, load: steadyLoad(20) }),
      host({ instance: "172.16.0.18:9100", project: "B", cores: 4, load: steadyLoad(23), phaseMs: 7_000 }),
    ],
  },
  {
    name: "irregular-lossy",
    what: "kernels lose 0.5% and one host of four is scraped every 70 s, six hours",
    hosts: [host({ load: lossy(sawtoothOf(1), 5), scrapeSeconds: 70, phaseMs: 4000 }), ...threeThatLose(5)],
    asked: [0, 6],
  },
  {
    name: "two-targets-in-halves",
    what: "one VM as two targets, each with a gap over an hour where the other has none; the first of two runs is in a common gap",
    hosts: besideOther({
      outages: [{ from: at(2, 50), to: at(3, 10) }],
      alsoScrapedAs: [
        {
          labels: { instance: "10.0.0.7.two-targets-in-halves:9100" },
          outages: [{ from: at(0, 40), to: at(1, 20) }],
        },
      ],
    }),
    asked: [0, 4],
    runs: [at(3, 5), at(6, 30)],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 4) }],
  },
  {
    name: "zeros-over-a-run",
    what: "ten scrapes around an hour say 0 for everything, and the first of two runs is among them",
    hosts: besideOther({ counterFaults: [{ from: at(0, 55), to: at(1, 5), saysSeconds: 0 }] }),
    runs: [at(1, 4), at(4, 30)],
    flaggedAtFirst: [{ hours: [0] }],
    mayFind: ["counter-fell"],
  },
  {
    name: "cpu-away-over-a-run",
    what: "one of two cpus is not reported for twenty minutes over an hour, and the first of two runs is among them",
    hosts: besideOther({
      counterFaults: [{ from: at(0, 50), to: at(1, 10), cpu: 1, saysSeconds: null }],
    }),
    runs: [at(1, 5), at(4, 30)],
    flaggedAtFirst: [{ hours: [0] }],
    spread: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "mode-away-over-a-run",
    what: "user of one of two cpus is not reported for twenty minutes over an hour, and the first of two runs is among them",
    hosts: besideOther({
      counterFaults: [{ from: at(0, 50), to: at(1, 10), cpu: 1, mode: "user", saysSeconds: null }],
    }),
    runs: [at(1, 5), at(4, 30)],
    flaggedAtFirst: [{ hours: [0] }],
    // So it looks at the first run.
    mayFind: ["impossible-cpu-seconds"],
  },
  {
    name: "unplugged-in-a-gap",
    what: "two of four cpus are taken out in the middle of a gap over an hour",
    hosts: besideOther({
      cores: 4,
      offlineCpus: [{ cpus: [2, 3], from: at(2), to: FOREVER, series: "absent" }],
      outages: [{ from: at(1, 40), to: at(2, 20) }],
    }),
    asked: [0, 3],
    flagged: [{ hosts: "a", hours: [1, 2] }],
  },
];

/** Those that every run of the tests measures, on every server. */
const HELD: ReadonlySet<string> = new Set([
  "fail-over-and-back",
  "every-70s",
  "every-96s",
  "same-boot-one-address",
  "same-boot-one-address-hour",
  "address-changes",
  "address-changes-hourly",
  "address-changes-in-a-gap",
  "long-gap-in-an-hour",
  "zeros-for-ten-minutes",
  "zeros-for-ten-minutes-no-boot-time",
  "lower-for-five-scrapes",
  "two-targets-with-reboot",
  "two-targets-with-gaps",
  "mixed-intervals",
  "reboot-whole-cpus",
  "project-and-gap-reboot",
  "same-project-same-boot",
  "by-instance-id",
  "phase-changes-all",
  "nan-at-both-edges",
  "zeros-at-the-gap-ends-and-boot",
  "delete-and-reuse",
  "label-and-reboot-in-a-gap",
  "two-project-labels-with-gaps",
  "replica-drops-out-twice",
  "two-targets-in-halves",
  "zeros-over-a-run",
  "cpu-away-over-a-run",
  "mode-away-over-a-run",
  "unplugged-in-a-gap",
]);

export const ADVERSARY_SITUATIONS: readonly Situation[] = texts
  .filter(({ name }) => HELD.has(name))
  .map(situation);
