import * as z from "zod";
import { DAY_MS, type Interval } from "../../usage/hour.js";
import type { UsageSeries } from "../../usage/series.js";
import { maySee, maySeeSomeUser } from "../access.js";
import type { Admitted } from "../admitted.js";
import {
  eachSeries,
  listInterval,
  type Owner,
  type OwnersReply,
  ownersQuery,
  ownersReply,
  ownersShape,
} from "../owner-list.js";
import { badInput, forbidden } from "../problem.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import { type OwnerKind, SiteOwners } from "../site-owners.js";
import { readSubject } from "../subject.js";
import { type Totals, totalsOf, totalsSchema } from "../totals.js";
import { exampleOwners } from "./owners.js";
import { EXAMPLE_TOTALS } from "./totals.js";

interface SiteOwnersReply extends OwnersReply {
  readonly site: string;
  /** The whole site. What the list does not add up to is of hosts whose owners were not stored. */
  readonly totals: Totals;
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
    summary: `The ${list} with what they used at a site over an interval of up to ${MOST_DAYS} days, by default the last 30; most energy first.`,
    query: ownersQuery,
    reply,
    example: { site: "isis", ...exampleOwners(kind), totals: EXAMPLE_TOTALS },
    maxAgeSeconds: 60,
    answer: async ({ query, params, ...admitted }): Promise<SiteOwnersReply> => {
      const { service, request, grant } = admitted;
      const { site = "" } = params;
      const projects = projectsOf(service, site);
      if (kind === "user" && !maySeeSomeUser(grant)) throw forbidden("the list of users");
      const interval = listInterval(query, service.clock);
      if (interval.to - interval.from > MOST_DAYS * DAY_MS)
        throw badInput(`a list of a site is over ${MOST_DAYS} days at most; ask for less`);
      const { series } = await readSubject(service, { site }, interval, { signal: request.signal });
      const owners =
        kind === "project"
          ? await projectOwners(projects, interval, admitted)
          : await hostOwners(kind, projects, series, interval, admitted);
      const visible = owners.filter((owner) => maySee(grant, { kind, name: owner.name }));
      return { site, ...ownersReply(kind, interval, visible, query), totals: totalsOf(series, interval) };
    },
  }),
);

async function projectOwners(
  projects: readonly string[],
  interval: Interval,
  admitted: Admitted,
): Promise<Owner[]> {
  const { signal } = admitted.request;
  const scopes = (await admitted.service.usage.scopes("project", { signal })).filter(({ name }) =>
    projects.includes(name),
  );
  const owners: Owner[] = [];
  await eachSeries(admitted, scopes, interval, (series) => {
    owners.push({ name: series.scope.name, totals: totalsOf(series, interval) });
  });
  return owners;
}

async function hostOwners(
  kind: OwnerKind,
  projects: readonly string[],
  known: UsageSeries,
  interval: Interval,
  admitted: Admitted,
): Promise<Owner[]> {
  const hosts = await admitted.service.usage.scopes("host", { signal: admitted.request.signal });
  const owners = new SiteOwners(kind, projects, known.hours);
  await eachSeries(admitted, hosts, interval, (series) => owners.add(series));
  return owners.series().map((series) => ({
    name: series.scope.name,
    totals: totalsOf(series, interval, known),
  }));
}
