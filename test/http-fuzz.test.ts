import { problemSchema, toNodeListener } from "ada-carbon/http";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { ALL_ROUTES } from "../src/http/routes/all.js";
import { EVIL, type World, world } from "./http-fixture.js";

// Every operation of the OpenAPI document, asked nonsense and half-sense: never a 500, and always what the
// document says.

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: {
    readonly type?: string;
    readonly enum?: readonly string[];
    readonly examples?: readonly string[];
  };
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Record<
    string,
    { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> }
  >;
}
interface Document {
  readonly paths: Record<string, { readonly get: Operation }>;
  readonly components: { readonly schemas: Record<string, z.core.JSONSchema.JSONSchema> };
}

const RUNS = Number(process.env.FUZZ_RUNS ?? 200);

const OPERATIONS = ALL_ROUTES.map(({ name, path }) => [name, path] as const).filter(
  ([name]) => !["index", "docs", "openapi"].includes(name),
);

const nonsense = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    " ",
    "null",
    "__proto__",
    "constructor",
    "../..",
    "%2e%2e",
    "\0",
    "🔋",
    EVIL,
    "-0",
    "NaN",
  ),
  fc.double().map(String),
  fc.integer().map(String),
);
const half = fc.oneof(
  fc.constantFrom(
    "isis",
    "clf",
    "both",
    "ada",
    "site:isis",
    "project:IDAaaS",
    "user:amara",
    "host:host-1:9100",
  ),
  fc.constantFrom(
    "machine:",
    "user:__proto__",
    "site:",
    "ada:ada",
    "project:ada",
    "Europe/London",
    "UTC",
    "Asia/Kolkata",
  ),
  fc.constantFrom(
    "day",
    "hour",
    "month",
    "year",
    "energy",
    "carbon",
    "2025",
    "1000",
    "9998",
    "0.5",
    "96",
    "1e3",
  ),
  fc
    .date({ min: new Date(-1e15), max: new Date(8.6e15), noInvalidDate: false })
    .map((date) => (Number.isNaN(date.getTime()) ? "never" : date.toISOString())),
  fc
    .date({ min: new Date("2025-09-01"), max: new Date("2025-09-12"), noInvalidDate: true })
    .map((d) => d.toISOString()),
);
const value = fc.oneof({ weight: 3, arbitrary: half }, nonsense);
/** What is right for most: of an example there is only one. */
const likely = ({ schema: { type, enum: values, examples } }: Parameter): string =>
  values?.[0] ?? examples?.[0] ?? (type === "number" || type === "integer" ? "1" : "isis");
const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant("GET") },
  fc.constantFrom("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"),
);

interface Asked {
  readonly method: string;
  readonly isOperator: boolean;
  readonly path: string[];
  readonly query: string[][];
  readonly more: readonly string[][];
  readonly body: string | undefined;
}

