import { NONE } from "../query.js";
import { cacheControl } from "../reply.js";
import { type Route, rawRoute } from "../route.js";
import { collectMetrics } from "./collect.js";
import { formatFor } from "./negotiate.js";
import { OPENMETRICS, PROMETHEUS_TEXT } from "./text.js";

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
