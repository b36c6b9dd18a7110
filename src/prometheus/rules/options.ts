import type { ModePolicy, ModeUse } from "../../usage/modes.js";
import { formatModes } from "../../usage/modes.js";
import { type Matcher, oneOf, quoteRegex } from "../promql.js";
import type { LabelNames } from "../queries.js";

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
}

/** The matcher for the series that were recorded under this policy. */
export function recordedUnder(modes: ModePolicy): Matcher {
  return { label: MODES_LABEL, op: "=", value: formatModes(modes) };
}

/** The matcher for the modes of one use; `undefined` if there are none. Modes not named are busy. */
export function modesOf(policy: ModePolicy, use: ModeUse): Matcher | undefined {
  const named = Object.entries(policy).flatMap(([mode, of]) => (of === use ? [mode] : []));
  if (use !== "busy") return named.length === 0 ? undefined : oneOf("mode", named);
  const others = Object.entries(policy).flatMap(([mode, of]) => (of === "busy" ? [] : [mode]));
  return { label: "mode", op: "!~", value: others.map(quoteRegex).join("|") };
}
