import { UsageReader } from "../reports/usage-reader.js";
import { grantOf } from "./access.js";
import type { RequestContext } from "./context.js";
import { crossOrigin, preflight } from "./cors.js";
import type { HandlerOptions } from "./options.js";
import { methodNotAllowed, notFound, problemOf, problemReply } from "./problem.js";
import { matchPath, type Params, type Route } from "./route.js";
import { ALL_ROUTES } from "./routes/all.js";
import { type Service, serviceOf } from "./service.js";

/** Answers a request; never rejects. The context says what the host application knows of who asks. */
export type Handler = (request: Request, context?: RequestContext) => Promise<Response>;

/**
 * The HTTP service as one Web-standard function: for `Deno.serve` and `Bun.serve` as it is, for Hono as
 * `app.mount("/carbon", handler)`, for `node:http`, Express and Fastify through {@link toNodeListener}.
 *
 * It reads and never writes. Errors are `application/problem+json`; `/openapi.json` describes every route.
 * Without `authorise`, sums over many people are shown and nobody's own data: no list of users, no user's or
 * host's history, workspaces without owner and host name.
 *
 * @throws {AdaCarbonError} `bad-input` for a basePath, site or zone that cannot be.
 *
 * @example
 * import { createHandler } from "ada-carbon/http";
 * import { memoryUsageStore } from "ada-carbon/memory";
 *
 * const handler = createHandler({ usage: memoryUsageStore(), sites: { isis: ["IDAaaS"] } });
 * const reply = await handler(new Request("http://localhost/sites/ral/totals"));
 * assert.equal(reply.status, 404);
 * const problem = await reply.json();
 * assert.deepEqual(problem.known, ["isis"]);
 */
export function createHandler(options: HandlerOptions): Handler {
  const service = serviceOf(options);
  // What a viewer is shown is kept by nobody else.
  const privately: Service = { ...service, isPrivate: true };
  return async (request, context = {}) => {
    const origins = options.corsOrigins ?? [];
    const reply = await answer(context.viewer === undefined ? service : privately, request, context).catch(
      (error: unknown) => failure(service, request, error),
    );
    return crossOrigin(request, forMethod(request, reply), origins);
  };
}

async function answer(service: Service, request: Request, context: RequestContext): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const { route, params } = routeFor(service, pathname);
  if (request.method === "OPTIONS") return preflight();
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed(request.method);
  const pending = route.begin(params, searchParams);
  const wanted = { route: route.name, scope: pending.scope, site: pending.site };
  const grant = await grantOf(service.authorise, request, wanted, context);
  const reader = new UsageReader(service.usage, { signal: request.signal });
  return pending.answer({ request, service, grant, reader });
}

function routeFor({ basePath }: Service, pathname: string): { route: Route; params: Params } {
  const isOurs = pathname === basePath || pathname.startsWith(`${basePath}/`);
  // A slash at the end is the same place.
  const path = `/${pathname.slice(basePath.length).replace(/^\/+|\/+$/g, "")}`;
  for (const route of isOurs ? ALL_ROUTES : []) {
    const params = matchPath(route.path, path);
    if (params !== undefined) return { route, params };
  }
  const known = ALL_ROUTES.map((route) => `${basePath}${route.path}`);
  throw notFound("unknown-path", `nothing is at ${pathname}`, known);
}

function failure(service: Service, request: Request, error: unknown): Response {
  const { problem, headers, inside } = problemOf(error);
  // Somebody who has gone away is no trouble of ours.
  if (inside && !request.signal.aborted) service.onError(error, request);
  return problemReply({ problem, headers });
}

/** HEAD is GET without the body. */
function forMethod(request: Request, reply: Response): Response {
  reply.headers.set("x-content-type-options", "nosniff");
  if (request.method !== "HEAD" || reply.body === null) return reply;
  const { status, headers } = reply;
  return new Response(null, { status, headers });
}
