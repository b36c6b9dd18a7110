import * as z from "zod";
import type { ScopeKind } from "../../usage/scope.js";
import { maySeeSomeUser } from "../access.js";
import { EXAMPLE_SUMS } from "../examples.js";
import { sumsShownTo } from "../one-person.js";
import { type OwnersReply, ownersQuery, ownersReply, ownersShape } from "../owner-list.js";
import { forbidden } from "../problem.js";
import { recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";

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
    summary: `The ${name} with their totals over an interval, by default the last 30 days; most energy first; null is a sum of which nothing is known.`,
    query: ownersQuery,
    reply,
    example: exampleOwners(kind),
    maxAgeSeconds: 60,
    answer: async ({ query, service, request, grant, reader }) => {
      if (kind === "user" && !maySeeSomeUser(grant)) throw forbidden("the list of users");
      const interval = recentInterval(query, service);
      const stored = await service.usage.scopes(kind, { signal: request.signal });
      const visible = stored.filter(await sumsShownTo(grant, service));
      return ownersReply(kind, interval, await reader.totalsOfEach(visible, interval), query);
    },
  }),
);

function exampleOwners(kind: ScopeKind): OwnersReply {
  return {
    kind,
    from: "2025-09-10T00:00:00Z",
    to: "2025-09-11T00:00:00Z",
    count: 1,
    owners: [{ name: kind === "user" ? "amara" : "IDAaaS", totals: EXAMPLE_SUMS }],
  };
}
