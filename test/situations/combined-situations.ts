import { DAY_MS } from "ada-carbon";
import { bootTimeSteps, type Load, sharesOf } from "ada-carbon/testing";
import { besideOther, booted, rebootAt } from "./beside.js";
import { varied } from "./loads.js";
import { at, FOREVER, hours, projectOf, type Situation, type SituationText, situation } from "./situation.js";

// Several things at once, each of which the other tables hold alone.

/** A virtual machine from which its host takes 12% of the time. */
const stolenFrom: Load = (cpu, block) => {
  const busy = 100 + ((cpu * 37 + Math.round(block / 300_000) * 61) % 700);
  return sharesOf({ user: busy, steal: 120 });
};

const texts: readonly SituationText[] = [
  {
    name: "gone-while-others-are-heard",
    what: "a host is not scraped from ten past the last hour on, others are, and it goes on before the second run",
    hosts: besideOther({ outages: [{ from: at(2, 10), to: at(4, 40) }] }),
    asked: [0, 5],
    runs: [at(4, 30), at(7)],
    until: 7,
    spread: [{ hosts: "a", hours: hours(2, 4) }],
  },
  {
    name: "reboot-with-another-user-after-hours",
    what: "silent for three hours and a half, then booted with another user",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 20), at(4, 50)),
      labelChanges: [{ at: at(4, 50), labels: { user: "bob" } }],
    }),
    asked: [0, 5],
    mayBeFlagged: [{ hosts: "a", hours: hours(1, 4) }],
  },
  {
    name: "short-hidden-reboot",
    what: "out of sight for fourteen minutes, in which it reboots",
    hosts: besideOther({
      outages: [{ from: at(1, 20), to: at(1, 34) }],
      incarnations: rebootAt(at(1, 32), at(1, 33)),
    }),
    unseen: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "reboot-label-and-backfill",
    what: "a reboot with another user, and the half hour around it arrives after the first run",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 28), at(1, 30)),
      labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
      lateArrivals: [{ from: at(1, 15), to: at(1, 45), at: at(5) }],
    }),
    runs: [at(4), at(5, 30)],
    until: 5.5,
  },
  {
    name: "label-at-hour-and-backfill-over-it",
    what: "another user exactly from an hour on, while the twenty minutes around it arrive after the first run",
    hosts: besideOther({
      labelChanges: [{ at: at(1), labels: { user: "bob" } }],
      lateArrivals: [{ from: at(0, 50), to: at(1, 10), at: at(5) }],
    }),
    runs: [at(4), at(5, 30)],
    until: 5.5,
  },
  {
    name: "first-user-backfilled",
    what: "the scrapes under the first user of two arrive after the first run",
    hosts: besideOther({
      labelChanges: [{ at: at(1, 20), labels: { user: "bob" } }],
      lateArrivals: [{ from: at(0) - 3_600_000, to: at(1, 20), at: at(5) }],
    }),
    runs: [at(4), at(5, 30)],
    until: 5.5,
  },
  {
    name: "replicas-and-counter-set-back",
    what: "two replicas with fail-over at 01:30, ten minutes before which one idle counter falls by 20 s for good",
    hosts: besideOther({
      counterFaults: [{ from: at(1, 20), to: FOREVER, cpu: 0, mode: "idle", addSeconds: -20 }],
    }),
    replicas: [
      { labels: { replica: "a" }, outages: [{ from: at(1, 30), to: FOREVER }] },
      { labels: { replica: "b" }, phaseMs: 30_000, outages: [{ from: -FOREVER, to: at(1, 30) }] },
    ],
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "replicas-with-different-gaps-and-reboot",
    what: "two replicas with gaps over different hours, and a reboot in the gap of the one",
    hosts: besideOther({ incarnations: rebootAt(at(1, 4), at(1, 6)) }),
    replicas: [
      { labels: { replica: "a" }, outages: [{ from: at(0, 50), to: at(1, 20) }] },
      { labels: { replica: "b" }, phaseMs: 30_000, outages: [{ from: at(1, 50), to: at(2, 20) }] },
    ],
  },
  {
    name: "replicas-and-user-changes",
    what: "two replicas scrape at other seconds, another user at a quarter past and a gap of one over it",
    hosts: besideOther({ labelChanges: [{ at: at(1, 15), labels: { user: "bob" } }] }),
    replicas: [
      { labels: { replica: "a" }, outages: [{ from: at(1, 5), to: at(1, 40) }] },
      { labels: { replica: "b" }, phaseMs: 30_000 },
    ],
  },
  {
    name: "job-relabelled-twice-with-reboot",
    what: "the label job changes at ten past, and back from a reboot on",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 28), at(1, 30)),
      labelChanges: [
        { at: at(1, 10), labels: { job: "node-new" } },
        { at: at(1, 30), labels: { job: "node" } },
      ],
    }),
  },
  {
    name: "address-changes-with-reboot",
    what: "a host gets another address with a reboot",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 28), at(1, 30)),
      labelChanges: [{ at: at(1, 30), labels: { instance: "z.address-changes-with-reboot:9100" } }],
    }),
    mayFind: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "project-and-user-change-in-a-gap",
    what: "another project and user in a gap over an hour",
    hosts: besideOther({
      outages: [{ from: at(0, 45), to: at(1, 20) }],
      labelChanges: [
        {
          at: at(1),
          labels: { user: "bob", cloud_project_name: projectOf("project-and-user-change-in-a-gap", "B") },
        },
      ],
    }),
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
    mayFind: ["identity"],
  },
  {
    name: "cpu-ids-used-again",
    what: "two of four cpus are unplugged and plugged in again twice within the hour, with a label change between",
    hosts: besideOther({
      cores: 4,
      offlineCpus: [
        { from: at(1, 10), to: at(1, 20), cpus: [2, 3], series: "absent" },
        { from: at(1, 40), to: at(1, 50), cpus: [2, 3], series: "absent" },
      ],
      labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
    }),
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
    unknowableScrapes: 1,
  },
  {
    name: "offline-over-a-gap",
    what: "two of four cpus go offline within a gap over an hour",
    hosts: besideOther({
      cores: 4,
      outages: [{ from: at(0, 45), to: at(1, 20) }],
      offlineCpus: [{ from: at(1), to: FOREVER, cpus: [2, 3], series: "absent" }],
    }),
    flagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "clock-step-and-reboot-and-user",
    what: "the clock steps 40 s back, then a reboot with another user two minutes later",
    hosts: besideOther({
      bootTime: bootTimeSteps([{ at: at(1, 26), seconds: -40 }]),
      incarnations: rebootAt(at(1, 28), at(1, 30)),
      labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
    }),
    mayFind: ["clock"],
  },
  {
    name: "stolen-and-gap",
    what: "a virtual machine from which 12% is stolen, a gap over an hour and a fall of steal in it",
    hosts: besideOther({
      load: stolenFrom,
      outages: [{ from: at(0, 45), to: at(1, 20) }],
      counterFaults: [{ from: at(1), to: FOREVER, cpu: 0, mode: "steal", addSeconds: -30 }],
    }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "tenure-in-mid-hour-with-reboot",
    what: "tenures that begin in mid-hour, none for twenty minutes, and a reboot between",
    hosts: besideOther({ incarnations: rebootAt(at(1, 28), at(1, 30)), user: null }),
    tenures: [
      { host: "a.tenure-in-mid-hour-with-reboot:9100", user: "alice", from: at(0) - DAY_MS, to: at(1, 20) },
      { host: "a.tenure-in-mid-hour-with-reboot:9100", user: "bob", from: at(1, 40), to: at(9) },
    ],
  },
  {
    name: "reboot-and-never-again",
    what: "a reboot, after which the host is scraped for four minutes and never again",
    hosts: besideOther({
      incarnations: [
        { from: booted, to: at(1, 28) },
        { from: at(1, 30), to: at(1, 34) },
      ],
    }),
  },
  {
    name: "deleted-in-an-outage-of-minutes",
    what: "nobody is scraped for ten minutes, in which one host of two is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 25) }] }),
    outages: [{ from: at(1, 20), to: at(1, 30) }],
    mayBeFlagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "deleted-in-an-outage-over-an-hour-of-two",
    what: "the same, two hours are asked for",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 2) }] }),
    outages: [{ from: at(0, 50), to: at(1, 10) }],
    asked: [0, 1],
    flagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "deleted-in-an-outage-inside-each-hour",
    what: "nobody is scraped for ten minutes of each of two hours, in the second of which a host is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 25) }] }),
    outages: [
      { from: at(0, 20), to: at(0, 30) },
      { from: at(1, 20), to: at(1, 30) },
    ],
    asked: [0, 1],
    flagged: [{ hosts: "a", hours: [1] }],
  },
  {
    name: "deleted-in-an-outage-over-an-hour",
    what: "nobody is scraped for twenty minutes over an hour, in which one host of two is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 2) }] }),
    outages: [{ from: at(0, 50), to: at(1, 10) }],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "zeros-after-a-gap-of-hours",
    what: "the first scrape after a gap of two hours says 0 for everything",
    hosts: besideOther({
      outages: [{ from: at(0, 30), to: at(2, 30) }],
      counterFaults: [{ from: at(2, 30), to: at(2, 31), saysSeconds: 0 }],
    }),
    asked: [0, 3],
    spread: [{ hosts: "a", hours: hours(0, 2) }],
    mayFind: ["counter-fell"],
  },
  {
    name: "reboot-and-lower-for-ten-minutes",
    what: "scraped every two minutes; from the scrape before a reboot on every counter is 70 s lower for ten minutes",
    hosts: besideOther({
      load: varied(26),
      scrapeSeconds: 120,
      phaseMs: 0,
      incarnations: rebootAt(at(1, 58, 10), at(1, 58, 30)),
      counterFaults: [{ from: at(1, 58), to: at(2, 8), addSeconds: -70 }],
    }),
    mayBeFlagged: [{ hosts: "a", hours: [1, 2] }],
    unknowableScrapes: 1,
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  },
  {
    name: "offline-and-lower",
    what: "one of four cpus goes offline, its counters stand still, and a scrape says 70 s less for everything",
    hosts: besideOther({
      cores: 4,
      scrapeSeconds: 15,
      phaseMs: 6_772,
      offlineCpus: [{ cpus: [3], from: at(1), to: at(2, 30), series: "stand still" }],
      counterFaults: [{ from: at(1, 0, 15), to: at(1, 0, 30), addSeconds: -70 }],
    }),
    mayFind: ["counter-fell"],
  },
  {
    name: "back-online-and-lower",
    what: "one of four cpus comes back, and the first scrape that has it again says 70 s less for everything",
    hosts: besideOther({
      cores: 4,
      offlineCpus: [{ cpus: [3], from: at(0, 20), to: at(1, 30), series: "absent" }],
      counterFaults: [{ from: at(1, 30), to: at(1, 31), addSeconds: -70 }],
    }),
    mayFind: ["counter-fell"],
  },
  {
    name: "back-online-with-idle-from-zero",
    what: "one of four cpus is absent for twenty minutes and comes back with its idle counter from nearly 0",
    hosts: besideOther({
      cores: 4,
      offlineCpus: [{ cpus: [3], from: at(1, 20), to: at(1, 40), series: "absent" }],
      counterFaults: [{ from: at(1, 40), to: FOREVER, cpu: 3, mode: "idle", addSeconds: -1_240_000 }],
    }),
    unknowableScrapes: 1,
    mayFind: ["counter-fell"],
  },
  {
    name: "reboot-and-nan",
    what: "after a reboot every counter is NaN for five minutes",
    hosts: besideOther({
      incarnations: rebootAt(at(1, 20), at(1, 21)),
      counterFaults: [{ from: at(1, 21), to: at(1, 26), saysSeconds: Number.NaN }],
    }),
    mayFind: ["not-a-number"],
  },
  {
    name: "reboot-and-cpu-late",
    what: "one of four cpus is not reported for the first ten minutes after a reboot",
    hosts: besideOther({
      cores: 4,
      incarnations: rebootAt(at(1, 20), at(1, 21)),
      counterFaults: [{ from: at(1, 21), to: at(1, 31), cpu: 2, saysSeconds: null }],
    }),
  },
];

export const COMBINED_SITUATIONS: readonly Situation[] = texts.map(situation);
