import { HOUR_MS } from "../usage/hour.js";
import { assertArgument, OBJECT } from "../usage/options.js";
import type { IntensityPeriod, IntensitySource } from "./port.js";

/** How long after its end a period may still be revised: the GB service does so for a day or more. */
export const REVISED_FOR_MS: number = 48 * HOUR_MS;

type Judged = Pick<IntensitySource, "hasActual" | "isConstant">;

/**
 * Whether no better value of this period is to be expected: it is measured (or its source never measures),
 * and it was fetched at least 48 hours after its end. A forecast of a source that measures is never settled, and a
 * constant always is.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { isSettled } from "ada-carbon/intensity";
 * import { parseInstant } from "ada-carbon";
 *
 * const period = {
 *   from: parseInstant("2025-09-10T00:00Z"),
 *   to: parseInstant("2025-09-10T00:30Z"),
 *   gco2eqPerKwh: 101,
 *   kind: "actual" as const,
 *   fetchedAt: parseInstant("2025-09-11T00:00Z"), // a day later: may still change
 * };
 * assert.equal(isSettled(period, { hasActual: true }), false);
 * assert.equal(isSettled({ ...period, fetchedAt: parseInstant("2025-09-12T00:30Z") }, { hasActual: true }), true);
 */
export function isSettled(period: IntensityPeriod, source: Judged): boolean {
  assertArgument("isSettled", "period", period, OBJECT);
  assertArgument("isSettled", "source", source, OBJECT);
  if (source.isConstant === true) return true;
  const isFinal = period.kind === "actual" || !source.hasActual;
  return isFinal && period.fetchedAt >= period.to + REVISED_FOR_MS;
}
