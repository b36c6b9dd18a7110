import { NONE } from "../query.js";
import { cacheControl } from "../reply.js";
import { type Route, rawRoute } from "../route.js";
import { collectMetrics } from "./collect.js";
import { type MetricsFormat, OPENMETRICS, PROMETHEUS_TEXT } from "./text.js";

export const metricsRoute: Route = rawRoute({
  name: "metrics",
  path: "/metrics",
  summary:
    "The results for Prometheus to scrape back: OpenMetrics where it is accepted, else Prometheus's text format.",
  query: NONE,
  reply: null,
  textExample: '# TYPE ada_carbon_workspaces_active gauge\nada_carbon_workspaces_active{site="isis"} 12\n',
  contentType: OPENMETRICS.contentType,
  otherContentTypes: [PROMETHEUS_TEXT.contentType],
  answer: async ({ service, grant, request, isPrivate }) => {
    const metrics = await collectMetrics(service, grant, { signal: request.signal });
    const { contentType, text } = formatFor(request.headers.get("accept"));
    const headers = {
      "content-type": contentType,
      "cache-control": cacheControl(0, isPrivate),
      vary: isPrivate ? "accept, authorization, cookie" : "accept",
    };
    return new Response(text(metrics), { headers });
  },
});

/**
 * The format for an `Accept` header: OpenMetrics for who asks for it by name and likes nothing else better, as
 * Prometheus does; the older text for everybody else, browsers and `curl` included.
 */
function formatFor(accept: string | null): MetricsFormat {
  const ranges = (accept ?? "").split(",").map(mediaRange);
  const qualityOf = (wanted: string, of: string): number =>
    ranges
      .filter(({ type, version = of }) => type === wanted && version === of)
      .reduce((best, { quality }) => Math.max(best, quality), 0);
  const openMetrics = qualityOf("application/openmetrics-text", "1.0.0");
  return openMetrics > 0 && openMetrics >= qualityOf("text/plain", "0.0.4") ? OPENMETRICS : PROMETHEUS_TEXT;
}

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  /** 0 to 1; 0 for what is not wanted. */
  readonly quality: number;
}

function mediaRange(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const parameter = (name: string): string | undefined =>
    parameters.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(parameter("q") ?? 1);
  return { type, version: parameter("version"), quality: quality >= 0 && quality <= 1 ? quality : 0 };
}
