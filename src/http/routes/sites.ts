import * as z from "zod";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { texts } from "../schemas.js";

export const sitesRoute: Route = jsonRoute({
  name: "sites",
  path: "/sites",
  summary: "The sites, and the projects of each.",
  query: NONE,
  reply: z.strictObject({
    sites: z.array(z.strictObject({ site: z.string(), projects: texts })),
    simulated: z.boolean(),
  }),
  example: { sites: [{ site: "isis", projects: ["IDAaaS"] }], simulated: false },
  maxAgeSeconds: 300,
  answer: async ({ service }) => ({
    sites: Object.entries(service.sites).map(([site, projects]) => ({ site, projects })),
    simulated: service.simulated,
  }),
});
