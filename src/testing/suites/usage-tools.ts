import type { UsageStore } from "../../stores/usage-store.js";
import { DAY_MS } from "../../usage/hour.js";
import { AMOUNT, FLAG, oneOf, optional, type Rules } from "../../usage/options.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { numberAt, type UsageSeries } from "../../usage/series.js";
import { expectEqual, expectThat } from "./expect.js";
import { ALL_SAMPLES } from "./samples.js";
import { SUITE_OPTIONS, type Suite, type SuiteOptions } from "./suite.js";

/** What usage stores may differ in. */
export interface UsageSuiteOptions extends SuiteOptions {
  /**
   * What a reader, or a crash, sees either before or after and never in between: a scope of a call (default),
   * or only the rows of one UTC day of a scope, for stores that can replace no more in one step.
   */
  readonly atomic?: "scope" | "day" | undefined;
  /** How many scopes the largest call has. Default 500. */
  readonly scopesAtOnce?: number | undefined;
  /** How many hours the longest series has. Default 8,760, a year. */
  readonly hoursAtOnce?: number | undefined;
  /** Whether the store has `lock`. Default false. */
  readonly lock?: boolean | undefined;
}

export const USAGE_SUITE: Rules<UsageSuiteOptions> = {
  ...SUITE_OPTIONS,
  atomic: optional(oneOf(["scope", "day"])),
  scopesAtOnce: optional(AMOUNT),
  hoursAtOnce: optional(AMOUNT),
  lock: optional(FLAG),
};

/** The suite with the options its parts look at. */
export interface UsageSuite {
  readonly suite: Suite<UsageStore>;
  readonly options: UsageSuiteOptions;
}

export const project = (name: string): Scope => ({ kind: "project", name });

/** Throws unless the store has exactly these rows of the scope. */
export async function expectStored(
  store: UsageStore,
  expected: UsageSeries,
  what: string,
  tolerance: number = 0,
): Promise<void> {
  expectSeries(await store.read(expected.scope, ALL_SAMPLES), expected, what, tolerance);
}

/** Throws unless the two series are the same rows of the same scope. */
export function expectSeries(
  actual: UsageSeries,
  expected: UsageSeries,
  what: string,
  tolerance: number = 0,
): void {
  expectThat(actual.busyKwh instanceof Float64Array, `${what}: busyKwh is not a Float64Array`);
  const { kind, name } = expected.scope;
  expectEqual(actual, { ...expected, scope: { kind, name } }, what, tolerance);
}

/** Names of the scopes of a kind, in the store's order. */
export async function namesOf(store: UsageStore, kind: ScopeKind): Promise<string[]> {
  return (await store.scopes(kind)).map((scope) => scope.name);
}

/**
 * The marks of a series written with `marked`, one for each unit that is replaced in one step. Throws for a
 * unit in which two writes are mixed, or hours are missing.
 */
export function marksOf(
  series: UsageSeries,
  expectedHours: number,
  { atomic = "scope" }: UsageSuiteOptions,
): number[] {
  const { hours } = series;
  const units = Map.groupBy(hours.keys(), (i) =>
    atomic === "scope" ? 0 : Math.floor((hours[i] ?? 0) / DAY_MS),
  );
  if (hours.length !== 0 && hours.length !== expectedHours && atomic === "scope") {
    throw new Error(`a reader saw ${hours.length} of the ${expectedHours} hours of ${series.scope.name}`);
  }
  return [...units.values()].map((rows) => {
    const seen = new Set(
      rows.flatMap((i) => [numberAt(series.busyKwh, i), numberAt(series.idleGco2eq, i), markOf(series, i)]),
    );
    const [mark = Number.NaN, ...others] = seen;
    expectThat(others.length === 0, `two writes are mixed in ${series.scope.name}: ${[...seen].join(", ")}`);
    return mark;
  });
}

function markOf(series: UsageSeries, row: number): number {
  return series.provenance[row]?.intensity?.fetchedAt ?? Number.NaN;
}
