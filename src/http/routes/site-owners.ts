import * as z from "zod";
import type { OwnerKind } from "../../reports/site-owners.js";
import type { Sums } from "../../timeseries/rollup/bin.js";
import { tallyOf } from "../../timeseries/rollup/tally.js";
import { DAY_MS } from "../../usage/hour.js";
import { maySee, maySeeSomeUser } from "../access.js";
import { EXAMPLE_SUMS } from "../examples.js";
import { type OwnersReply, ownersQuery, ownersReply, ownersShape } from "../owner-list.js";
import { badInput, forbidden } from "../problem.js";
import { recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import { readSubject } from "../subject.js";
import { shownTotals, totalsSchema } from "../totals.js";
import { exampleOwners } from "./owners.js";

interface SiteOwnersReply extends OwnersReply {
  readonly site: string;
  /** The whole site. What the list does not add up to is of hosts whose owners were not stored. */
  readonly totals: Sums;
}

const reply: z.ZodType<SiteOwnersReply> = z.strictObject({
  ...ownersShape,
  site: z.string(),
  totals: totalsSchema,
});

type ListName = "siteProjects" | "siteMachines" | "siteUsers" | "siteGroups" | "siteExperiments";

const LISTS: readonly (readonly [ListName, string, OwnerKind | "project"])[] = [
  ["siteProjects", "projects", "project"],
  ["siteMachines", "machines", "machine"],
  ["siteUsers", "users", "user"],
  ["siteGroups", "groups", "group"],
  ["siteExperiments", "experiments", "experiment"],
];

/** Each hour of each host is looked at. */
const MOST_DAYS = 92;

/** One list a kind of owner, of what was used at one site. */
export const siteOwnerRoutes: readonly Route[] = LISTS.map(([name, list, kind]) =>
  jsonRoute({
    name,
    path: `/sites/{site}/${list}`,
    summary: `The ${list} with what they used at a site over an interval of up to ${MOST_DAYS} days, by default the last 30; most energy first; null is a sum of which nothing is known.`,
    query: ownersQuery,
    reply,
    example: { site: "isis", ...exampleOwners(kind), totals: EXAMPLE_SUMS },
    maxAgeSeconds: 60,
    answer: async ({ query, params, ...admitted }): Promise<SiteOwnersReply> => {
      const { service, grant, reader } = admitted;
      const { site = "" } = params;
      const projects = projectsOf(service, site);
      if (kind === "user" && !maySeeSomeUser(grant)) throw forbidden("the list of users");
      const interval = recentInterval(query, service);
      if (interval.to - interval.from > MOST_DAYS * DAY_MS)
        throw badInput(`a list of a site is over ${MOST_DAYS} days at most; ask for less`);
      const whole = await readSubject(admitted, { site }, interval);
      const owners = await reader.ownersIn(projects, kind, interval);
      const visible = owners.filter(({ scope }) => maySee(grant, scope));
      const totals = shownTotals(tallyOf(whole, interval));
      return { site, ...ownersReply(kind, interval, visible, query), totals };
    },
  }),
);
