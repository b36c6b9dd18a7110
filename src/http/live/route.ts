import { notOffered } from "../problem.js";
import { NONE } from "../query.js";
import { type Route, rawRoute } from "../route.js";
import { EXAMPLE_WORKSPACES, workspacesReplySchema } from "../routes/workspaces.js";
import { projectsOf } from "../service.js";
import { liveStream } from "./stream.js";

export const liveRoute: Route = rawRoute({
  name: "live",
  path: "/sites/{site}/live",
  summary:
    "Server-sent events: `workspaces` with everything first, then `changes` with what differs, `trouble` when the store does not answer.",
  query: NONE,
  reply: workspacesReplySchema,
  example: EXAMPLE_WORKSPACES,
  textExample: `event: workspaces\ndata: ${JSON.stringify(EXAMPLE_WORKSPACES)}\n\n`,
  contentType: "text/event-stream",
  answer: async ({ service, params, grant, request }) => {
    const { site = "" } = params;
    projectsOf(service, site);
    const hub = service.live;
    if (hub === null) throw notOffered("workspaces");
    const headers = {
      "content-type": "text/event-stream",
      // Nothing on the way may keep, change or collect events.
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    };
    if (request.method === "HEAD") return new Response(null, { headers });
    const stream = liveStream({
      service,
      hub,
      site,
      grant,
      signal: request.signal,
      onFailure: (error) => service.onError(error, request),
    });
    return new Response(stream, { headers });
  },
});
