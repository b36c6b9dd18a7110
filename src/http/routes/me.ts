import * as z from "zod";
import { formatInstant } from "../../usage/hour.js";
import type { Admitted } from "../admitted.js";
import { EXAMPLE_MODELS, modelsSchema, type ShownModels } from "../models.js";
import { placeOfSource } from "../place-of-source.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";

interface ViewerReply {
  /** `null` where the host application only says what may be seen, and not by whom. */
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly seesEveryone: boolean;
}

export interface MeReply {
  /** `null` for somebody who has not signed in. */
  readonly viewer: ViewerReply | null;
  /** Whether this service can know who asks: where it cannot, nobody signs in. */
  readonly knowsViewers: boolean;
  readonly simulated: boolean;
  /** Whose days, months and years are meant where a request does not say. */
  readonly zone: string;
  readonly now: string;
  readonly sites: readonly { readonly site: string; readonly projects: readonly string[] }[];
  /** The power model of estimates and of what stopping saves, with its constants. */
  readonly model: string;
  readonly models: ShownModels;
  /** Show this line with intensities. */
  readonly licence: string | null;
  /** The intensity's source, and the part of the grid that it is of. */
  readonly grid: { readonly name: string; readonly zone: string } | null;
  /** While no host of any site is found: why, and what to set. */
  readonly noHosts: string | null;
  /** What this service can answer. */
  readonly has: {
    readonly workspaces: boolean;
    readonly intensity: boolean;
    readonly averages: boolean;
    /** Whether hours of hosts are stored, of which lists by site, explanations and idle machines are made. */
    readonly hosts: boolean;
    readonly budgets: boolean;
    readonly console: boolean;
  };
}

const meReply: z.ZodType<MeReply> = z.strictObject({
  viewer: z
    .strictObject({ user: z.string().nullable(), groups: z.array(z.string()), seesEveryone: z.boolean() })
    .nullable(),
  knowsViewers: z.boolean(),
  simulated: z.boolean(),
  zone: z.string(),
  now: z.iso.datetime(),
  sites: z.array(z.strictObject({ site: z.string(), projects: z.array(z.string()) })),
  model: z.string(),
  models: modelsSchema,
  licence: z.string().nullable(),
  grid: z.strictObject({ name: z.string(), zone: z.string() }).nullable(),
  noHosts: z.string().nullable(),
  has: z.strictObject({
    workspaces: z.boolean(),
    intensity: z.boolean(),
    averages: z.boolean(),
    hosts: z.boolean(),
    budgets: z.boolean(),
    console: z.boolean(),
  }),
});

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
  answer: async ({ ...admitted }): Promise<MeReply> => {
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
function viewerOf({ context: { viewer }, grant }: Admitted): ViewerReply | null {
  if (viewer !== undefined)
    return { user: viewer.user, groups: viewer.groups ?? [], seesEveryone: grant === "all" };
  if (grant === "all") return { user: null, groups: [], seesEveryone: true };
  const [user] = grant;
  return user === undefined ? null : { user, groups: [], seesEveryone: false };
}
