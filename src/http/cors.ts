/** An answer to OPTIONS; which origins may ask is added by {@link crossOrigin}. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: { allow: "GET, HEAD, OPTIONS" } });
}

/** Lets scripts of the listed origins read the reply. Cookies of this service are never sent with them. */
export function crossOrigin(request: Request, reply: Response, origins: readonly string[]): Response {
  if (origins.length === 0) return reply;
  reply.headers.append("vary", "origin");
  const origin = request.headers.get("origin");
  if (origin === null || !(origins.includes(origin) || origins.includes("*"))) return reply;
  reply.headers.set("access-control-allow-origin", origins.includes("*") ? "*" : origin);
  reply.headers.set("access-control-expose-headers", "etag, retry-after");
  if (request.method === "OPTIONS") {
    reply.headers.set("access-control-allow-methods", "GET, HEAD");
    reply.headers.set("access-control-allow-headers", "authorization, if-none-match");
    reply.headers.set("access-control-max-age", "600");
  }
  return reply;
}
