import { type HostDescription, steadyLoad } from "ada-carbon/testing";
import { booted, other } from "./beside.js";
import { everyMode, varied } from "./loads.js";
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

// What a host is, and whose: labels that change, one machine under two names, two under one.

const changing = (
  ...labelChanges: NonNullable<HostDescription["labelChanges"]>[number][]
): HostDescription[] => [host({ load: varied(), labelChanges }), other];

const texts: readonly SituationText[] = [
  {
    name: "one-address-two-projects",
    case: 13,
    what: "two VMs with one address in two projects; A's is not scraped for two hours while up",
    hosts: [
      host({
        instance: "172.16.0.7:9100",
        project: "A",
        cores: 4,
        load: steadyLoad(70),
        outages: [{ from: at(1, 5), to: at(3, 5) }],
      }),
      host({ instance: "172.16.0.7:9100", project: "B", load: varied(), phaseMs: 7_000 }),
    ],
    asked: [0, 3],
    spread: [{ hosts: "a", hours: hours(1, 3) }],
  },
  {
    name: "two-project-labels",
    case: 14,
    what: "one VM under two project labels at once",
    hosts: [
      host({
        load: steadyLoad(45),
        alsoScrapedAs: [{ labels: { cloud_project_name: projectOf("two-project-labels", "B") } }],
      }),
      other,
    ],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "two-targets",
    case: 15,
    what: "one VM as two targets, one a network interface",
    hosts: [
      host({ load: steadyLoad(45), alsoScrapedAs: [{ labels: { instance: "10.0.0.8.two-targets:9100" } }] }),
      other,
    ],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "user-changes-twice",
    case: 16,
    what: "user alice, from :15 bob, from :45 alice again",
    hosts: [
      host({
        user: "alice",
        load: steadyLoad(80),
        labelChanges: [
          { at: at(1, 15), labels: { user: "bob" } },
          { at: at(1, 45), labels: { user: "alice" } },
        ],
      }),
    ],
  },
  {
    name: "user-changes-at-the-hour",
    what: "another user exactly from an hour on",
    hosts: changing({ at: at(1), labels: { user: "bob" } }),
  },
  {
    name: "user-changes-six-times",
    what: "another user every ten minutes of an hour",
    hosts: changing(
      ...[0, 10, 20, 30, 40, 50].map((minute) => ({ at: at(1, minute), labels: { user: `user-${minute}` } })),
    ),
  },
  {
    name: "user-goes",
    what: "the label of the user is taken away at half past",
    hosts: changing({ at: at(1, 30), labels: { user: null } }),
  },
  {
    name: "project-changes",
    what: "another project from half past on",
    hosts: changing({
      at: at(1, 30),
      labels: { cloud_project_name: projectOf("project-changes", "B") },
    }),
  },
  {
    name: "machine-changes",
    what: "another type of machine from five minutes before an hour on",
    hosts: changing({ at: at(0, 55), labels: { machine_name: "Excitations" } }),
  },
  {
    name: "other-label-changes",
    what: "a label that says nothing of owners changes every twenty minutes",
    hosts: changing(
      ...[0, 20, 40].map((minute) => ({ at: at(1, minute), labels: { pod: `node-exporter-${minute}` } })),
    ),
  },
  {
    name: "user-changes-in-a-gap",
    what: "another user in the middle of a gap over an hour",
    hosts: [
      host({
        load: varied(),
        labelChanges: [{ at: at(1, 5), labels: { user: "bob" } }],
        outages: [{ from: at(0, 45), to: at(1, 25) }],
      }),
      other,
    ],
    mayBeFlagged: [{ hosts: "a", hours: [0, 1] }],
  },
  {
    name: "user-changes-with-reboot",
    what: "another user from a reboot on",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 28) },
          { from: at(1, 30), to: FOREVER },
        ],
        labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
      }),
      other,
    ],
  },
  {
    name: "reboot-then-user-changes",
    what: "a reboot, and another user half an hour after it",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 20) },
          { from: at(1, 21, 30), to: FOREVER },
        ],
        labelChanges: [{ at: at(1, 50), labels: { user: "bob" } }],
      }),
      other,
    ],
  },
  {
    name: "user-changes-then-reboot",
    what: "another user, and a reboot half an hour after it",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 40) },
          { from: at(1, 41, 30), to: FOREVER },
        ],
        labelChanges: [{ at: at(1, 10), labels: { user: "bob" } }],
      }),
      other,
    ],
  },
  {
    name: "reboot-and-user-at-the-edge",
    what: "a reboot, and another user seconds before the end of the hour",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 24, 49) },
          { from: at(1, 26), to: FOREVER },
        ],
        labelChanges: [
          { at: at(0, 56), labels: { user: "bob" } },
          { at: at(1, 59, 7), labels: { user: "carol" } },
        ],
      }),
      other,
    ],
  },
  {
    name: "reboot-at-the-edge-and-user",
    what: "a reboot seconds after an hour, and another user five minutes later",
    hosts: [
      host({
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 0, 19) },
          { from: at(1, 1, 19), to: FOREVER },
        ],
        labelChanges: [{ at: at(1, 5, 33), labels: { user: "bob" } }],
      }),
      other,
    ],
  },
  {
    name: "one-address-both-seen",
    what: "two VMs with one address in two projects, both scraped",
    hosts: [
      host({ instance: "172.16.0.8:9100", project: "A", cores: 4, load: varied() }),
      host({ instance: "172.16.0.8:9100", project: "B", load: varied(3), phaseMs: 7_000 }),
    ],
  },
  {
    name: "one-address-one-project",
    what: "two VMs with one address in one project, told apart by instance_id",
    hosts: [
      host({ instance: "172.16.0.9:9100", load: varied(), labels: { instance_id: "1f9a" } }),
      host({ instance: "172.16.0.9:9100", load: varied(3), labels: { instance_id: "7c20" }, phaseMs: 7_000 }),
    ],
    mayBeFlagged: [{ hours: hours(0, 2) }],
    mayFind: ["identity"],
  },
  {
    name: "one-address-told-apart",
    what: "two VMs with one address in one project, asked for by instance_id",
    hosts: [
      host({ instance: "172.16.0.11:9100", load: varied(), labels: { instance_id: "1f9b" } }),
      host({
        instance: "172.16.0.11:9100",
        load: varied(3),
        labels: { instance_id: "7c21" },
        phaseMs: 7_000,
      }),
    ],
    prometheus: { labels: { instance: "instance_id" } },
  },
  {
    name: "handed-over-in-a-gap",
    case: 22,
    what: "a host is handed from alice to bob, by tenures, in the middle of a gap over an hour",
    hosts: [host({ cores: 4, load: everyMode(50), outages: [{ from: at(0, 45), to: at(1, 25) }] }), other],
    tenures: [
      { host: "a.handed-over-in-a-gap:9100", from: at(-20), to: at(1, 5), user: "alice" },
      { host: "a.handed-over-in-a-gap:9100", from: at(1, 5), to: null, user: "bob" },
    ],
    spread: [{ hosts: "a", hours: [0, 1] }],
    spreadUsers: ["alice", "bob"],
  },
  {
    name: "one-address-one-reboots",
    what: "two VMs with one address in two projects; one reboots, the other is deleted",
    hosts: [
      host({
        instance: "172.16.0.10:9100",
        project: "A",
        load: varied(),
        incarnations: [
          { from: booted, to: at(1, 20) },
          { from: at(1, 22), to: FOREVER },
        ],
      }),
      host({
        instance: "172.16.0.10:9100",
        project: "B",
        load: varied(3),
        phaseMs: 7_000,
        incarnations: [{ from: booted, to: at(1, 40) }],
      }),
      host({ project: "B", load: varied(4) }),
    ],
  },
  {
    name: "second-target-for-a-while",
    what: "one VM has a second target for an hour and a quarter",
    hosts: [
      host({
        load: steadyLoad(45),
        alsoScrapedAs: [
          {
            labels: { instance: "10.0.0.9.second-target-for-a-while:9100" },
            outages: [
              { from: 0, to: at(0, 50) },
              { from: at(2, 5), to: FOREVER },
            ],
          },
        ],
      }),
      other,
    ],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "two-targets-1min-and-5min",
    what: "one VM as two targets, one of them scraped every five minutes",
    hosts: [
      host({
        load: varied(),
        alsoScrapedAs: [
          { labels: { instance: "10.0.0.8.two-targets-1min-and-5min:9100" }, scrapeSeconds: 300 },
        ],
      }),
      other,
    ],
    findings: ["identity"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "two-targets-no-boot-time",
    what: "one VM as two targets, and nobody says when it booted",
    hosts: [
      host({
        load: varied(),
        bootTime: null,
        alsoScrapedAs: [{ labels: { instance: "10.0.0.8.two-targets-no-boot-time:9100" } }],
      }),
      other,
    ],
    findings: ["identity"],
    mayFind: ["clock"],
    mayBeFlagged: [{ hosts: "a", hours: hours(0, 2) }],
  },
  {
    name: "renamed-and-back",
    what: "a host gets another address at 00:30, and its old one back at 02:30",
    hosts: changing(
      { at: at(0, 30), labels: { instance: "z.renamed-and-back:9100" } },
      { at: at(2, 30), labels: { instance: "a.renamed-and-back:9100" } },
    ),
    asked: [0, 3],
    mayFind: ["identity"],
  },
  {
    name: "user-for-a-scrape",
    what: "another user for a minute",
    hosts: changing({ at: at(1, 30), labels: { user: "bob" } }, { at: at(1, 31), labels: { user: "amara" } }),
  },
  {
    name: "user-changes-at-zeros",
    what: "the first scrape under another user says 0 for everything",
    hosts: [
      host({
        load: varied(),
        counterFaults: [{ from: at(1, 30), to: at(1, 31), saysSeconds: 0 }],
        labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
      }),
      other,
    ],
    mayFind: ["counter-fell"],
  },
  {
    name: "project-changes-after-huge",
    what: "the last scrape before another project says 1e15 for everything",
    hosts: [
      host({
        load: varied(),
        counterFaults: [{ from: at(1, 29), to: at(1, 30), saysSeconds: 1e15 }],
        labelChanges: [
          { at: at(1, 30), labels: { cloud_project_name: projectOf("project-changes-after-huge", "B") } },
        ],
      }),
      other,
    ],
    mayFind: ["counter-fell"],
  },
  {
    name: "user-changes-and-idle-restarts",
    what: "another user, and from then on the idle counter of one cpu has started again from nearly 0",
    hosts: [
      host({
        load: varied(),
        counterFaults: [{ from: at(1, 30), to: FOREVER, cpu: 1, mode: "idle", addSeconds: -1_240_000 }],
        labelChanges: [{ at: at(1, 30), labels: { user: "bob" } }],
      }),
      other,
    ],
    mayFind: ["counter-fell"],
  },
  {
    name: "two-jobs",
    what: "one VM is scraped by two jobs with the same instance label",
    hosts: [host({ load: steadyLoad(45), alsoScrapedAs: [{ labels: { job: "node-again" } }] }), other],
    mayFind: ["identity"],
  },
];

export const OWNER_SITUATIONS: readonly Situation[] = texts.map(situation);
