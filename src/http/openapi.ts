import * as z from "zod";
import { VERSION } from "../usage/version.js";
import { problemSchema } from "./problem.js";
import type { Route } from "./route.js";
import { PARAMETER_NOTES, ROUTE_NOTES, TAGS } from "./route-notes.js";
import { type SignIn, securitySchemeOf } from "./sign-in.js";

type Json = Record<string, unknown>;

/**
 * Routes as an OpenAPI 3.1 document, made from the very schemas that check what comes in and goes out.
 *
 * @param signIn How callers say who they are; `null` where nobody asks.
 */
export function openapiDocument(routes: readonly Route[], signIn: SignIn | null): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "ada-carbon",
      version: VERSION,
      summary: "Electricity and carbon of a research cloud, by hour and by owner.",
      description:
        "Energy is in kWh, carbon in grams of CO2 equivalent (gCO2eq), intensity in gCO2eq per kWh, time in ISO 8601 with Z. What is not known is null, never 0.",
      license: { name: "MIT", identifier: "MIT" },
    },
    ...(signIn === null ? {} : { security: [{ signIn: [] }] }),
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route, signIn) }])),
    components: {
      ...(signIn === null ? {} : { securitySchemes: { signIn: securitySchemeOf(signIn) } }),
      schemas: {
        Problem: jsonSchema(problemSchema),
        ...Object.fromEntries(
          routes.flatMap(({ name, reply }) =>
            reply === null ? [] : [[schemaName(name), jsonSchema(reply)]],
          ),
        ),
      },
    },
  };
}

function operation(route: Route, signIn: SignIn | null): Json {
  const { name, summary, path, isOpen } = route;
  const { tag, description } = ROUTE_NOTES[name];
  return {
    operationId: name,
    summary,
    description,
    tags: [tag],
    ...(signIn !== null && isOpen ? { security: [] } : {}),
    parameters: [...pathParameters(path), ...queryParameters(route.query)],
    responses: {
      ...replies(route),
      ...(signIn === null || isOpen ? {} : { 401: WHO_ARE_YOU }),
      default: PROBLEM,
    },
  };
}

const PROBLEM: Json = {
  description: "What is wrong.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const WHO_ARE_YOU: Json = {
  ...PROBLEM,
  description: "It is not known who asks.",
  headers: { "WWW-Authenticate": { description: "How to sign in.", schema: { type: "string" } } },
};

/** What is answered when all is well, and what comes in the same shape when it is not. */
function replies(route: Route): Json {
  const { name, summary, reply, contentType, otherContentTypes, otherStatuses, example, textExample } = route;
  const schema = reply === null ? { type: "string" } : { $ref: `#/components/schemas/${schemaName(name)}` };
  const contentOf = (type: string): Json =>
    type === "application/json" ? { schema, example } : { schema: { type: "string" }, example: textExample };
  const content = Object.fromEntries(
    [contentType, ...otherContentTypes].map((type) => [type, contentOf(type)]),
  );
  const statuses = Object.entries({ 200: summary, ...otherStatuses });
  return {
    ...Object.fromEntries(statuses.map(([status, description]) => [status, { description, content }])),
    ...(contentType === "application/json" ? { 304: { description: "The client has it already." } } : {}),
  };
}

export function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    description: PARAMETER_NOTES[name],
    required: true,
    schema: { type: "string" },
  }));
}

export function queryParameters(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "output" });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    description: PARAMETER_NOTES[name],
    required: required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12" });
  return rest;
}

function schemaName(route: string): string {
  return `${route.slice(0, 1).toUpperCase()}${route.slice(1)}`;
}
