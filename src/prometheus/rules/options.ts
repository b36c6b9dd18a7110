import { formatModes, type ModePolicy } from "../../usage/modes.js";
import type { Matcher } from "../client/promql.js";
import type { LabelNames } from "../client/queries.js";

/** The label by which recorded series say what counted as busy and idle in them. */
export const MODES_LABEL = "modes";

/** Everything that decides what the rules say, with nothing left to a default. */
export interface RuleOptions {
  readonly prefix: string;
  readonly labels: LabelNames;
  /** Further conditions on the series of node_exporter. */
  readonly matchers: readonly Matcher[];
  readonly modes: ModePolicy;
  /** How often the rules are evaluated, in minutes; 1 to 30. */
  readonly everyMinutes: number;
  /** From one scrape of a host to the next; 1 to 300. */
  readonly scrapeSeconds: number;
}

/** The matcher for the series that were recorded under this policy. */
export function recordedUnder(modes: ModePolicy): Matcher {
  return { label: MODES_LABEL, op: "=", value: formatModes(modes) };
}
