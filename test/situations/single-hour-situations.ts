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

// Each hour is asked for alone: what tells what happened in it lies in the hours beside it, or days away.

const alone = (name: string, text: Omit<SituationText, "name">): SituationText => ({
  name: `${name}-alone`,
  prometheus: { hoursPerRequest: 1 },
  ...text,
});

/** A host goes on in the other project of its situation. */
const movedTo = (situation: string, from: number) => [
  { at: from, labels: { cloud_project_name: projectOf(situation, "B") } },
];
const everyHour = [at(2, 5), at(3, 5), at(4, 5), at(5, 5), at(6, 5), at(7, 5), at(8, 5)] as const;
const awayAroundHour1 = [{ from: at(-1, 50), to: at(2, 20) }];
const awayInHour1 = { asked: [1, 1], until: 6, spread: [{ hosts: "a", hours: [1] }] } as const;

const texts: readonly SituationText[] = [
  alone("deleted-in-an-outage-over-an-hour", {
    what: "nobody is scraped from four minutes before an hour to twenty after, in which one host of two is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 2) }] }),
    outages: [{ from: at(0, 56), to: at(1, 20) }],
    flagged: [{ hosts: "a", hours: [0, 1] }],
  }),
  alone("deleted-in-an-outage-of-hours", {
    what: "nobody is scraped for five hours, in the first of which one host of two is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(1, 2) }] }),
    outages: [{ from: at(0, 50), to: at(5, 40) }],
    asked: [0, 6],
    flagged: [{ hosts: "a", hours: [0, 1] }],
    // It was down then, which nobody can know.
    mayBeFlagged: [{ hosts: "a", hours: hours(2, 5) }],
  }),
  alone("deleted-at-the-end-of-an-outage", {
    what: "nobody is scraped in the last four minutes of what is asked for and the first of what is not, in which a host is deleted",
    hosts: besideOther({ incarnations: [{ from: booted, to: at(2, 59) }] }),
    outages: [{ from: at(2, 56), to: at(3, 10) }],
    flagged: [{ hosts: "a", hours: [2] }],
  }),
  alone("zeros-for-ten-minutes", {
    what: "ten scrapes around an hour say 0 for everything",
    hosts: besideOther({ counterFaults: [{ from: at(0, 55), to: at(1, 5), saysSeconds: 0 }] }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  }),
  alone("zeros-for-ten-minutes-no-boot-time", {
    what: "the same, and nobody says when it booted",
    hosts: besideOther({
      bootTime: null,
      counterFaults: [{ from: at(0, 55), to: at(1, 5), saysSeconds: 0 }],
    }),
    mayFind: ["counter-fell", "impossible-cpu-seconds"],
  }),
  alone("cpu-away", {
    what: "one of two cpus is not reported for twenty minutes over an hour",
    hosts: besideOther({
      counterFaults: [{ from: at(0, 50), to: at(1, 10), cpu: 1, saysSeconds: null }],
    }),
    spread: [{ hosts: "a", hours: [0, 1] }],
  }),
  alone("mode-away", {
    what: "user of one of two cpus is not reported for twenty minutes over an hour",
    hosts: besideOther({
      counterFaults: [{ from: at(0, 50), to: at(1, 10), cpu: 1, mode: "user", saysSeconds: null }],
    }),
    mayFind: ["impossible-cpu-seconds"],
  }),
  alone("renamed-and-back", {
    what: "a host gets another address at half past an hour, and its old one back two hours later",
    hosts: besideOther({
      labelChanges: [
        { at: at(0, 30), labels: { instance: "z.renamed-and-back-alone:9100" } },
        { at: at(2, 30), labels: { instance: "a.renamed-and-back-alone:9100" } },
      ],
    }),
    asked: [0, 3],
    mayFind: ["identity"],
  }),
  alone("address-changes-in-a-gap", {
    what: "a host gets another address within a gap over an hour",
    hosts: besideOther({
      outages: [{ from: at(0, 45), to: at(1, 15) }],
      labelChanges: [{ at: at(1), labels: { instance: "z.address-changes-in-a-gap-alone:9100" } }],
    }),
    asked: [0, 0],
    until: 4,
    mayFind: ["identity"],
  }),
  alone("address-changes-in-a-long-gap", {
    what: "a host gets another address within a gap of three hours and a half, each hour measured when it is over",
    hosts: besideOther({
      outages: [{ from: at(0, 50), to: at(4, 20) }],
      labelChanges: [{ at: at(2), labels: { instance: "z.address-changes-in-a-long-gap-alone:9100" } }],
    }),
    asked: [0, 6],
    runs: [at(1, 5), ...everyHour],
    spread: [{ hosts: "a", hours: hours(0, 4) }],
    mayFind: ["identity"],
  }),
  alone("address-changes-in-a-gap-later", {
    what: "the same, an hour within the gap asked for alone, later",
    hosts: besideOther({
      outages: [{ from: at(0, 50), to: at(4, 20) }],
      labelChanges: [{ at: at(2), labels: { instance: "z.address-changes-in-a-gap-later-alone:9100" } }],
    }),
    since: 0,
    asked: [2, 2],
    until: 8,
    spread: [{ hosts: "a", hours: [2] }],
    mayFind: ["identity"],
  }),
  alone("address-changes-in-a-gap-of-days", {
    what: "the same within a gap of thirty hours, measured in two days' hours and then by the hour",
    prometheus: {},
    hosts: besideOther({
      outages: [{ from: at(0, 50), to: at(30, 20) }],
      labelChanges: [{ at: at(2), labels: { instance: "z.address-changes-in-a-gap-of-days-alone:9100" } }],
    }),
    asked: [0, 32],
    runs: [at(30, 5), at(31, 5), at(32, 5), at(34, 30)],
    spread: [{ hosts: "a", hours: hours(0, 30) }],
    mayFind: ["identity"],
  }),
  alone("away-for-an-hour-scraped-rarely", {
    what: "hosts are scraped every 15 minutes, one of them not for two and a half hours around the hour",
    hosts: besideOther({ outages: awayAroundHour1 }),
    scrapeSeconds: 900,
    since: -2,
    ...awayInHour1,
  }),
  alone("away-for-an-hour-scraped-more-rarely-than-others", {
    what: "the same of a host beside one that is scraped every minute",
    hosts: besideOther({ outages: awayAroundHour1, scrapeSeconds: 900 }),
    since: -2,
    ...awayInHour1,
  }),
  alone("new-and-moved-later", {
    what: "a host is new at twenty past an hour, and goes on in another project two hours later",
    hosts: besideOther({
      project: "A",
      incarnations: [{ from: at(1, 20), to: FOREVER }],
      labelChanges: movedTo("new-and-moved-later-alone", at(3, 30)),
    }),
    asked: [0, 3],
    until: 9,
  }),
  alone("rebooted-and-moved-later", {
    what: "the same of a host that boots then",
    hosts: besideOther({
      project: "A",
      incarnations: rebootAt(at(1, 20), at(1, 21)),
      labelChanges: movedTo("rebooted-and-moved-later-alone", at(3, 30)),
    }),
    asked: [0, 3],
    until: 9,
  }),
  alone("new-and-at-another-address-later", {
    what: "a host is new at twenty past an hour, and goes on at another address three hours later",
    hosts: besideOther({
      incarnations: [{ from: at(1, 20), to: FOREVER }],
      labelChanges: [{ at: at(4, 10), labels: { instance: "z.new-and-at-another-address-later:9100" } }],
    }),
    asked: [2, 2],
    until: 9,
  }),
  alone("rebooted-and-at-one-address-with-another", {
    what: "two hosts of two projects have one address, one of them is away for five hours and the other one boots",
    hosts: [
      host({
        project: "A",
        instance: "one:9100",
        load: varied(),
        incarnations: rebootAt(at(3, 20), at(3, 21)),
      }),
      host({
        ...{ project: "B", instance: "one:9100", load: varied(9), phaseMs: 12_345 },
        incarnations: [{ from: booted + 777_000, to: FOREVER }],
        outages: [{ from: at(1), to: at(6) }],
      }),
      other,
    ],
    asked: [0, 7],
    until: 9,
    spread: [{ hosts: "b", hours: hours(1, 5) }],
  }),
  {
    name: "moved-in-a-gap-every-hour",
    what: "a host goes on in another project within a gap over an hour, and sync runs every hour",
    hosts: [
      ...besideOther({
        project: "A",
        outages: [{ from: at(2, 50), to: at(4, 10) }],
        labelChanges: movedTo("moved-in-a-gap-every-hour", at(3, 30)),
      }),
      host({ project: "B", phaseMs: 33_000 }),
    ],
    asked: [0, 6],
    until: 8.1,
    runs: everyHour,
  },
  {
    name: "new-and-moved-in-a-gap-every-hour",
    what: "the same of a host that is new at twenty past an hour",
    hosts: [
      ...besideOther({
        project: "A",
        incarnations: [{ from: at(1, 20), to: FOREVER }],
        outages: [{ from: at(2, 50), to: at(4, 10) }],
        labelChanges: movedTo("new-and-moved-in-a-gap-every-hour", at(3, 30)),
      }),
      host({ project: "B", phaseMs: 33_000 }),
    ],
    asked: [0, 6],
    until: 8.1,
    runs: everyHour,
  },
];

export const SINGLE_HOUR_SITUATIONS: readonly Situation[] = texts.map(situation);
