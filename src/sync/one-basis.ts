import { basisOfSource, basisOfStored } from "../intensity/basis-of-source.js";
import type { IntensitySource } from "../intensity/port.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";

/**
 * Refuses (`bad-input`) a source whose grams count something else than those of stored hours: one store has one basis, so
 * that its sums mean something. Hours and sources that do not say what they count are let through.
 *
 * @param stored Rows of `ada`.
 */
export function assertOneBasis(
  source: IntensitySource,
  stored: readonly UsageSeries[],
  restateFlag = "--again",
): void {
  const now = source.isConstant === true ? undefined : basisOfSource(source);
  if (now === undefined) return;
  for (const { hours, provenance } of stored) {
    const other = provenance.findIndex(({ intensity }) => {
      const before = intensity === null ? undefined : basisOfStored(intensity);
      return before !== undefined && before !== now;
    });
    const intensity = provenance[other]?.intensity;
    if (intensity == null) continue;
    throw new AdaCarbonError(
      "bad-input",
      `${source.id} is ${now}, and the hour ${formatInstant(hours[other] ?? 0)} is stored by ${intensity.source}, ` +
        `${basisOfStored(intensity)}: the two are never added; take a store of its own for this grid, or restate all ` +
        `stored hours by it first (restate ${restateFlag})`,
    );
  }
}
