import { AdaCarbonError } from "../../usage/errors.js";
import { ADA_MODES, formatModes, type ModePolicy } from "../../usage/modes.js";
import { type Matcher, quote } from "../promql.js";
import { ADA_LABELS, type LabelNames, modesOf } from "../queries.js";
import { recordedNames, stepNames } from "./names.js";
import { MODES_LABEL, type RuleOptions } from "./options.js";
import {
  cores,
  excessSeconds,
  observedSeconds,
  presence,
  upFrom,
  upSeconds,
  upTo,
  usedSeconds,
} from "./step-expressions.js";
import { expectedSeconds, sums } from "./sum-expressions.js";

export interface RecordingRulesOptions {
  /** What all recorded names begin with. Default `ada`. */
  readonly prefix?: string;
  /** Names of the labels that say whose a host is. Default: those of Ada. */
  readonly labels?: Partial<LabelNames>;
  /** Further conditions on the series of node_exporter, such as `{ label: "job", op: "=", value: "node" }`. */
  readonly matchers?: readonly Matcher[];
  /** What counts as busy and idle. Default: idle is mode `idle`. */
  readonly modes?: ModePolicy;
  /** How often the rules are evaluated, a whole number of minutes from 1 to 30. Default 5. */
  readonly everyMinutes?: number;
}

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
 * import { recordingRulesFile } from "ada-carbon/prometheus";
 *
 * const yaml = recordingRulesFile({ prefix: "lab", labels: { project: "tenant" } });
 * assert.match(yaml, /record: lab:cpu_busy_seconds_increase_1h:by_project_machine_user/);
 */
export function recordingRulesFile(options: RecordingRulesOptions = {}): string {
  const complete: RuleOptions = {
    prefix: options.prefix ?? "ada",
    labels: { ...ADA_LABELS, ...options.labels },
    matchers: options.matchers ?? [],
    modes: options.modes ?? ADA_MODES,
    everyMinutes: options.everyMinutes ?? 5,
  };
  const { everyMinutes } = complete;
  if (!Number.isSafeInteger(everyMinutes) || everyMinutes < 1 || everyMinutes > 30)
    throw new AdaCarbonError(
      "bad-input",
      `rules every ${everyMinutes} minutes: it must be a whole number, 1 to 30`,
    );
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

function rulesOf(options: RuleOptions): Rule[] {
  const n = stepNames(options.prefix);
  const sum = recordedNames(options.prefix);
  const { busy, idle, expected, covered } = sums(options, n);
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
    rule("Cores, by host", n.cores, cores(options)),
    rule("First scrape of the hour, Unix seconds", n.firstScrape, seen.firstScrape),
    rule("Last scrape of the hour", n.lastScrape, seen.lastScrape),
    rule("Scrapes of the hour", n.scrapes, seen.scrapes),
    rule("Boot time of the first incarnation of the hour, Unix seconds", n.firstBoot, seen.firstBoot),
    rule("Boot time of the last incarnation of the hour", n.lastBoot, seen.lastBoot),
    rule("1 if it was seen in the day before the hour", n.seenBefore, seen.seenBefore),
    rule("Latest boot time up to now", n.bootSince, seen.bootSince),
    rule("Latest scrape up to now", n.scrapeSince, seen.scrapeSince),
    rule("From when in the hour it was up, Unix seconds", n.upFrom, upFrom(n)),
    rule("Until when", n.upTo, upTo(n)),
    rule("Seconds of the hour that it was up, scraped or not", n.up, upSeconds(n)),
    rule(
      "CPU-seconds beyond what the cores allow: a counter went backwards",
      n.excess,
      excessSeconds(options, n),
      true,
    ),
    rule("CPU-seconds of all modes, by host", n.observed, observedSeconds(options, n), true),
    rule("CPU-seconds to be expected, by host", n.expected, expectedSeconds(options, n), true),
    rule("The hour's busy CPU-seconds", sum.busy, busy, true),
    rule("The hour's idle CPU-seconds", sum.idle, idle, true),
    rule("The hour's CPU-seconds to be expected of the hosts that were up", sum.expected, expected, true),
    rule("How many of these were observed", sum.covered, covered, true),
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

function header({ prefix, labels, everyMinutes }: RuleOptions): string[] {
  const sum = recordedNames(prefix);
  const text = `Recording rules for ada-carbon, printed by "ada-carbon rules".

They record the CPU-seconds of each full hour by ${labels.project}, ${labels.machine} and ${labels.user}:
  ${sum.busy}
  ${sum.idle}
  ${sum.expected}
  ${sum.covered}
What is recorded at any time from 01:00 until before 02:00 is about the hour from 00:00 to 01:00. It is evaluated
every ${everyMinutes} minutes, so that a missed evaluation costs nothing; the last one before 02:00 counts.

Use: name this file under rule_files in prometheus.yml, reload, and an hour later run
  ada-carbon sync --recording-rules${prefix === "ada" ? "" : ` ${prefix}`} ...
Hours before that are not recorded: run ada-carbon sync without --recording-rules for them.

What is recorded by host and by instance are steps on the way. The increase is of each counter and comes before
any sum: the increase of a sum would hide that one host was restarted. A host that is out of sight until more than
an hour after the end of the hour it was lost in is taken to have gone with its last scrape.`;
  return text.split("\n").map((line) => `# ${line}`.trimEnd());
}
