import { namesTogether } from "../usage/names-together.js";
import { certaintyOf, type IntensityProvenance } from "../usage/provenance.js";
import { basisOfStored, joinBases } from "./basis-of-source.js";

/** What is known of an intensity at the moment that it was used. */
type UsedIntensity = Pick<IntensityProvenance, "kind" | "source" | "basis" | "fetchedAt">;

/** Two intensities as one: as good as the worse, as old as the older, with the bases of both. */
export function leastCertain(a: UsedIntensity | null, b: UsedIntensity | null): UsedIntensity | null {
  if (a === null || b === null) return a ?? b;
  const kind = certaintyOf(a.kind) <= certaintyOf(b.kind) ? a.kind : b.kind;
  const source = namesTogether(a.source, b.source);
  const fetchedAt =
    a.fetchedAt === null || b.fetchedAt === null
      ? (a.fetchedAt ?? b.fetchedAt)
      : Math.min(a.fetchedAt, b.fetchedAt);
  const basis = a.basis === b.basis ? a.basis : joinBases([basisOfStored(a), basisOfStored(b)]);
  const isSame = kind === a.kind && source === a.source && basis === a.basis && fetchedAt === a.fetchedAt;
  return isSame ? a : { kind, source, ...(basis === undefined ? {} : { basis }), fetchedAt };
}

/** What stands behind carbon by several intensities: their sources together, settled only if all are. */
export function joinedIntensity(intensities: readonly IntensityProvenance[]): IntensityProvenance | null {
  const [first, ...more] = new Set(intensities);
  if (first === undefined || more.length === 0) return first ?? null;
  const used = more.reduce<UsedIntensity | null>(leastCertain, first);
  const updates = intensities.flatMap(({ updatedAt }) => updatedAt ?? []);
  return (
    used && {
      kind: used.kind,
      source: used.source,
      ...(used.basis === undefined ? {} : { basis: used.basis }),
      ...(updates.length === 0 ? {} : { updatedAt: Math.max(...updates) }),
      fetchedAt: used.fetchedAt,
      settled: intensities.every(({ settled }) => settled),
    }
  );
}
