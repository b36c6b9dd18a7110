import { basisOfSource, basisOfStored } from "../intensity/basis-of-source.js";
import { type HourlyIntensity, withFallback } from "../intensity/hourly.js";
import type { IntensitySource } from "../intensity/port.js";
import type { RowIndex } from "../rows/row-index.js";
import type { FinishedHour } from "../usage/hour.js";
import { certaintyOf, type IntensityProvenance } from "../usage/provenance.js";

/**
 * The best intensity there is for each hour: what the source says now, unless the stored row already rests on
 * something better of the same source, or the source knows nothing; else the constant, where one is given. A stored
 * constant is only replaced.
 *
 * @param rows Stored rows that have one intensity an hour: of `ada`, or of a project with a grid of its own.
 */
export function bestIntensity(
  fetched: HourlyIntensity,
  hours: readonly FinishedHour[],
  source: Pick<IntensitySource, "id" | "basis">,
  rows: RowIndex,
  fallbackGco2eqPerKwh: number | undefined,
): HourlyIntensity {
  const gco2eqPerKwh = Float64Array.from(fetched.gco2eqPerKwh);
  const provenance = hours.map((hour, i) => {
    const now = fetched.provenance[i] ?? null;
    const stored = rows.provenance(hour)?.intensity ?? null;
    if (!isKept(stored, now, fallbackGco2eqPerKwh) || isOfAnotherBasis(stored, source)) return now;
    gco2eqPerKwh[i] = rows.value("gco2eqPerKwh", hour);
    return stored;
  });
  const best = { gco2eqPerKwh, provenance };
  return fallbackGco2eqPerKwh === undefined ? best : withFallback(best, fallbackGco2eqPerKwh);
}

/** Where a source knows nothing of an hour, the hour rather has no carbon than grams that count something else. */
function isOfAnotherBasis(
  stored: IntensityProvenance | null,
  source: Pick<IntensitySource, "id" | "basis">,
): boolean {
  const [before, now] = [stored === null ? undefined : basisOfStored(stored), basisOfSource(source)];
  return before !== undefined && now !== undefined && before !== now;
}

function isKept(
  stored: IntensityProvenance | null,
  now: IntensityProvenance | null,
  fallback: number | undefined,
): boolean {
  if (stored?.kind === "fallback") return now === null && fallback === undefined;
  return rank(stored) > rank(now) && (now === null || now.source === stored?.source);
}

/** Orders provenance from nothing to settled. A constant is only ever filled in last, so it ranks lowest. */
function rank(intensity: IntensityProvenance | null): number {
  if (intensity === null || intensity.kind === "fallback") return 0;
  return certaintyOf(intensity.kind) + (intensity.settled ? certaintyOf("actual") : 0);
}
