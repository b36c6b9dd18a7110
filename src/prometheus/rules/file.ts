import { badInput } from "../../usage/errors.js";
import { ADA_MODES, formatModes } from "../../usage/modes.js";
import { ANYTHING, assertOptions, LIST, OBJECT, optional, type Rules, TEXT } from "../../usage/options.js";
import { labelName, quote } from "../client/promql.js";
import { ADA_LABELS, LABEL_NAMES, modesOf } from "../client/queries.js";
import { recordedNames, stepNames } from "./names.js";
import { MODES_LABEL, type RecordingRulesOptions, type RuleOptions } from "./options.js";
import {
  doubted,
  fallen,
  lastHeard,
  observedSeconds,
  presence,
  upFrom,
  upSeconds,
  upTo,
} from "./step-expressions.js";
import { expectedSeconds, sums } from "./sum-expressions.js";
import { cores, usedSeconds } from "./used-expressions.js";

const RULES_OPTIONS: Rules<RecordingRulesOptions> = {
  prefix: optional(TEXT),
  labels: optional(LABEL_NAMES),
  matchers: optional(LIST),
  modes: optional(OBJECT),
  everyMinutes: optional(ANYTHING),
  scrapeSeconds: optional(ANYTHING),
};

interface Rule {
  readonly about: string;
  readonly record: string;
  readonly expression: string;
  /** Whether it depends on what counts as busy and idle. */
  readonly underModes: boolean;
}

/**
 * A rules file for Prometheus, as YAML: it records the hour's CPU-seconds by project, machine and user, and how
 * many were to be expected, so that `prometheusCpuSource` with `recordingRules` asks for a series an owner
 * instead of one a host and mode. `bad-input` if an option is none.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { recordingRulesFile } from "ada-carbon/prometheus";
 *
 * const yaml = recordingRulesFile({ prefix: "lab", labels: { project: "tenant" } });
 * assert.match(yaml, /record: lab:cpu_busy_seconds_increase_1h:by_project_machine_user/);
 */
export function recordingRulesFile(options: RecordingRulesOptions = {}): string {
  assertOptions("recordingRulesFile", options, RULES_OPTIONS);
  const complete: RuleOptions = {
    prefix: options.prefix ?? "ada",
    labels: { ...ADA_LABELS, ...options.labels },
    matchers: options.matchers ?? [],
    modes: options.modes ?? ADA_MODES,
    everyMinutes: options.everyMinutes ?? 5,
    scrapeSeconds: options.scrapeSeconds ?? 60,
  };
  const { everyMinutes, scrapeSeconds } = complete;
  assertWhole(`rules every ${everyMinutes} minutes`, everyMinutes, 30);
  assertWhole(`scrapes every ${scrapeSeconds} seconds`, scrapeSeconds, 300);
  return [
    ...header(complete),
    "groups:",
    `  - name: ${complete.prefix}-carbon`,
    `    interval: ${everyMinutes}m`,
    "    rules:",
    ...rulesOf(complete).flatMap((rule) => yaml(rule, complete)),
    "",
  ].join("\n");
}

function assertWhole(what: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw badInput(`${what}: it must be a whole number, 1 to ${most}`);
}

