// The web application: static files of the page, and the library's handler for everything with numbers.
// It knows no simulation: a real host gives it real adapters and its own `authorise`.
import { createHandler, type Handler, type HandlerOptions } from "ada-carbon/http";
import { type StaticFiles, staticFiles } from "./files.js";

/** Where the library's routes are. */
const API = "/api/carbon";

/** Only our own files run and style; nothing is sent or framed elsewhere. */
const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** The page at `/analysis/<site>/`, its files and its data, as one handler. */
export function analysisApp(options: Omit<HandlerOptions, "basePath">): Handler {
  const api = createHandler({ ...options, basePath: API });
  const files = staticFiles();
  const sites = Object.keys(options.sites);
  return async (request, context) => {
    const { pathname } = new URL(request.url);
    if (pathname === API || pathname.startsWith(`${API}/`)) return api(request, context);
    const reply = await page(pathname, sites, files);
    for (const [name, value] of Object.entries(SECURITY)) reply.headers.set(name, value);
    return reply;
  };
}

async function page(pathname: string, sites: readonly string[], files: StaticFiles): Promise<Response> {
  const [first = "isis"] = sites;
  if (pathname === "/" || pathname === "/analysis" || pathname === "/analysis/")
    return redirect(`/analysis/${encodeURIComponent(first)}/`);
  const site = /^\/analysis\/([^/]+)(\/?)$/.exec(pathname);
  if (site !== null) {
    const [, name = "", slash] = site;
    if (!sites.some((known) => encodeURIComponent(known) === name))
      return text(404, `There is no such site. The sites are ${sites.join(", ")}.\n`);
    return slash === "" ? redirect(`${pathname}/`) : files.read("index.html");
  }
  if (pathname.startsWith("/assets/")) return files.read(pathname.slice("/assets/".length));
  return text(404, "There is nothing here. Try /analysis/isis/.\n");
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

function text(status: number, body: string): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
