import * as z from "zod";
import { VERSION } from "../../usage/version.js";
import { openapiDocument } from "../openapi.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import type { Service } from "../service.js";

interface IndexReply {
  readonly name: "ada-carbon";
  readonly version: string;
  readonly openapi: string;
  readonly routes: readonly { readonly path: string; readonly summary: string }[];
}

const indexReply: z.ZodType<IndexReply> = z.strictObject({
  name: z.literal("ada-carbon"),
  version: z.string(),
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
    example: { name: "ada-carbon", version: VERSION, openapi: "/openapi.json", routes: list.slice(0, 1) },
    maxAgeSeconds: 300,
    answer: async ({ service: { basePath } }): Promise<IndexReply> => ({
      name: "ada-carbon",
      version: VERSION,
      openapi: `${basePath}/openapi.json`,
      routes: list.map(({ path, summary }) => ({ path: `${basePath}${path}`, summary })),
    }),
  });
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
      const { basePath, isPrivate, signIn } = service;
      const document = documents.get(service) ?? openapiDocument(routes, isPrivate ? signIn : null);
      documents.set(service, document);
      return { ...document, servers: [{ url: basePath === "" ? "/" : basePath }] };
    },
  });
}
