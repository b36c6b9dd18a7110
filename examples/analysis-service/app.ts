// The web application: the library's page and the library's handler for everything with numbers, under one roof.
// It knows no simulation: a real host gives it real adapters and its own viewers.
import { createHandler, type Handler, type HandlerOptions, type Viewer } from "ada-carbon/http";
import { analysisPage } from "ada-carbon/page";

const BASE_PATH = "/analysis";

/** The page at `/analysis/<site>/` and its data at `/analysis/api/`, as one handler. */
export function analysisApp(
  options: Omit<HandlerOptions, "basePath">,
  viewerOf: (request: Request) => Viewer | undefined,
): Handler {
  const { sites, zone } = options;
  const api = createHandler({ ...options, basePath: `${BASE_PATH}/api` });
  const page = analysisPage({ sites: Object.keys(sites), basePath: BASE_PATH, api: "api", zone });
  return (request, context) => {
    const { pathname } = new URL(request.url);
    const isData = pathname === `${BASE_PATH}/api` || pathname.startsWith(`${BASE_PATH}/api/`);
    if (isData) return api(request, { ...context, viewer: viewerOf(request) });
    return pathname === "/"
      ? Promise.resolve(Response.redirect(new URL(`${BASE_PATH}/`, request.url)))
      : page(request);
  };
}
