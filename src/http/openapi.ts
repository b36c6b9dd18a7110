import * as z from "zod";
import { VERSION } from "../usage/version.js";
import { problemSchema } from "./problem.js";
import type { Route } from "./route.js";

type Json = Record<string, unknown>;

/** Routes as an OpenAPI 3.1 document, made from the very schemas that check what comes in and goes out. */
export function openapiDocument(routes: readonly Route[]): Json {
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
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route) }])),
    components: {
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

function operation(route: Route): Json {
  const { name, summary, reply, contentType, otherContentTypes, example, path } = route;
  const isJson = contentType === "application/json";
  const schema = reply === null ? { type: "string" } : { $ref: `#/components/schemas/${schemaName(name)}` };
  const contentOf = (type: string): Json =>
    type === "application/json" ? { schema, example } : { schema: { type: "string" } };
  return {
    operationId: name,
    summary,
    parameters: [...pathParameters(path), ...queryParameters(route.query)],
    responses: {
      200: {
        description: summary,
        content: Object.fromEntries(
          [contentType, ...otherContentTypes].map((type) => [type, contentOf(type)]),
        ),
      },
      ...(isJson ? { 304: { description: "The client has it already." } } : {}),
      default: {
        description: "What is wrong.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "output" });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
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
