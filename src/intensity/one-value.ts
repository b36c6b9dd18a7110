import { formatInterval, type Interval, overlaps } from "../usage/hour.js";
import { byStart, disjoint, withoutDuplicates } from "./periods.js";
import type { GridPeriod, IntensityCallOptions } from "./port.js";

/** Periods that do not overlap, ascending, and in words what had to be chosen between. */
export interface OneValueEach<P extends GridPeriod> {
  readonly periods: P[];
  readonly warnings: readonly string[];
}

interface Dispute extends Interval {
  readonly values: ReadonlySet<number>;
}

/**
 * Gives each instant one value. Where periods overlap, the measured one counts, then the one fetched later, then
 * the higher. Where their values differ, one warning names the first place and how many more there are.
 *
 * @param name Who gave the periods, for the warning.
 */
export function oneValueEach<P extends GridPeriod>(answer: readonly P[], name: string): OneValueEach<P> {
  const [first, ...more] = disputesIn(answer);
  const warnings = first === undefined ? [] : [warningOf(first, more.length, name)];
  const periods = withoutDuplicates(answer);
  const overlapping = periods.some(({ from }, i) => from < (periods[i - 1]?.to ?? from));
  if (!overlapping) return { periods, warnings };
  const cut = disjoint(answer).map(({ from, to, period }) => ({ ...period, from, to }));
  return { periods: cut, warnings };
}

/** What an answer says of an interval, each instant with one value. What had to be chosen between is told. */
export function valuesIn<P extends GridPeriod>(
  answer: readonly P[],
  interval: Interval,
  name: string,
  { onWarning }: IntensityCallOptions,
): P[] {
  const within = answer.filter((period) => overlaps(period, interval));
  const { periods, warnings } = oneValueEach(within, name);
  for (const warning of warnings) onWarning?.(warning);
  return periods;
}

/** The stretches of time for which there are different values, by the start of the later period. */
function disputesIn(answer: readonly GridPeriod[]): Dispute[] {
  const sorted = answer.toSorted(byStart);
  const disputes = new Map<number, Dispute>();
  let earlier: GridPeriod[] = [];
  for (const period of sorted) {
    earlier = earlier.filter((other) => overlaps(other, period));
    const rivals = earlier.filter((other) => other.gco2eqPerKwh !== period.gco2eqPerKwh);
    const before = disputes.get(period.from);
    if (rivals.length > 0) {
      const values = [
        ...(before?.values ?? []),
        period.gco2eqPerKwh,
        ...rivals.map((rival) => rival.gco2eqPerKwh),
      ];
      const to = Math.min(period.to, Math.max(...rivals.map((rival) => rival.to)));
      disputes.set(period.from, { from: period.from, to, values: new Set(values) });
    }
    earlier.push(period);
  }
  return [...disputes.values()];
}

function warningOf(first: Dispute, more: number, name: string): string {
  const values = [...first.values].sort((a, b) => a - b);
  const list = `${values.slice(0, -1).join(", ")} and ${values.at(-1)} gCO2eq/kWh`;
  const others = more === 0 ? "" : ` and ${more} more times`;
  return (
    `${name} gives more than one value for ${formatInterval(first)} (${list})${others}: ` +
    "of such the measured one counts, then the one fetched later, then the higher"
  );
}
