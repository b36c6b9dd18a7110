import { htmlText } from "../codecs/html.js";
import { badInput } from "../usage/errors.js";
import {
  assertArgument,
  assertOptions,
  optional,
  REQUEST,
  type Rules,
  TEXT,
  TEXTS,
} from "../usage/options.js";
import { Assets } from "./assets.js";

/** Where the page and its API are, and what it shows. */
export interface AnalysisPageOptions {
  /** The sites, in the order of their links; the first is shown where none is named. */
  readonly sites: readonly string[];
  /**
   * Where the HTTP service is: a path below {@link AnalysisPageOptions.basePath} such as `api` (the default), a path from
   * the root such as `/carbon/api`, or a URL of another origin, which must then allow ours.
   */
  readonly api?: string | undefined;
  /** What comes before the page's paths, such as `/carbon`, with or without slashes at its ends. Default nothing. */
  readonly basePath?: string | undefined;
  /** Origins whose pages may hold this one in a frame, such as `https://portal.example`. Default none. */
  readonly frameAncestors?: readonly string[] | undefined;
  /** The zone of days and times, such as `Europe/London`. Default that of the service. */
  readonly zone?: string | undefined;
}

const PAGE_OPTIONS: Rules<AnalysisPageOptions> = {
  sites: TEXTS,
  api: optional(TEXT),
  basePath: optional(TEXT),
  frameAncestors: optional(TEXTS),
  zone: optional(TEXT),
};

/** Answers a request for the page or one of its files; never rejects. */
export type AnalysisPage = (request: Request) => Promise<Response>;

/**
 * The Analysis page, ready made: HTML and one script, as one Web-standard function. `<basePath>/` leads to the first
 * site, `<basePath>/<site>/` is the page of a site. It asks nothing of other hosts, and all its URLs are relative, so it
 * works behind any prefix; the numbers come from the handler of `ada-carbon/http`.
 *
 * As a part of somebody's own page, the script alone is enough:
 *
 *     <script type="module" src="/carbon/assets/analysis.js"></script>
 *     <ada-carbon-analysis api="/carbon/api" site="isis"></ada-carbon-analysis>
 *
 * @throws {AdaCarbonError} `bad-input` for options that cannot be.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { analysisPage } from "ada-carbon/page";
 *
 * const page = analysisPage({ sites: ["isis", "clf"], basePath: "/carbon" });
 * const reply = await page(new Request("http://localhost/carbon/isis/"));
 * assert.equal(reply.status, 200);
 * assert.match(await reply.text(), /<ada-carbon-analysis api="..\/api" site="isis">/);
 */
export function analysisPage(options: AnalysisPageOptions): AnalysisPage {
  assertOptions("analysisPage", options, PAGE_OPTIONS);
  const { sites, api = "api", zone = "" } = options;
  const basePath = `/${(options.basePath ?? "").replace(/^\/+|\/+$/g, "")}`.replace(/^\/$/, "");
  const policy = contentSecurityPolicy(api, options.frameAncestors ?? []);
  const assets = new Assets();
  const [first] = sites;
  if (first === undefined || sites.some((site) => site === ""))
    throw badInput("the page needs a site at least, and each must have a name");

  return async (request) => {
    assertArgument("the page", "request", request, REQUEST);
    const reply = await answer(request);
    reply.headers.set("content-security-policy", policy);
    reply.headers.set("x-content-type-options", "nosniff");
    reply.headers.set("referrer-policy", "no-referrer");
    return request.method === "HEAD" ? new Response(null, reply) : reply;
  };

  async function answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD")
      return text(405, "Only GET and HEAD are answered here.", { allow: "GET, HEAD" });
    const { pathname, search } = new URL(request.url);
    if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return notHere();
    const parts = pathname.slice(basePath.length + 1).split("/");
    const [site = "", rest] = parts;
    if (pathname === basePath) return redirect(`${lastPart(basePath)}/${search}`);
    if (site === "" && rest === undefined)
      return redirect(`${encodeURIComponent(first as string)}/${search}`);
    if (site === "assets" && parts.length === 2 && rest !== "") return assets.reply(request, rest ?? "");
    const known = sites.find((name) => encodeURIComponent(name) === site || name === site);
    if (known === undefined) return text(404, `There is no such site. The sites are ${sites.join(", ")}.`);
    if (rest === undefined) return redirect(`${site}/${search}`);
    if (rest !== "" || parts.length > 2) return notHere();
    return html(pageHtml({ site: known, zone, api: isRelative(api) ? `../${api}` : api }));
  }

  function notHere(): Response {
    return text(404, "There is nothing here.");
  }
}

/** Only our own script runs; it may ask our service and nobody else. */
function contentSecurityPolicy(api: string, frameAncestors: readonly string[]): string {
  const wrongOrigin = frameAncestors.find((origin) => !/^(https?:\/\/[^\s;,'"]+|'self')$/.test(origin));
  if (wrongOrigin !== undefined)
    throw badInput(
      `the frame ancestor ${JSON.stringify(wrongOrigin)} must be an origin such as https://portal.example, or 'self'`,
    );
  if (!isRelative(api) && !api.startsWith("/") && !URL.canParse(api))
    throw badInput(`the api ${JSON.stringify(api)} must be a path or a URL`);
  const connect = URL.canParse(api) ? `'self' ${new URL(api).origin}` : "'self'";
  const ancestors = frameAncestors.length === 0 ? "'none'" : frameAncestors.join(" ");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors}`,
  ].join("; ");
}

function isRelative(api: string): boolean {
  return !api.startsWith("/") && !/^[a-z][a-z0-9+.-]*:/i.test(api);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A relative place: a proxy may have taken away what came before our paths. */
function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

function html(body: string): Response {
  return new Response(body, {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
  });
}

function text(status: number, body: string, more: Record<string, string> = {}): Response {
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...more },
  });
}

interface PageText {
  readonly site: string;
  readonly zone: string;
  readonly api: string;
}

/** The document around the element. Without JavaScript it says where the numbers are. */
function pageHtml({ site, zone, api }: PageText): string {
  const zoneAttribute = zone === "" ? "" : ` zone="${htmlText(zone)}"`;
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(site)}: energy and carbon</title>
<link rel="icon" href="../assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../assets/page.css">
<script src="../assets/analysis.js" type="module"></script>
</head>
<body>
<ada-carbon-analysis api="${htmlText(api)}" site="${htmlText(site)}"${zoneAttribute}></ada-carbon-analysis>
<noscript><p>This page needs JavaScript to show numbers; <a href="${htmlText(api)}/docs">the API</a> does not.</p></noscript>
</body>
</html>
`;
}
