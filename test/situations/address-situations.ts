import { besideOther, booted } from "./beside.js";
import { varied } from "./loads.js";
import { at, FOREVER, host, projectOf, type Situation, type SituationText, situation } from "./situation.js";

// Hosts that are at another address for a while, or at two at once: what they do counts once.

type Happening = Omit<Parameters<typeof besideOther>[0], "labelChanges">;

/** A host that is at another address from one time to another, to which something else happens. */
const away = (
  name: string,
  what: string,
  [from, to]: readonly [number, number],
  happening: Happening = {},
): SituationText => ({
  name,
  what,
  asked: [0, 4],
  hosts: besideOther({
    load: varied(31),
    ...happening,
    labelChanges: [
      { at: from, labels: { instance: `z.${name}:9100` } },
      { at: to, labels: { instance: `a.${name}:9100` } },
    ],
  }),
  mayFind: ["identity", "counter-fell", "impossible-cpu-seconds"],
});

const inAnHour = [at(1, 20), at(1, 40)] as const;
const overAnHour = [at(1, 59), at(2, 57)] as const;
const forHours = [at(1, 20), at(3, 40)] as const;
const lower = (from: number) => ({ counterFaults: [{ from, to: from + 60_000, addSeconds: -70 }] });
const higher = (from: number) => ({ counterFaults: [{ from, to: from + 60_000, addSeconds: 70 }] });

const texts: readonly SituationText[] = [
  away(
    "at-another-address-in-an-hour",
    "a host is at another address for twenty minutes of an hour",
    inAnHour,
  ),
  away("at-another-address-for-minutes", "the same for four minutes", [at(1, 20), at(1, 24)]),
  away(
    "at-another-address-and-higher",
    "a host is at another address for an hour, and the first scrape there says 70 s more for everything",
    overAnHour,
    higher(at(1, 59)),
  ),
  away(
    "higher-and-at-another-address",
    "the same, and the last scrape before it says 70 s more",
    overAnHour,
    higher(at(1, 58)),
  ),
  away(
    "back-from-another-address-and-lower",
    "a host is at another address for two hours and a third, and the first scrape after it says 70 s less for everything",
    forHours,
    lower(at(3, 40)),
  ),
  away(
    "at-another-address-between-boots",
    "a host is at another address for two hours and a third, and boots an hour before and after",
    forHours,
    {
      incarnations: [
        { from: booted, to: at(0, 20) },
        { from: at(0, 21), to: at(4, 20) },
        { from: at(4, 21), to: FOREVER },
      ],
    },
  ),
  away(
    "booted-and-at-another-address-in-an-hour",
    "a host boots an hour before it is at another address for twenty minutes",
    inAnHour,
    {
      incarnations: [
        { from: booted, to: at(0, 20) },
        { from: at(0, 21), to: FOREVER },
      ],
    },
  ),
  away(
    "at-another-address-no-boot-time",
    "a host is at another address for two hours and a third, and nobody says when it booted",
    forHours,
    { bootTime: null },
  ),
  away(
    "at-another-address-after-a-gap",
    "a host is at another address from within a gap of twenty minutes to the end of the hour",
    [at(1, 19), at(1, 59)],
    { outages: [{ from: at(1, 6), to: at(1, 27) }] },
  ),
  {
    name: "three-addresses-and-a-boot",
    what: "a host goes to another address in a gap over an hour, boots there, and goes to a third one half an hour later",
    asked: [0, 5],
    hosts: besideOther({
      outages: [{ from: at(3, 3), to: at(3, 13) }],
      incarnations: [
        { from: booted, to: at(5, 3) },
        { from: at(5, 4), to: FOREVER },
      ],
      labelChanges: [
        { at: at(3, 6), labels: { instance: "z.three-addresses-and-a-boot:9100" } },
        { at: at(5, 36), labels: { instance: "y.three-addresses-and-a-boot:9100" } },
      ],
    }),
    mayFind: ["identity"],
  },
  {
    name: "at-another-address-and-then-in-its-first-project",
    what: "a host goes to another address and project for three hours, then with that address to its first project; an hour a request",
    prometheus: { hoursPerRequest: 1 },
    asked: [0, 5],
    hosts: [
      host({
        project: "A",
        load: varied(31),
        labelChanges: [
          {
            at: at(1, 7),
            labels: {
              instance: "z.at-another-address-and-then-in-its-first-project:9100",
              cloud_project_name: projectOf("at-another-address-and-then-in-its-first-project", "B"),
            },
          },
          {
            at: at(4, 9),
            labels: {
              cloud_project_name: projectOf("at-another-address-and-then-in-its-first-project", "A"),
            },
          },
        ],
      }),
      host({ project: "B", load: varied(3), phaseMs: 11_000 }),
    ],
    mayFind: ["identity"],
  },
  {
    name: "two-targets-one-silent-amid-an-hour",
    what: "one VM as two targets, one of which has no scrapes amid an hour that is asked for alone",
    prometheus: { hoursPerRequest: 1 },
    hosts: besideOther({
      alsoScrapedAs: [
        {
          labels: { instance: "z.two-targets-one-silent-amid-an-hour:9100" },
          outages: [{ from: at(1, 7), to: at(1, 52) }],
        },
      ],
    }),
    findings: ["identity"],
  },
  {
    name: "two-project-labels-and-lower",
    what: "one VM under two project labels, under one of them scraped every five minutes, and for five minutes all say 70 s less",
    hosts: besideOther({
      cores: 3,
      scrapeSeconds: 300,
      phaseMs: 190_350,
      counterFaults: [{ from: at(1, 4, 46), to: at(1, 9, 46), addSeconds: -70 }],
      alsoScrapedAs: [
        {
          labels: { cloud_project_name: projectOf("two-project-labels-and-lower", "B") },
          scrapeSeconds: 60,
          phaseMs: 1_344,
        },
      ],
    }),
    findings: ["identity"],
    mayFind: ["counter-fell"],
  },
];

export const ADDRESS_SITUATIONS: readonly Situation[] = texts.map(situation);
