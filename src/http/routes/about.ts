import * as z from "zod";
import { remembered } from "../../usage/remembered.js";
import { VERSION } from "../../usage/version.js";
import { openapiDocument } from "../openapi.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import type { Service } from "../service.js";

const indexReply = z.strictObject({
  name: z.literal("ada-carbon"),
  version: z.string(),
  docs: z.string(),
  openapi: z.string(),
  routes: z.array(z.strictObject({ path: z.string(), summary: z.string() })),
});

/** What there is, for somebody who looks around. */
export function indexRoute(routes: readonly Route[]): Route {
  const list = routes.map(({ path, summary }) => ({ path, summary }));
  return jsonRoute({
    name: "index",
    path: "/",
    summary: "What there is.",
    query: NONE,
    reply: indexReply,
    example: {
      name: "ada-carbon",
      version: VERSION,
      docs: "docs",
      openapi: "openapi.json",
      routes: list.slice(0, 1),
    },
    maxAgeSeconds: 300,
    answer: async ({ request }): Promise<z.infer<typeof indexReply>> => {
      const here = folderOf(request);
      return {
        name: "ada-carbon",
        version: VERSION,
        docs: `${here}docs`,
        openapi: `${here}openapi.json`,
        routes: list.map(({ path, summary }) => ({ path: `${here}${path.slice(1)}`, summary })),
      };
    },
  });
}

/**
 * What comes before a link that is relative to the address asked for: nothing after `/carbon/`, `carbon/` after
 * `/carbon`. Where we are mounted a client knows, and we need not.
 */
export function folderOf(request: Request): string {
  const last = new URL(request.url).pathname.split("/").at(-1) ?? "";
  return last === "" ? "" : `${last}/`;
}

/** The OpenAPI document, made once a service. */
export function openapiRoute(routes: readonly Route[]): Route {
  const documents = new WeakMap<Service, Record<string, unknown>>();
  return jsonRoute<Record<string, never>, Record<string, unknown>>({
    name: "openapi",
    path: "/openapi.json",
    summary: "This service as an OpenAPI 3.1 document.",
    query: NONE,
    reply: z.record(z.string(), z.unknown()),
    example: { openapi: "3.1.0" },
    maxAgeSeconds: 300,
    answer: async ({ service }) => {
      const { isPrivate, signIn } = service;
      const document = remembered(documents, service, () =>
        openapiDocument(routes, isPrivate ? signIn : null),
      );
      // Relative to the document itself, so right wherever it is mounted.
      return { ...document, servers: [{ url: "." }] };
    },
  });
}
