import * as z from "zod";
import { DAY_MS, formatInstant, formatInstantOrNull, HOUR_MS } from "../../usage/hour.js";
import { ADA } from "../../usage/scope.js";
import { VERSION } from "../../usage/version.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { time } from "../schemas.js";

/** Whether the process lives. Whoever restarts it when it does not should not do so for a store that is away. */
export const healthRoute: Route = jsonRoute({
  name: "health",
  path: "/health",
  summary: "Whether this service runs; what it needs is asked by /ready.",
  isOpen: true,
  query: NONE,
  reply: z.strictObject({ status: z.literal("ok"), version: z.string(), at: time }),
  example: { status: "ok", version: VERSION, at: "2025-09-10T12:00:00Z" },
  maxAgeSeconds: 0,
  answer: async ({ service }) => ({
    status: "ok",
    version: VERSION,
    at: formatInstant(service.clock()),
  }),
});

const condition = z.enum(["ok", "failing", "stale", "not offered"]);
type Condition = z.infer<typeof condition>;

const readyReply = z.strictObject({
  status: z.enum(["ok", "failing"]),
  version: z.string(),
  at: time,
  /** The end of the last hour of usage that is known; `null` where none of the last days is. */
  usageUntil: time.nullable(),
  checks: z.strictObject({
    usage: condition,
    workspaces: condition,
    /** `stale` where the last hour that is known is older than three hours: then sync does not run. */
    data: condition,
  }),
});

const FRESH_MS = 3 * HOUR_MS;

export const readyRoute: Route = jsonRoute({
  name: "ready",
  path: "/ready",
  summary: "Whether the stores answer and their data are fresh: 200 if the stores do, 503 if not.",
  isOpen: true,
  otherStatuses: { 503: "A store does not answer." },
  query: NONE,
  reply: readyReply,
  example: {
    status: "ok",
    version: VERSION,
    at: "2025-09-10T12:00:00Z",
    usageUntil: "2025-09-10T11:00:00Z",
    checks: { usage: "ok", workspaces: "ok", data: "ok" },
  },
  maxAgeSeconds: 0,
  status: ({ status }) => (status === "ok" ? 200 : 503),
  answer: async ({ service, request }): Promise<z.infer<typeof readyReply>> => {
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
    const now = service.clock();
    const { workspaces } = service.options;
    const [site = "none"] = Object.keys(service.sites);
    let until: number | null = null;
    const usage = await check(async () => {
      const { hours } = await service.usage.read(ADA, { from: now - 7 * DAY_MS, to: now }, { signal });
      const last = hours.at(-1);
      until = last === undefined ? null : last + HOUR_MS;
    });
    const checkWorkspaces = async (): Promise<Condition> => {
      if (workspaces === undefined) return "not offered";
      // What is watched has been asked a moment ago: ten thousand workspaces are not read again for a yes.
      const isAnswered = service.live?.isAnswered(site);
      if (isAnswered !== undefined) return isAnswered ? "ok" : "failing";
      return check(() => workspaces.active(site, { signal }));
    };
    const checks = {
      usage,
      workspaces: await checkWorkspaces(),
      data: usage === "ok" ? freshness(until, now) : usage,
    } as const;
    const isFailing = checks.usage === "failing" || checks.workspaces === "failing";
    return {
      status: isFailing ? "failing" : "ok",
      version: VERSION,
      at: formatInstant(now),
      usageUntil: formatInstantOrNull(until),
      checks,
    };
  },
});

/** A service that shows old hours is of use still: being stale is said, and no failure. */
function freshness(until: number | null, now: number): Condition {
  return until !== null && now - until <= FRESH_MS ? "ok" : "stale";
}
