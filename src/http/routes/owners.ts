import * as z from "zod";
import { ADA, type ScopeKind } from "../../usage/scope.js";
import { maySee, maySeeSomeUser } from "../access.js";
import {
  eachSeries,
  listInterval,
  type Owner,
  type OwnersReply,
  ownersQuery,
  ownersReply,
  ownersShape,
} from "../owner-list.js";
import { forbidden } from "../problem.js";
import { jsonRoute, type Route } from "../route.js";
import { totalsOf } from "../totals.js";
import { EXAMPLE_TOTALS } from "./totals.js";

const reply: z.ZodType<OwnersReply> = z.strictObject(ownersShape);

type ListName = "projects" | "machines" | "users" | "groups" | "experiments";

const KINDS: readonly (readonly [ListName, ScopeKind])[] = [
  ["projects", "project"],
  ["machines", "machine"],
  ["users", "user"],
  ["groups", "group"],
  ["experiments", "experiment"],
];

/** One list a kind of owner, over all sites. */
export const ownerRoutes: readonly Route[] = KINDS.map(([name, kind]) =>
  jsonRoute({
    name,
    path: `/${name}`,
    summary: `The ${name} with their totals over an interval, by default the last 30 days; most energy first.`,
    query: ownersQuery,
    reply,
    example: exampleOwners(kind),
    maxAgeSeconds: 60,
    answer: async ({ query, ...admitted }) => {
      const { service, request, grant } = admitted;
      if (kind === "user" && !maySeeSomeUser(grant)) throw forbidden("the list of users");
      const interval = listInterval(query, service.clock);
      const { signal } = request;
      const scopes = (await service.usage.scopes(kind, { signal })).filter((scope) => maySee(grant, scope));
      const known = kind === "project" ? undefined : await service.usage.read(ADA, interval, { signal });
      const owners: Owner[] = [];
      await eachSeries(admitted, scopes, interval, (series) => {
        owners.push({ name: series.scope.name, totals: totalsOf(series, interval, known) });
      });
      return ownersReply(kind, interval, owners, query);
    },
  }),
);

export function exampleOwners(kind: ScopeKind): OwnersReply {
  return {
    kind,
    from: "2025-09-10T00:00:00Z",
    to: "2025-09-11T00:00:00Z",
    count: 1,
    owners: [{ name: kind === "user" ? "amara" : "IDAaaS", totals: EXAMPLE_TOTALS }],
  };
}
