import { formatModes, type ModePolicy } from "../../usage/modes.js";
import type { Matcher } from "../client/promql.js";
import type { LabelNames } from "../client/queries.js";

/** The label by which recorded series say what counted as busy and idle in them. */
export const MODES_LABEL = "modes";

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
  /** From one scrape of a host to the next, a whole number of seconds from 1 to 300. Default 60. */
  readonly scrapeSeconds?: number;
}

/** Everything that decides what the rules say, with nothing left to a default. */
export interface RuleOptions extends Required<Omit<RecordingRulesOptions, "labels">> {
  readonly labels: LabelNames;
}

/** The matcher for the series that were recorded under this policy. */
export function recordedUnder(modes: ModePolicy): Matcher {
  return { label: MODES_LABEL, op: "=", value: formatModes(modes) };
}
