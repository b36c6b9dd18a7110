import * as z from "zod";
import { acceptedEncoding } from "../../codecs/accepted-encoding.js";
import { notOffered } from "../problem.js";
import { type Route, rawRoute } from "../route.js";
import { projectsOf } from "../service.js";
import { listedWorkspaces, workspacesQueryShape } from "../workspaces/query.js";
import { EXAMPLE_WORKSPACES, workspacesReplySchema } from "../workspaces/reply.js";
import { liveStream } from "./stream.js";

/** About two screens. */
const USUAL_LIMIT = 50;

const SUMMARY = [
  "Server-sent events: `workspaces` with the whole list first, then `changes` with what differs.",
  "`heartbeat` comes every `everyMs`, with when the store last answered and up to when was counted;",
  "`trouble` when the store does not answer. 429 for a client that has enough connections, 503 when all are taken.",
].join(" ");

export const liveRoute: Route = rawRoute({
  name: "live",
  path: "/sites/{site}/live",
  summary: SUMMARY,
  query: z.strictObject(workspacesQueryShape(USUAL_LIMIT)),
  reply: workspacesReplySchema,
  example: EXAMPLE_WORKSPACES,
  textExample: `event: workspaces\ndata: ${JSON.stringify(EXAMPLE_WORKSPACES)}\n\n`,
  contentType: "text/event-stream",
  answer: async ({ service, params, grant, request, client, query }) => {
    const { site = "" } = params;
    projectsOf(service, site);
    const hub = service.live;
    if (hub === null) throw notOffered("workspaces");
    const isGzip = acceptedEncoding(request.headers.get("accept-encoding"), ["gzip"]) === "gzip";
    const headers = {
      "content-type": "text/event-stream",
      // Nothing on the way may keep, change or collect events.
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      vary: "accept-encoding",
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
    };
    if (request.method === "HEAD") return new Response(null, { headers });
    const stream = liveStream({
      ...{ hub, site, client, grant, isGzip },
      query: listedWorkspaces(query, USUAL_LIMIT),
      lastEventId: request.headers.get("last-event-id"),
      signal: request.signal,
      onFailure: (error) => service.onError(error, request),
    });
    return new Response(stream, { headers });
  },
});
