import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { ModePolicy } from "../../usage/modes.js";
import { byLabels, oneOf, selector } from "../client/promql.js";
import { type HostSelection, ownerLabels, tagged } from "../client/queries.js";
import { type RecordedNames, recordedNames } from "./names.js";
import { recordedUnder } from "./options.js";

/**
 * Names of the caller's own recorded sums by project, machine and user. Their value at any time is about the 60
 * minutes before, such as `sum by (...) (increase(node_cpu_seconds_total{mode!="idle"}[1h]))`; it is read at the
 * end of each hour, so the hour meant is early by up to the evaluation interval of the rules.
 */
export interface OwnRecordedNames extends Pick<RecordedNames, "busy" | "idle"> {
  /** Default: what was covered, so that whatever is recorded counts as complete. */
  readonly expected?: string;
  /** Default: busy and idle together. */
  readonly covered?: string;
}

/** `true` and a prefix mean the rules that `ada-carbon rules` prints. */
export type RecordingRules = boolean | string | OwnRecordedNames;

export const RECORDED_FACTS = ["busy", "idle", "expected", "covered", "doubted"] as const;
export type RecordedFact = (typeof RECORDED_FACTS)[number];

/** The fact that is about the source and not about an owner: its latest scrape of any host. */
export const HEARD = "heard";

/** How recorded sums are asked for. */
export interface Recorded {
  readonly names: OwnRecordedNames & Partial<RecordedNames>;
  /** How long after the end of an hour to look for it, ms. */
  readonly lookedAtMs: number;
  /** The expression for the recorded value of a name. */
  value(name: string, hosts: HostSelection, modes: ModePolicy): string;
}

/**
 * Our rules record an hour all through the next one. It is looked for at the end of that: the last evaluation
 * knows most about who was only out of sight. Half a minute on either side is left out, where a scrape may be
 * late and another Prometheus' clock wrong.
 */
export function recordedBy(rules: true | string | OwnRecordedNames): Recorded {
  if (typeof rules === "object")
    return { names: rules, lookedAtMs: 0, value: (name, hosts) => selectRecorded(name, hosts) };
  return {
    names: recordedNames(rules === true ? undefined : rules),
    lookedAtMs: HOUR_MS,
    value: (name, hosts, modes) =>
      lastKnown(selectRecorded(name, { ...hosts, matchers: [recordedUnder(modes), ...hosts.matchers] })),
  };
}

/**
 * All recorded sums in one reply, by their `fact` label; max, because a high-availability pair records them twice.
 * Of when the source was last heard, it is the earlier of the two: the other one's sums may be those of this one.
 */
export function recordedQuery(recorded: Recorded, hosts: HostSelection, modes: ModePolicy): string {
  const by = byLabels(ownerLabels(hosts));
  const facts = RECORDED_FACTS.flatMap((fact) => {
    const name = recorded.names[fact];
    return name === undefined ? [] : [[fact, `max ${by} (${recorded.value(name, hosts, modes)})`]];
  });
  const { heard } = recorded.names;
  if (heard !== undefined) facts.push([HEARD, `min(${lastKnown(selector(heard, hosts.matchers))})`]);
  return tagged(Object.fromEntries(facts));
}

/** What was recorded last in the hour before: half a minute on either side is left out. */
function lastKnown(series: string): string {
  return `last_over_time(${series}[59m] offset 30s)`;
}

/** The selector whose series have a project label at all. */
export function recordedProjects(recorded: Recorded, hosts: Omit<HostSelection, "projects">): string {
  return selector(recorded.names.busy, [
    { label: hosts.labels.project, op: "!=", value: "" },
    ...hosts.matchers,
  ]);
}

/** When what is about an interval was recorded. */
export function recordedDuring(recorded: Recorded, interval: Interval | undefined): Interval | undefined {
  return interval && { from: interval.from, to: interval.to + recorded.lookedAtMs };
}

function selectRecorded(name: string, { labels, projects, matchers }: HostSelection): string {
  return selector(name, [oneOf(labels.project, projects), ...matchers]);
}