describe("every operation", () => {
  let made: World;
  let document: Document;
  const schemas = new Map<string, z.ZodType>();
  beforeAll(async () => {
    // Some of the requests are somebody's who may see all, some nobody's.
    made = await world({
      authorise: (request) => ({ allow: true, users: request.headers.has("x-operator") ? "all" : [] }),
    });
    document = (await (await made.get("/openapi.json")).json()) as Document;
  });

  it.each(OPERATIONS)("%s answers what the document says, whatever is asked", async (name, path) => {
    const operation = document.paths[path]?.get;
    expect(operation?.operationId).toBe(name);
    const { parameters = [], responses = {} } = operation ?? {};
    const given = (parameter: Parameter): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constantFrom(
          ...(parameter.schema.enum ?? []),
          ...(parameter.schema.examples ?? [likely(parameter)]),
        ),
        value,
      );
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    const inQuery = parameters.filter((parameter) => parameter.in === "query");
    const asked: fc.Arbitrary<Asked> = fc.record({
      method,
      isOperator: fc.boolean(),
      path: fc.tuple(...inPath.map(given)),
      query: fc
        .subarray(inQuery.filter(({ required }) => !required))
        .map((some) => [...inQuery.filter(({ required }) => required), ...some])
        .chain((some) => fc.tuple(...some.map((one) => given(one).map((text) => [one.name, text])))),
      more: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.tuple(fc.tuple(value, value))),
      body: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
    });
    // Sensible ones first, so that something is sure to be answered: what is required, and each of the rest alone.
    const required = inQuery.filter((parameter) => parameter.required);
    const sensible = [[], ...inQuery.filter((parameter) => !parameter.required).map((one) => [one])].map(
      (some): Asked => ({
        method: "GET",
        isOperator: true,
        path: inPath.map(likely),
        query: [...required, ...some].map((parameter) => [parameter.name, likely(parameter)]),
        more: [],
        body: undefined,
      }),
    );
    const refused = sensible.map((one): Asked => ({ ...one, method: "POST" }));
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(asked, async ({ method, isOperator, path: values, query, more, body }) => {
        const filled = inPath.reduce(
          (text, { name }, i) =>
            text.replace(`{${name}}`, () => encodeURIComponent((values[i] ?? "").toWellFormed())),
          path,
        );
        const search = new URLSearchParams([...query, ...more] as [string, string][]);
        const init = {
          method,
          headers: isOperator ? { "x-operator": "1" } : {},
          signal: AbortSignal.timeout(5000),
        };
        const withBody = body !== undefined && !["GET", "HEAD"].includes(method) ? { ...init, body } : init;
        const reply = await made.get(`${filled}?${search}`, withBody);
        statuses.add(reply.status);
        await check(reply, responses, method);
      }),
      { numRuns: RUNS, examples: [...sensible, ...refused].map((one): [Asked] => [one]) },
    );
    expect([...statuses]).toEqual(expect.arrayContaining([200, 405]));
    expect(made.errors).toEqual([]);
  });

  it("is all there is: any other path is a problem, through node:http as well", async () => {
    const listener = toNodeListener(made.handler);
    const raw = (url: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const ignore = (): void => {};
        const response = {
          writableFinished: true,
          destroyed: false,
          write: () => true,
          end: ignore,
          once: ignore,
          off: ignore,
        };
        const request = { method: "GET", url, headers: { ":path": url, host: "[" }, resume: ignore };
        listener(request, { ...response, writeHead: resolve, destroy: reject });
      });
    const path = fc.array(fc.oneof(value, fc.constantFrom("sites", "history", "%", "//", "?", "#", "\\")), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(path, fc.boolean(), async (parts, isEncoded) => {
        const url = `/${parts.map((part) => (isEncoded ? encodeURIComponent(part.toWellFormed()) : part)).join("/")}`;
        const reply = await made.get(url);
        expect([200, 400, 403, 404]).toContain(reply.status);
        expect([200, 400, 403, 404]).toContain(await raw(url));
        await reply.body?.cancel();
      }),
      { numRuns: 4 * RUNS },
    );
    expect(made.errors).toEqual([]);
  });

  async function check(reply: Response, responses: Operation["responses"], method: string): Promise<void> {
    const type = reply.headers.get("content-type");
    expect(reply.status).not.toBe(500);
    if (method === "HEAD" || reply.status === 204) return expect(await reply.text()).toBe("");
    if (type === "application/problem+json") {
      const problem = problemSchema.parse(await reply.json());
      expect(problem.status).toBe(reply.status);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      return;
    }
    expect([reply.status, Object.keys(responses[200]?.content ?? {})]).toEqual([
      200,
      expect.arrayContaining([type]),
    ]);
    if (type !== "application/json") return reply.body?.cancel();
    const read = schemaOf(responses[200]?.content[type]?.schema.$ref ?? "").safeParse(await reply.json());
    expect(read.error).toBeUndefined();
  }

  function schemaOf(reference: string): z.ZodType {
    const name = reference.replace("#/components/schemas/", "");
    const schema = schemas.get(name) ?? z.fromJSONSchema(document.components.schemas[name] ?? false);
    schemas.set(name, schema);
    return schema;
  }
});
