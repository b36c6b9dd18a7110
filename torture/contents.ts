import { QUANTITIES, SCOPE_KINDS } from "ada-carbon";
import { openPlace } from "./open-place.ts";

const COLUMNS = [...QUANTITIES, "gco2eqPerKwh", "coverage"] as const;
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };
/** Two ways to the same sum may differ by this (relative). */
const ROUNDING = 1e-9;

/**
 * Everything that is stored, but for what cannot be the same twice: when an intensity was fetched, and ids that a store
 * draws at random.
 */
export async function contentsOf(store: string): Promise<unknown> {
  const stores = await openPlace(store);
  try {
    const rows: unknown[] = [];
    for (const kind of SCOPE_KINDS) {
      for (const scope of await stores.usage.scopes(kind)) {
        const series = await stores.usage.read(scope, EVER);
        const columns = COLUMNS.map((name) => [...series[name]]);
        const provenance = series.provenance.map(({ intensity, ...row }) => ({
          ...row,
          intensity: intensity && { ...intensity, fetchedAt: 0 },
        }));
        rows.push({ scope, hours: series.hours, columns, status: series.status, provenance });
      }
    }
    const averages: unknown[] = [];
    for (const machine of await stores.averages.list()) averages.push(await stores.averages.get(machine));
    const sessions = await stores.workspaces.sessions("isis", EVER);
    const withoutIds = sessions.map((session) => ({ ...session, id: "", hours: session.hours ?? [] }));
    return { rows, averages: averages.map(merged), sessions: withoutIds };
  } finally {
    await stores.close();
  }
}

/** A running sum in two parts as one number: how it comes apart depends on the order. */
function merged(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("sum" in value && "lost" in value) return Number(value.sum) + Number(value.lost);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, merged(each)]));
}

/** Where two contents differ, if they do: path, what is there, what should be. */
export function differenceIn(actual: unknown, expected: unknown, path = "contents"): string | undefined {
  if (typeof actual === "number" && typeof expected === "number") {
    const off = Math.abs(actual - expected);
    const isSame = Object.is(actual, expected) || off <= ROUNDING * Math.max(Math.abs(expected), 1e-6);
    return isSame ? undefined : `${path} is ${actual}, not ${expected}`;
  }
  if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null)
    return actual === expected
      ? undefined
      : `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
  const [found, wanted] = [new Map(Object.entries(actual)), new Map(Object.entries(expected))];
  for (const key of new Set([...found.keys(), ...wanted.keys()])) {
    if (!found.has(key) && wanted.get(key) !== undefined) return `${path}.${key} is missing`;
    if (!wanted.has(key) && found.get(key) !== undefined) return `${path}.${key} should not be there`;
    const difference = differenceIn(found.get(key), wanted.get(key), `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