function rulesOf(options: RuleOptions): Rule[] {
  const n = stepNames(options.prefix);
  const sum = recordedNames(options.prefix);
  const owners = sums(options, n);
  const rule = (about: string, record: string, expression: string, underModes = false): Rule => ({
    about,
    record,
    expression,
    underModes,
  });
  const used = (use: "busy" | "idle" | "ignored"): Rule[] => {
    const modes = modesOf(options.modes, use);
    if (modes === undefined) return [];
    const about = `CPU-seconds of the last full hour that are ${use}, by host`;
    return [rule(about, n[use], usedSeconds(options, modes), true)];
  };
  const seen = presence(options);
  return [
    ...used("busy"),
    ...used("idle"),
    ...used("ignored"),
    rule("CPUs that tick, by host", n.cores, cores(options)),
    rule("First scrape of the hour, Unix seconds", n.firstScrape, seen.firstScrape),
    rule("Last scrape of the hour", n.lastScrape, seen.lastScrape),
    rule("Minutes of the hour with a scrape", n.scrapes, seen.scrapes),
    rule("Boot time of the first incarnation of the hour, Unix seconds", n.firstBoot, seen.firstBoot),
    rule("Boot time of the last incarnation of the hour", n.lastBoot, seen.lastBoot),
    rule("1 if it was seen in the day before the hour", n.seenBefore, seen.seenBefore),
    rule("Latest boot time up to now", n.bootSince, seen.bootSince),
    rule("Latest scrape up to now", n.scrapeSince, seen.scrapeSince),
    rule("From when in the hour it was up, Unix seconds", n.upFrom, upFrom(n)),
    rule("Until when", n.upTo, upTo(n)),
    rule("Seconds of the hour that it was up, scraped or not", n.up, upSeconds(n)),
    rule("CPU-seconds of all modes, by host", n.observed, observedSeconds(options), true),
    rule("CPU-seconds to be expected, by host", n.expected, expectedSeconds(options, n), true),
    rule("Machines whose counters say what cannot be", n.doubted, doubted(options, n), true),
    rule(
      "CPU-seconds that are missing because counters fell, by machine",
      n.fallen,
      fallen(options, n),
      true,
    ),
    rule("The hour's busy CPU-seconds", sum.busy, owners.busy, true),
    rule("The hour's idle CPU-seconds", sum.idle, owners.idle, true),
    rule(
      "The hour's CPU-seconds to be expected of the hosts that were up",
      sum.expected,
      owners.expected,
      true,
    ),
    rule("How many of these were observed", sum.covered, owners.covered, true),
    rule("Hosts whose counters fell or say what cannot be", sum.doubted, owners.doubted, true),
    rule("The latest scrape of any host, Unix seconds", sum.heard, lastHeard(options)),
  ];
}

function yaml({ about, record, expression, underModes }: Rule, { modes }: RuleOptions): string[] {
  const indented = expression.replace(/^(?=.)/gm, "          ");
  return [
    `      # ${about}.`,
    `      - record: ${record}`,
    "        expr: |",
    indented,
    ...(underModes ? ["        labels:", `          ${MODES_LABEL}: ${quote(formatModes(modes))}`] : []),
  ];
}

function header({ prefix, labels, everyMinutes, scrapeSeconds }: RuleOptions): string[] {
  const sum = recordedNames(prefix);
  const text = `Recording rules for ada-carbon, printed by "ada-carbon rules".

They record the CPU-seconds of each full hour by ${labelName(labels.project)}, ${labelName(labels.machine)} and ${labelName(labels.user)}:
  ${sum.busy}
  ${sum.idle}
  ${sum.expected}
  ${sum.covered}
What is recorded at any time from 01:00 until before 02:00 is about the hour from 00:00 to 01:00. It is evaluated
every ${everyMinutes} minutes, so that a missed evaluation costs nothing; the last one before 02:00 counts.

Use: name this file under rule_files in prometheus.yml, reload, and an hour later run
  ada-carbon sync --recording-rules${prefix === "ada" ? "" : ` ${prefix}`} ...
Hours before that are not recorded: run ada-carbon sync without --recording-rules for them.

What is recorded by host and by machine are steps on the way. An hour is what the counters of a host gained from
one end of it to the other, interpolated between the scrapes around it; these are ${scrapeSeconds} seconds apart. Of a
host that booted, came, went or changed its labels it is the increase of each counter. A machine whose counters say
more than its CPUs allow, or less than nothing, is missing, and coverage falls.

Rules cannot know: what arrives after the last evaluation of an hour; what was used in a gap of scrapes of more than
five minutes over its end; what other replicas have seen; that a host is out of sight and not gone, if it is not
seen again within the hour. Run ada-carbon sync without --recording-rules for such hours: docs/recording-rules.md.`;
  return text.split("\n").map((line) => `# ${line}`.trimEnd());
}
