import { besideOther, booted } from "./beside.js";
import { at, hours, type Situation, type SituationText, situation } from "./situation.js";

// Each hour is asked for alone: what tells what happened in it lies in the hours beside it, or days away.

const alone = (name: string, text: Omit<SituationText, "name">): SituationText => ({
  name: `${name}-alone`,
  prometheus: { hoursPerRequest: 1 },
  ...text,
});

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
];

export const SINGLE_HOUR_SITUATIONS: readonly Situation[] = texts.map(situation);
