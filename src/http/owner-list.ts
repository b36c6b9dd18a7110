import * as z from "zod";
import type { ScopeTotals } from "../reports/usage-reader.js";
import { busyAndIdle, type Sums } from "../timeseries/rollup/bin.js";
import { formatInstant, type Interval } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import { type IntervalQuery, instant, whole } from "./query.js";
import { shownTotals, totalsSchema } from "./totals.js";

/** Somebody or something with its totals. */
interface Owner {
  readonly name: string;
  readonly totals: Sums;
}

export interface OwnersReply {
  readonly kind: ScopeKind;
  readonly from: string;
  readonly to: string;
  /** How many there are; the list has those of them that were asked for, most energy first. */
  readonly count: number;
  readonly owners: readonly Owner[];
}

export const ownersShape: { readonly [Name in keyof OwnersReply]: z.ZodType<OwnersReply[Name]> } = {
  kind: z.enum(["ada", "project", "machine", "user", "group", "experiment", "host"]),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  count: z.int().min(0),
  owners: z.array(z.strictObject({ name: z.string(), totals: totalsSchema })),
};

export interface OwnersQuery extends IntervalQuery {
  readonly limit?: number | undefined;
}

export const ownersQuery: z.ZodType<OwnersQuery> = z.strictObject({
  from: instant.optional(),
  to: instant.optional(),
  limit: whole(1, 1000).optional(),
});

/** A list as a reply has it: sorted, and cut to what was asked for. */
export function ownersReply(
  kind: ScopeKind,
  { from, to }: Interval,
  tallies: readonly ScopeTotals[],
  { limit = 100 }: OwnersQuery,
): OwnersReply {
  const kwh = ({ totals }: ScopeTotals): number => busyAndIdle(totals, "energy").total ?? 0;
  const greatest = [...tallies].sort((a, b) => kwh(b) - kwh(a)).slice(0, limit);
  return {
    kind,
    from: formatInstant(from),
    to: formatInstant(to),
    count: tallies.length,
    owners: greatest.map(({ scope, totals }) => ({ name: scope.name, totals: shownTotals(totals) })),
  };
}
