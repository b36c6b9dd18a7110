import * as z from "zod";
import { DAY_MS, formatInstant, type Interval } from "../../usage/hour.js";
import { ADA, type Scope, type ScopeKind } from "../../usage/scope.js";
import { type Grant, maySee } from "../access.js";
import { forbidden } from "../problem.js";
import { type IntervalQuery, instant, intervalOf, whole } from "../query.js";
import { type Admitted, jsonRoute, type Route } from "../route.js";
import { lastFinishedHour } from "../site-series.js";
import { type Totals, totalsOf, totalsSchema } from "../totals.js";
import { EXAMPLE_TOTALS } from "./totals.js";

interface Owner {
  readonly name: string;
  readonly totals: Totals;
}

interface OwnersReply {
  readonly kind: ScopeKind;
  readonly from: string;
  readonly to: string;
  /** How many there are; the list has those of them that were asked for, most energy first. */
  readonly count: number;
  readonly owners: readonly Owner[];
}

const ownersReply: z.ZodType<OwnersReply> = z.strictObject({
  kind: z.enum(["ada", "project", "machine", "user", "group", "experiment", "host"]),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  count: z.int().min(0),
  owners: z.array(z.strictObject({ name: z.string(), totals: totalsSchema })),
});

interface OwnersQuery extends IntervalQuery {
  readonly limit?: number | undefined;
}

const query: z.ZodType<OwnersQuery> = z.strictObject({
  from: instant.optional(),
  to: instant.optional(),
  limit: whole(1, 1000).optional(),
});

type ListName = "projects" | "machines" | "users" | "groups" | "experiments";

const KINDS: readonly (readonly [ListName, ScopeKind])[] = [
  ["projects", "project"],
  ["machines", "machine"],
  ["users", "user"],
  ["groups", "group"],
  ["experiments", "experiment"],
];

/** One list a kind of owner. */
export const ownerRoutes: readonly Route[] = KINDS.map(([name, kind]) =>
  jsonRoute({
    name,
    path: `/${name}`,
    summary: `The ${name} with their totals over an interval, by default the last 30 days; most energy first.`,
    query,
    reply: ownersReply,
    example: {
      kind,
      from: "2025-09-10T00:00:00Z",
      to: "2025-09-11T00:00:00Z",
      count: 1,
      owners: [{ name: kind === "user" ? "amara" : "IDAaaS", totals: EXAMPLE_TOTALS }],
    },
    maxAgeSeconds: 60,
    answer: async ({ query, ...admitted }) => {
      const now = lastFinishedHour(admitted.service.clock());
      const interval = intervalOf(query, { from: now - 30 * DAY_MS, to: now });
      const owners = await ownersOf(kind, interval, admitted);
      return {
        kind,
        from: formatInstant(interval.from),
        to: formatInstant(interval.to),
        count: owners.length,
        owners: owners.slice(0, query.limit ?? 100),
      };
    },
  }),
);

/** How many series are read at once. */
const AT_ONCE = 8;

async function ownersOf(kind: ScopeKind, interval: Interval, admitted: Admitted): Promise<Owner[]> {
  const { service, request, grant } = admitted;
  if (kind === "user" && grant !== "all" && grant.size === 0) throw forbidden("the list of users");
  const { signal } = request;
  const scopes = visible(await service.usage.scopes(kind, { signal }), grant);
  const known = kind === "project" ? undefined : await service.usage.read(ADA, interval, { signal });
  const owners: Owner[] = [];
  for (let i = 0; i < scopes.length; i += AT_ONCE) {
    const some = scopes.slice(i, i + AT_ONCE).map(async (scope) => {
      const series = await service.usage.read(scope, interval, { signal });
      return { name: scope.name, totals: totalsOf(series, interval, known) };
    });
    owners.push(...(await Promise.all(some)));
  }
  const kwh = ({ totals }: Owner): number => (totals.busyKwh ?? 0) + (totals.idleKwh ?? 0);
  return owners.sort((a, b) => kwh(b) - kwh(a));
}

function visible(scopes: readonly Scope[], grant: Grant): Scope[] {
  return scopes.filter((scope) => maySee(grant, scope));
}
