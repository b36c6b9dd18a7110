import * as z from "zod";
import { formatInstant } from "../../usage/hour.js";
import type { Admitted } from "../admitted.js";
import { EXAMPLE_MODELS, modelsSchema } from "../models.js";
import { placeOfSource } from "../place-of-source.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { texts, time } from "../schemas.js";

const meReply = z.strictObject({
  /** `null` for somebody who has not signed in; `user` is `null` where only what may be seen is known, and not by whom. */
  viewer: z
    .strictObject({ user: z.string().nullable(), groups: texts, seesEveryone: z.boolean() })
    .nullable(),
  /** Whether this service can know who asks: where it cannot, nobody signs in. */
  knowsViewers: z.boolean(),
  simulated: z.boolean(),
  /** Whose days, months and years are meant where a request does not say. */
  zone: z.string(),
  now: time,
  sites: z.array(z.strictObject({ site: z.string(), projects: texts })),
  /** The power model of estimates and of what stopping saves, with its constants. */
  model: z.string(),
  models: modelsSchema,
  /** Show this line with intensities. */
  licence: z.string().nullable(),
  /** The intensity's source, and the part of the grid that it is of. */
  grid: z.strictObject({ name: z.string(), zone: z.string() }).nullable(),
  /** While no host of any site is found: why, and what to set. */
  noHosts: z.string().nullable(),
  /** What this service can answer. */
  has: z.strictObject({
    workspaces: z.boolean(),
    intensity: z.boolean(),
    averages: z.boolean(),
    /** Whether hours of hosts are stored, of which lists by site, explanations and idle machines are made. */
    hosts: z.boolean(),
    budgets: z.boolean(),
    console: z.boolean(),
  }),
});
export type MeReply = z.infer<typeof meReply>;

/** Who asks and what there is: what a page asks first. */
export const meRoute: Route = jsonRoute({
  name: "me",
  path: "/me",
  summary: "Who asks, and what this service can answer.",
  query: NONE,
  reply: meReply,
  example: {
    viewer: { user: "amara", groups: ["Muons"], seesEveryone: false },
    knowsViewers: true,
    simulated: false,
    zone: "Europe/London",
    now: "2025-09-10T12:10:00Z",
    sites: [{ site: "isis", projects: ["IDAaaS"] }],
    model: EXAMPLE_MODELS.hourly,
    models: EXAMPLE_MODELS,
    licence: null,
    grid: { name: "gb-carbon-intensity/region-12", zone: "South England" },
    noHosts: null,
    has: {
      workspaces: true,
      intensity: true,
      averages: true,
      hosts: true,
      budgets: false,
      console: false,
    },
  },
  maxAgeSeconds: 0,
  answer: async (admitted): Promise<MeReply> => {
    const { service, request } = admitted;
    const { options, grids } = service;
    const grid = grids?.others ?? null;
    const hosts = await service.usage.scopes("host", { signal: request.signal });
    return {
      viewer: viewerOf(admitted),
      knowsViewers: admitted.isPrivate,
      simulated: service.simulated,
      zone: service.zone,
      now: formatInstant(service.clock()),
      sites: Object.entries(service.sites).map(([site, projects]) => ({ site, projects })),
      model: service.power.id,
      models: service.models,
      licence: grid?.licence ?? options.licence ?? null,
      grid: grid === null ? null : { name: grid.id, zone: placeOfSource(grid.id) },
      noHosts: noHostsFor(admitted),
      has: {
        workspaces: options.workspaces !== undefined,
        intensity: grid !== null,
        averages: options.averages !== undefined,
        hosts: hosts.length > 0,
        budgets: options.budgets !== undefined,
        console: options.consoleUrl !== undefined,
      },
    };
  },
});

/** Labels and projects are named to whoever may see everything, and where nobody signs in. */
function noHostsFor({ service, grant }: Admitted): string | null {
  const text = service.options.noHosts?.() ?? null;
  if (text === null || !service.isPrivate || grant === "all") return text;
  return "no host is up at any site; the log of the service says what to set";
}

/** By the host application's word, or else by what its hook lets somebody see. */
function viewerOf({ context: { viewer }, grant }: Admitted): MeReply["viewer"] {
  if (viewer !== undefined)
    return { user: viewer.user, groups: viewer.groups ?? [], seesEveryone: grant === "all" };
  if (grant === "all") return { user: null, groups: [], seesEveryone: true };
  const [user] = grant;
  return user === undefined ? null : { user, groups: [], seesEveryone: false };
}
