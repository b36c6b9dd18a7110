import { selector } from "../promql.js";
import type { RecordedNames, StepNames } from "./names.js";
import { type RuleOptions, recordedUnder } from "./options.js";
import { CPU_SLACK, hostLabels, ownerLabels } from "./step-expressions.js";

/** CPU-seconds to be expected of each host: its cores, as long as its instance was up. */
export function expectedSeconds(options: RuleOptions, n: StepNames): string {
  const { instance } = options.labels;
  const observed = selector(n.observed, [recordedUnder(options.modes)]);
  const seen = `(sum by (${instance}) (${observed}) > 0)`;
  return `# shared among the labels it had in the hour by what was observed under them
${observed}
  / on (${instance}) group_left () ${seen}
  * on (${instance}) group_left () (${n.up} * on (${instance}) max by (${instance}) (${n.cores}))
# up, but not observed at all
or on (${hostLabels(options)})
${n.cores}
  / on (${instance}) group_left () count by (${instance}) (${n.cores})
  * on (${instance}) group_left () (${n.up} unless on (${instance}) ${seen})`;
}

/** The sums by project, machine and user, from what is recorded of hosts. */
export function sums(options: RuleOptions, n: StepNames): Record<keyof RecordedNames, string> {
  const on = `on (${hostLabels(options)})`;
  const recorded = (name: string): string => selector(name, [recordedUnder(options.modes)]);
  const [busy, idle, excess] = [recorded(n.busy), recorded(n.idle), recorded(n.excess)];
  const [observed, expected] = [recorded(n.observed), recorded(n.expected)];
  const sum = (expression: string): string =>
    `sum by (${ownerLabels(options)}) (\n${expression.replace(/^/gm, "  ")}\n)`;
  return {
    busy: sum(`clamp_min(${busy} - ${on} ${excess}, 0)
or ${on} ${busy}`),
    idle: sum(`${idle} <= ${on} ${CPU_SLACK} * 3600 * ${n.cores}
or ${on} 3600 * ${n.cores} and ${on} ${idle}
or ${on} ${idle}`),
    expected: sum(expected),
    covered: sum(`${observed} <= ${expected}
or ${expected} and ${on} ${observed}`),
  };
}
