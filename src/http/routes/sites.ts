import * as z from "zod";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";

interface SitesReply {
  readonly sites: readonly { readonly site: string; readonly projects: readonly string[] }[];
  readonly simulated: boolean;
}

const sitesReply: z.ZodType<SitesReply> = z.strictObject({
  sites: z.array(z.strictObject({ site: z.string(), projects: z.array(z.string()) })),
  simulated: z.boolean(),
});

export const sitesRoute: Route = jsonRoute({
  name: "sites",
  path: "/sites",
  summary: "The sites, and the projects of each.",
  query: NONE,
  reply: sitesReply,
  example: { sites: [{ site: "isis", projects: ["IDAaaS"] }], simulated: false },
  maxAgeSeconds: 300,
  answer: async ({ service }) => ({
    sites: Object.entries(service.sites).map(([site, projects]) => ({ site, projects })),
    simulated: service.simulated,
  }),
});
