import * as z from "zod";
import type { Table } from "../../codecs/csv.js";
import { formatEnds } from "../../usage/hour.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import { mineOf } from "../access.js";
import { EXAMPLE_DAY } from "../examples.js";
import { sumsShownTo } from "../one-person.js";
import { ownerTotals } from "../owner-totals.js";
import { examplePlaceList, listQueryShape, ownersTable, placeList, placeListShape } from "../place-list.js";
import { forbidden } from "../problem.js";
import { intervalShape, recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { fromTo } from "../schemas.js";

const reply = z.strictObject({
  kind: z.enum(["project", "machine", "user", "group", "experiment"]),
  ...fromTo,
  ...placeListShape,
});
type OwnersReply = z.infer<typeof reply>;

const query = z.strictObject({ ...intervalShape, ...listQueryShape });

type ListName = "projects" | "machines" | "users" | "groups" | "experiments";

const KINDS: readonly (readonly [ListName, OwnersReply["kind"]])[] = [
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
    summary: `The ${name} with their totals over an interval, by default the last 30 days; searched, sorted and page by page. null is a sum of which nothing is known.`,
    query,
    reply,
    example: exampleOwners(kind),
    maxAgeSeconds: 60,
    table: ({ from, to, owners }): Table => ownersTable(name, { from, to }, owners),
    answer: async ({ query, service, request, grant, context, reader }): Promise<OwnersReply> => {
      if (kind === "user" && grant !== "all" && grant.size === 0) throw forbidden("the list of users");
      const interval = recentInterval(query, service);
      const maySeeSum = await sumsShownTo(grant, service);
      const stored = await service.usage.scopes(kind, { signal: request.signal });
      const visible = stored.filter((scope) => maySeeSum(scope));
      const now = await reader.eachSeries(visible, interval, (series) => ownerTotals(series, interval));
      const users = mineOf(grant, context.viewer);
      const shown = placeList(
        { now, before: null },
        { isVisible: () => true, isMine: (owner) => kind === "user" && users.has(owner) },
        { request, query },
      );
      return { kind, ...formatEnds(interval), ...shown };
    },
  }),
);

function exampleOwners(kind: OwnersReply["kind"]): OwnersReply {
  const name = kind === "user" ? "amara" : kind === "project" ? "IDAaaS" : UNATTRIBUTED;
  return { kind, ...EXAMPLE_DAY, ...examplePlaceList(name, kind === "user") };
}
