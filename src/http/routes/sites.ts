import * as z from "zod";
import { formatInstant } from "../../usage/hour.js";
import { VERSION } from "../../usage/version.js";
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

type Condition = "ok" | "failing";

interface HealthReply {
  readonly status: Condition;
  readonly version: string;
  readonly at: string;
  readonly checks: { readonly usage: Condition; readonly workspaces: Condition | "not offered" };
}

const condition = z.enum(["ok", "failing"]);
const healthReply: z.ZodType<HealthReply> = z.strictObject({
  status: condition,
  version: z.string(),
  at: z.iso.datetime(),
  checks: z.strictObject({ usage: condition, workspaces: z.enum(["ok", "failing", "not offered"]) }),
});

export const healthRoute: Route = jsonRoute({
  name: "health",
  path: "/health",
  summary: "Whether the stores answer: 200 if they do, 503 if not.",
  query: NONE,
  reply: healthReply,
  example: {
    status: "ok",
    version: VERSION,
    at: "2025-09-10T12:00:00Z",
    checks: { usage: "ok", workspaces: "ok" },
  },
  maxAgeSeconds: 0,
  status: ({ status }) => (status === "ok" ? 200 : 503),
  answer: async ({ service, request }) => {
    const { signal } = request;
    const check = async (ask: () => Promise<unknown>): Promise<Condition> => {
      try {
        await ask();
        return "ok";
      } catch (error) {
        service.onError(error, request);
        return "failing";
      }
    };
    const { workspaces } = service.options;
    const [site = "none"] = Object.keys(service.sites);
    const checkWorkspaces = async (): Promise<Condition | "not offered"> => {
      if (workspaces === undefined) return "not offered";
      // What is watched has been asked a moment ago: ten thousand workspaces are not read again for a yes.
      const isAnswered = service.live?.isAnswered(site);
      if (isAnswered !== undefined) return isAnswered ? "ok" : "failing";
      return check(() => workspaces.active(site, { signal }));
    };
    const checks = {
      usage: await check(() => service.usage.scopes("project", { signal })),
      workspaces: await checkWorkspaces(),
    };
    const status = Object.values(checks).includes("failing") ? "failing" : "ok";
    return { status, version: VERSION, at: formatInstant(service.clock()), checks };
  },
});
