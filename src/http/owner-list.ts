import * as z from "zod";
import { DAY_MS, formatInstant, type Interval } from "../usage/hour.js";
import type { Scope, ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { Admitted } from "./admitted.js";
import { type IntervalQuery, instant, intervalOf, whole } from "./query.js";
import { lastFinishedHour } from "./site-series.js";
import { type Totals, totalsSchema } from "./totals.js";

/** Somebody or something with its totals. */
export interface Owner {
  readonly name: string;
  readonly totals: Totals;
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

/** The interval asked for; by default the last 30 days. */
export function listInterval(query: OwnersQuery, clock: () => number): Interval {
  const now = lastFinishedHour(clock());
  return intervalOf(query, { from: now - 30 * DAY_MS, to: now });
}

/** A list as a reply has it: sorted, and cut to what was asked for. */
export function ownersReply(
  kind: ScopeKind,
  { from, to }: Interval,
  owners: readonly Owner[],
  { limit = 100 }: OwnersQuery,
): OwnersReply {
  const kwh = ({ totals }: Owner): number => (totals.busyKwh ?? 0) + (totals.idleKwh ?? 0);
  return {
    kind,
    from: formatInstant(from),
    to: formatInstant(to),
    count: owners.length,
    owners: [...owners].sort((a, b) => kwh(b) - kwh(a)).slice(0, limit),
  };
}

/** How many series are read at once. */
const AT_ONCE = 8;

/** Hands over the stored hours of many scopes, some of them read at the same time. */
export async function eachSeries(
  { service, request: { signal } }: Pick<Admitted, "service" | "request">,
  scopes: readonly Scope[],
  interval: Interval,
  take: (series: UsageSeries) => void,
): Promise<void> {
  for (let i = 0; i < scopes.length; i += AT_ONCE) {
    const some = scopes.slice(i, i + AT_ONCE);
    for (const series of await Promise.all(
      some.map((scope) => service.usage.read(scope, interval, { signal })),
    )) {
      take(series);
    }
  }
}
