import type { RequestContext } from "../http/context.js";
import type { Handler } from "../http/handler.js";
import { ProblemError, problemReply } from "../http/problem.js";
import { badInput } from "../usage/errors.js";
import { compressed } from "./compressed.js";
import { type AddressSet, clientAddress } from "./identity/addresses.js";
import type { Identify } from "./identity/identity.js";
import { aliveReply, type Readiness } from "./readiness.js";

/** Below the service's base path, where the API is. */
export const API_PATH = "/api";

export interface ServeHandlerOptions {
  /** With {@link cleanBasePath}; the API knows its own. */
  readonly basePath: string;
  /** The API, at the base path and {@link API_PATH}. */
  readonly api: Handler;
  /** The pages, at the base path. Without it the API says there what it has. */
  readonly page?: ((request: Request) => Promise<Response>) | undefined;
  readonly identify: Identify;
  /** Proxies that say truly whom they ask for. */
  readonly trusted: AddressSet;
  readonly readiness: Pick<Readiness, "reply">;
}

/**
 * Everything the service answers: pages, API, `/metrics`, and for those who watch over it `/health` and `/ready`,
 * which are also there without the base path, as probes do not come through the proxy.
 */
export function serveHandler(options: ServeHandlerOptions): Handler {
  const { basePath, api, page, readiness } = options;
  const atApi = (request: Request, path: string): Request => atPath(request, basePath + API_PATH + path);
  return compressed(async (request, context = {}) => {
    const { pathname } = new URL(request.url);
    const isBelow = pathname === basePath || pathname.startsWith(`${basePath}/`);
    const path = isBelow ? pathname.slice(basePath.length) : pathname;
    if (path === "/health") return aliveReply();
    if (path === "/ready") return readiness.reply();
    const toApi = (asked: Request): Promise<Response> => askedBySomebody(options, api, asked, context);
    if (path === "/metrics") return toApi(atApi(request, path));
    if (!isBelow || path === "")
      return pathname === "/" || path === "" ? toStart(basePath) : nothingAt(pathname);
    if (path === API_PATH || path.startsWith(`${API_PATH}/`)) return toApi(request);
    if (page !== undefined) return page(request);
    return path === "/" ? toApi(atApi(request, "/")) : nothingAt(pathname);
  });
}

/** `/carbon` for `carbon`, `/carbon` and `/carbon/`; empty for `/`. */
export function cleanBasePath(given: string): string {
  const inner = given.replace(/^\/+|\/+$/g, "");
  if (inner === "") return "";
  if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(inner) || inner.split("/").some((part) => /^\.+$/.test(part))) {
    throw badInput(
      `the base path ${JSON.stringify(given)} must be like /carbon: letters, digits, - . _ ~ and slashes`,
    );
  }
  return `/${inner}`;
}

/** The API is told who asks; whoever claims to be who they are not is told so. */
async function askedBySomebody(
  { identify, trusted }: ServeHandlerOptions,
  api: Handler,
  asked: Request,
  context: RequestContext,
): Promise<Response> {
  const peer = context.clientAddress;
  try {
    const { request, ...who } = await identify({ request: asked, peer });
    const address = clientAddress(peer, request.headers.get("x-forwarded-for"), trusted);
    return await api(request, {
      ...(address === undefined ? {} : { clientAddress: address }),
      // With a member also where nobody has signed in: then no shared cache keeps a reply that another may ask for.
      ...who,
    });
  } catch (error) {
    if (error instanceof ProblemError) return problemReply(error);
    throw error;
  }
}

function atPath(request: Request, path: string): Request {
  const url = new URL(request.url);
  url.pathname = path;
  return new Request(url, request);
}

function toStart(basePath: string): Response {
  return new Response(null, { status: 302, headers: { location: `${basePath}/` } });
}

function nothingAt(pathname: string): Response {
  const details = { name: "unknown-path", status: 404, title: "Not found" };
  return problemReply(new ProblemError("not-found", details, `nothing is at ${pathname}`));
}
