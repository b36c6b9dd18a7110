import { acceptedEncoding } from "../codecs/accepted-encoding.js";
import type { Handler } from "../http/handler.js";

/**
 * Text goes compressed to whoever takes it. What is compressed already, such as the files of the page, and what nothing
 * on the way may change, such as live events, goes as it is.
 */
export function compressed(handler: Handler): Handler {
  return async (request, context) => {
    const reply = await handler(request, context);
    const headers = new Headers(reply.headers);
    if (!isText(headers)) return reply;
    headers.append("vary", "accept-encoding");
    const coding = acceptedEncoding(request.headers.get("accept-encoding"), ["gzip"]);
    // The same in another coding is not the same bytes: its tag is a weak one.
    const etag = headers.get("etag");
    if (coding === "gzip" && etag !== null) headers.set("etag", etag.replace(/^"/, 'W/"'));
    const { status, body } = reply;
    if (coding === "identity" || body === null) return new Response(body, { status, headers });
    headers.set("content-encoding", coding);
    return new Response(body.pipeThrough(new CompressionStream(coding)), { status, headers });
  };
}

function isText(headers: Headers): boolean {
  const isOurs = /^text\/|json|openmetrics/.test(headers.get("content-type") ?? "");
  const isFinal = headers.has("content-encoding") || /no-transform/.test(headers.get("cache-control") ?? "");
  return isOurs && !isFinal;
}
