import { byLabels, onLabels, selector } from "../client/promql.js";
import { hostLabels, machineLabels, ownerLabels } from "../client/queries.js";
import type { StepNames } from "./names.js";
import { type RuleOptions, recordedUnder } from "./options.js";

/** CPU-seconds to be expected of each host: its CPUs, as long as its machine was up. */
export function expectedSeconds(options: RuleOptions, n: StepNames): string {
  const machine = machineLabels(options);
  const [by, on] = [byLabels(machine), onLabels(machine)];
  const observed = `(${selector(n.observed, [recordedUnder(options.modes)])} > 0)`;
  const seen = `sum ${by} (${observed})`;
  return `# shared among the labels it had in the hour by what was observed under them
${observed}
  / ${on} group_left () ${seen}
  * ${on} group_left () (${n.up} * ${on} max ${by} (${n.cores}))
# up, but not observed at all
or ${onLabels(hostLabels(options))}
${n.cores}
  / ${on} group_left () count ${by} (${n.cores})
  * ${on} group_left () (${n.up} unless ${on} ${seen})`;
}

/**
 * The sums by project, machine and user, from what is recorded of hosts. A host whose machine is doubted is in none
 * but those of what was expected: it is missing, so coverage falls.
 */
export function sums(
  options: RuleOptions,
  n: StepNames,
): Record<"busy" | "idle" | "expected" | "covered" | "doubted", string> {
  const onHost = onLabels(hostLabels(options));
  const onMachine = onLabels(machineLabels(options));
  const recorded = (name: string): string => selector(name, [recordedUnder(options.modes)]);
  const [observed, expected, doubted] = [recorded(n.observed), recorded(n.expected), recorded(n.doubted)];
  const over = (aggregation: "sum" | "count", expression: string): string =>
    `${aggregation} ${byLabels(ownerLabels(options))} (\n${expression.replace(/^/gm, "  ")}\n)`;
  const known = (expression: string): string => `${expression} unless ${onMachine} ${doubted}`;
  return {
    busy: over("sum", `clamp_min(${known(recorded(n.busy))}, 0)`),
    idle: over("sum", `clamp_min(${known(recorded(n.idle))}, 0)`),
    expected: over("sum", expected),
    covered: over(
      "sum",
      `(${known(observed)}) <= ${expected}
or (${expected} and ${onHost} (${known(observed)}))`,
    ),
    doubted: over("count", `${expected} and ${onMachine} (${doubted} or ${recorded(n.fallen)})`),
  };
}
