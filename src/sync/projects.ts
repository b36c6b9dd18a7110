import type { CpuCallOptions, CpuSource } from "../usage/cpu.js";
import { AdaCarbonError, badInput } from "../usage/errors.js";
import { formatInterval, type Interval } from "../usage/hour.js";
import { didYouMean } from "../usage/nearest-name.js";

/** Every project the source knows in the interval; `no-data` if there is none. */
export async function projectsOf(
  cpu: CpuSource,
  interval: Interval,
  call: CpuCallOptions,
): Promise<string[]> {
  const [ask, missing] = withMissing(call);
  const known = await cpu.projects(interval, ask);
  if (known.length > 0) return known;
  if (missing[0] !== undefined) throw missing[0];
  throw new AdaCarbonError(
    "no-data",
    `${cpu.where}: no host of any project from ${formatInterval(interval)}; check the URL, the tenant header and the label names`,
  );
}

/** The same call, which also collects which parts of the source are missing. */
function withMissing({ signal, onMissing }: CpuCallOptions): [CpuCallOptions, readonly Error[]] {
  const missing: Error[] = [];
  const collect = (error: Error): void => {
    missing.push(error);
    onMissing?.(error);
  };
  return [{ signal, onMissing: collect }, missing];
}

/**
 * Refuses projects that the source has never heard of. One that is only not there in the interval is
 * no mistake: it used nothing.
 */
export async function assertKnown(
  cpu: CpuSource,
  projects: readonly string[],
  interval: Interval,
  call: CpuCallOptions,
): Promise<void> {
  const [ask, missing] = withMissing(call);
  const now = await cpu.projects(interval, ask);
  // Where a part of the source is not heard, the project may be there.
  if (missing.length > 0 || projects.every((name) => now.includes(name))) return;
  const ever = await cpu.projects(undefined, { signal: call.signal });
  const unknown = projects.filter((name) => !now.includes(name) && !ever.includes(name));
  assertNamed(cpu.where, unknown, [...new Set([...now, ...ever])].sort());
}

/** Refuses names of projects that are not among those that `where` knows. */
export function assertNamed(where: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const named = unknown.map((name) => JSON.stringify(name)).join(", ");
  const meant = didYouMean(unknown[0] ?? "", known);
  const hint = known.length === 0 ? "it knows none" : `it knows ${known.slice(0, 20).join(", ")}`;
  throw badInput(`${where}: there is no project ${named}; ${hint}${meant}`);
}
