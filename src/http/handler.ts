import { UsageReader } from "../reports/usage-reader.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import { assertArgument, REQUEST } from "../usage/options.js";
import { type Grant, grantOf } from "./access.js";
import { assertContext, CONTEXT, type RequestContext } from "./context.js";
import { assertMaySeeSum } from "./one-person.js";
import type { HandlerOptions } from "./options.js";
import { badInput, methodNotAllowed, notFound, problemOf, problemReply, uriTooLong } from "./problem.js";
import { matchPath, type Params, type Route } from "./route.js";
import { ALL_ROUTES } from "./routes/all.js";
import { type Service, serviceOf } from "./service.js";
import { challengeOf } from "./sign-in.js";

/** Answers a request, of whose sender the host application may know more than is in it; never rejects. */
export type Handler = (request: Request, context?: RequestContext) => Promise<Response>;

/**
 * The HTTP service as one Web-standard function: for `Deno.serve` and `Bun.serve` as it is, for Hono as
 * `app.mount("/carbon", handler)`, for `node:http`, Express and Fastify through {@link toNodeListener}.
 *
 * It reads and never writes. Errors are `application/problem+json`; `/openapi.json` describes every route.
 * Without `authorise`, a viewer whom the host application hands over with the request sees their own data; everybody
 * else sees sums over many people: no user's or host's history, workspaces without owner, group and host name.
 *
 * @throws {AdaCarbonError} `bad-input` for a basePath, site or zone that cannot be.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { createHandler } from "ada-carbon/http";
 * import { memoryUsageStore } from "ada-carbon/memory";
 *
 * const handler = createHandler({ usage: memoryUsageStore(), sites: { isis: ["IDAaaS"] } });
 * const reply = await handler(new Request("http://localhost/v1/sites/ral/totals"));
 * assert.equal(reply.status, 404);
 * const problem = await reply.json();
 * assert.deepEqual(problem.known, ["isis"]);
 */
export function createHandler(options: HandlerOptions): Handler {
  return createCountingHandler(options).handler;
}

/** A handler that begins when it is told to, and not with the first request. */
export interface CountingHandler {
  readonly handler: Handler;
  /** What is stored from now on is counted by `/metrics`; meanwhile it is read how hosts are used, which takes seconds. */
  countFromNow(signal: AbortSignal): Promise<void>;
  /** All sessions that go on, as they have just been measured: watts of now are known before anybody asks. */
  measured(sessions: readonly WorkspaceSession[]): void;
}

export function createCountingHandler(options: HandlerOptions): CountingHandler {
  const service = serviceOf(options);
  return {
    handler: handlerOf(service, options),
    countFromNow: async (signal) => {
      // A failure is told to whoever asks for it, and made up for then.
      void service.habits.read();
      await service.storedEnergy.begin({ signal });
      const { workspaces } = options;
      if (workspaces === undefined) return;
      await service.countedSessions.read(workspaces, Object.keys(service.sites), service.clock(), { signal });
    },
    measured: (sessions) => {
      const bySite = Map.groupBy(sessions, ({ site }) => site);
      for (const site of Object.keys(service.sites)) service.recent.note(site, bySite.get(site) ?? []);
    },
  };
}

function handlerOf(service: Service, options: HandlerOptions): Handler {
  return async (request, context = {}) => {
    assertArgument("the handler", "request", request, REQUEST);
    assertArgument("the handler", "context", context, CONTEXT);
    const origins = options.corsOrigins ?? [];
    const reply = await answer(service, request, context).catch((error: unknown) =>
      failure(service, request, error),
    );
    return crossOrigin(request, forMethod(request, reply), origins);
  };
}

/** No name and no list of ours makes a URL longer than this. */
const MOST_URL = 8192;

/** What a route that is open to everybody may show of anybody's own data. */
const NOBODYS: Grant = new Set();

async function answer(service: Service, request: Request, context: RequestContext): Promise<Response> {
  assertContext(context);
  const { pathname, search, searchParams } = new URL(request.url);
  assertReadable(pathname + search);
  const { route, params } = routeFor(service, pathname);
  if (request.method === "OPTIONS") return preflight();
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed(request.method);
  const pending = route.begin(params, searchParams);
  const wanted = { route: route.name, scope: pending.scope, site: pending.site };
  const grant = route.isOpen ? NOBODYS : await grantOf(service.authorise, request, wanted, context);
  if (wanted.scope !== null) await assertMaySeeSum(grant, service, wanted.scope);
  const reader = new UsageReader(service.usage, { signal: request.signal });
  const isPrivate = service.isPrivate || "viewer" in context;
  const client = clientOf(request, context);
  return pending.answer({ request, client, service, grant, context, isPrivate, reader });
}

/** Refuses a URL that is too long, and bytes that are no text: read as something else, they would name another. */
function assertReadable(target: string): void {
  if (target.length > MOST_URL) throw uriTooLong(target.length, MOST_URL);
  try {
    decodeURIComponent(target);
  } catch (error) {
    if (error instanceof URIError) throw badInput("the URL is not percent-encoded UTF-8");
    throw error;
  }
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
  const challenge = problem.status === 401 ? { "www-authenticate": challengeOf(service.signIn) } : {};
  return problemReply({ problem, headers: { ...challenge, ...headers } });
}

/** HEAD is GET without the body. */
function forMethod(request: Request, reply: Response): Response {
  reply.headers.set("x-content-type-options", "nosniff");
  if (request.method !== "HEAD" || reply.body === null) return reply;
  const { status, headers } = reply;
  return new Response(null, { status, headers });
}

/** One spelling of who a request counts for; `null` where nothing is known of them. */
function clientOf(request: Request, context: RequestContext | undefined): string | null {
  const { viewer, clientAddress, remoteAddr } = context ?? {};
  if (viewer !== undefined) return `user ${viewer.user}`;
  const address = clientAddress ?? remoteAddr?.hostname ?? addressInBun(request, context);
  return typeof address === "string" && address !== "" ? `address ${networkOf(address)}` : null;
}

function addressInBun(request: Request, context: RequestContext | undefined): string | undefined {
  return typeof context?.requestIP === "function" ? context.requestIP(request)?.address : undefined;
}

/** An IPv4 address as it is. Of an IPv6 address the first 64 bits: whoever has one has all others of them, too. */
function networkOf(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined || !bare.includes(":")) return mapped ?? bare;
  const [left = "", right] = bare.split("::");
  const leading = left === "" ? [] : left.split(":");
  const trailing = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - leading.length - trailing.length);
  const groups = [...leading, ...Array.from({ length: zeros }, () => "0"), ...trailing];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/** An answer to OPTIONS; which origins may ask is added by {@link crossOrigin}. */
function preflight(): Response {
  return new Response(null, { status: 204, headers: { allow: "GET, HEAD, OPTIONS" } });
}

/** Lets scripts of the listed origins read the reply. Cookies of this service are never sent with them. */
function crossOrigin(request: Request, reply: Response, origins: readonly string[]): Response {
  if (origins.length === 0) return reply;
  reply.headers.append("vary", "origin");
  const origin = request.headers.get("origin");
  if (origin === null || !(origins.includes(origin) || origins.includes("*"))) return reply;
  reply.headers.set("access-control-allow-origin", origins.includes("*") ? "*" : origin);
  reply.headers.set("access-control-expose-headers", "etag, retry-after");
  if (request.method === "OPTIONS") {
    reply.headers.set("access-control-allow-methods", "GET, HEAD");
    reply.headers.set("access-control-allow-headers", "authorization, if-none-match");
    reply.headers.set("access-control-max-age", "600");
  }
  return reply;
}
