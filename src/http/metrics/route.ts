import { NONE } from "../query.js";
import { cacheControl } from "../reply.js";
import { type Route, rawRoute } from "../route.js";
import { collectMetrics } from "./collect.js";
import { metricsText, OPENMETRICS } from "./text.js";

export const metricsRoute: Route = rawRoute({
  name: "metrics",
  path: "/metrics",
  summary: "OpenMetrics text, so that Prometheus can scrape the results back.",
  query: NONE,
  reply: null,
  contentType: OPENMETRICS,
  answer: async ({ service, grant, request }) => {
    const metrics = await collectMetrics(service, grant, { signal: request.signal });
    const headers = { "content-type": OPENMETRICS, "cache-control": cacheControl(0, service.isPrivate) };
    return new Response(metricsText(metrics), { headers });
  },
});
