import * as z from "zod";
import { remembered } from "../../usage/remembered.js";
import { SCOPE_KINDS, type Scope } from "../../usage/scope.js";
import { maySee, mineOf } from "../access.js";
import type { Admitted } from "../admitted.js";
import { whole } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";

const KINDS = ["site", "project", "machine", "group", "experiment", "user", "host"] as const;

const found = z.strictObject({
  kind: z.enum(KINDS),
  name: z.string(),
  /** Where it is, if it is known to be at one site only. */
  site: z.string().nullable(),
});
type Found = z.infer<typeof found>;
const searchReply = z.strictObject({ results: z.array(found) });
export type SearchReply = z.infer<typeof searchReply>;

export const searchRoute: Route = jsonRoute({
  name: "search",
  path: "/search",
  summary: "Sites, projects, machines, groups, experiments, users and hosts whose name has a text in it.",
  query: z.strictObject({
    q: z
      .string()
      .min(1)
      .max(300)
      .meta({ examples: ["muon"] }),
    site: z.string().min(1).optional(),
    limit: whole(1, 100).optional(),
  }),
  site: ({ site }) => site ?? null,
  reply: searchReply,
  example: { results: [{ kind: "machine", name: "Muon", site: "isis" }] },
  maxAgeSeconds: 60,
  answer: async ({ query: { q, site, limit = 20 }, ...admitted }): Promise<SearchReply> => {
    if (site !== undefined) projectsOf(admitted.service, site);
    const wanted = q.toLowerCase();
    const named = (await namesOf(admitted))
      .filter(({ name, sites }) => {
        return name.toLowerCase().includes(wanted) && (site === undefined || sites.includes(site));
      })
      .sort((a, b) => rank(a, wanted) - rank(b, wanted))
      .slice(0, limit);
    return {
      results: named.map(({ kind, name, sites }) => {
        return { kind, name, site: site ?? (sites.length === 1 ? (sites[0] ?? null) : null) };
      }),
    };
  },
});

/** A name, and the sites that it is known to be at. */
interface Named extends Pick<Found, "kind" | "name"> {
  readonly sites: readonly string[];
}

/** Names that begin with the text come first, then shorter ones. */
function rank({ name }: Named, wanted: string): number {
  return (name.toLowerCase().startsWith(wanted) ? 0 : 1000) + name.length;
}

/** All names that the viewer may see. */
async function namesOf(admitted: Admitted): Promise<Named[]> {
  const { service, request, grant } = admitted;
  const found = Object.keys(service.sites).map(
    (site): Named => ({ kind: "site", name: site, sites: [site] }),
  );
  const sitesOf = await sitesByScope(admitted);
  for (const kind of SCOPE_KINDS) {
    if (kind === "ada") continue;
    for (const scope of await service.usage.scopes(kind, { signal: request.signal }))
      if (maySee(grant, scope)) found.push({ kind, name: scope.name, sites: sitesOf(scope) });
  }
  return [...found, ...(await ownHosts(admitted))];
}

/** The viewer's own hosts, which are no scopes that they may see: those are of whoever had them. */
async function ownHosts({ service, request, grant, context }: Admitted): Promise<Named[]> {
  const { workspaces } = service.options;
  const mine = mineOf(grant, context.viewer);
  if (workspaces === undefined || grant === "all" || mine.size === 0) return [];
  const found: Named[] = [];
  for (const site of Object.keys(service.sites)) {
    for (const { user, instance } of await workspaces.active(site, { signal: request.signal }))
      if (user !== null && mine.has(user)) found.push({ kind: "host", name: instance, sites: [site] });
  }
  return found;
}

/** By the hosts of the last weeks, as far as they have been read: a search does not wait for them long. */
async function sitesByScope({ service, request }: Admitted): Promise<(scope: Scope) => readonly string[]> {
  const sites = new Map<string, Set<string>>();
  const note = (kind: string, name: string | null, ofProject: readonly string[]): void => {
    const known = remembered(sites, `${kind}:${name}`, () => new Set<string>());
    for (const site of ofProject) known.add(site);
  };
  const sitesOfProject = Map.groupBy(
    Object.entries(service.sites).flatMap(([site, projects]) =>
      projects.map((project) => ({ site, project })),
    ),
    ({ project }) => project,
  );
  const at = (project: string): string[] => (sitesOfProject.get(project) ?? []).map(({ site }) => site);
  for (const project of sitesOfProject.keys()) note("project", project, at(project));
  const habits = await service.habits.within(PATIENCE_MS).catch((error: unknown) => {
    service.onError(error, request);
    return undefined;
  });
  for (const { instance, project, machine, user, group } of habits?.hosts.values() ?? []) {
    note("host", instance, at(project));
    note("machine", machine, at(project));
    note("user", user, at(project));
    note("group", group, at(project));
  }
  return ({ kind, name }) => [...(sites.get(`${kind}:${name}`) ?? [])];
}

const PATIENCE_MS = 500;
