import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { toNodeListener } from "ada-carbon/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { world } from "./http-fixture.js";

// What clients send that is no plain GET, byte for byte through node:http, and what a 401 and the document say.

const nobody = { authorise: () => ({ allow: false, status: 401 }) as const };

describe("through node:http", () => {
  const errors: unknown[] = [];
  const server = createServer();
  beforeAll(async () => {
    const { handler } = await world({ onError: (error) => errors.push(error) });
    server.on("request", toNodeListener(handler)).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => void server.close());

  /** The reply to a request as it is written here, and nothing of ours in between. */
  async function raw(head: string, body = ""): Promise<{ status: number; allow?: string; text: string }> {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n${body}`, "latin1");
    let text = "";
    for await (const chunk of socket) text += chunk;
    const allow = /^allow: (.*)\r$/im.exec(text)?.[1];
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]),
      ...(allow === undefined ? {} : { allow }),
      text,
    };
  }

  it.each(["TRACE", "POST", "PUT", "DELETE", "PATCH", "PROPFIND", "SEARCH", "PURGE", "QUERY"])(
    "%s is a 405 that says what is allowed",
    async (method) => {
      for (const path of ["/v1/sites", "/health", "/v1/sites/isis/live"])
        expect(await raw(`${method} ${path} HTTP/1.1`)).toMatchObject({
          status: 405,
          allow: "GET, HEAD, OPTIONS",
          text: expect.stringContaining(`${method} is not offered`),
        });
    },
  );

  const HEADS: [string, number][] = [
    ["GET /v1/sites/%00/totals HTTP/1.1", 404],
    ["GET /v1/history?scope=user:%00 HTTP/1.1", 403],
    ["GET /v1/sites/%E0%A4%A/totals HTTP/1.1", 400],
    ["GET /v1/sites/%zz/totals HTTP/1.1", 400],
    ["GET /v1/history?scope=user:%FF HTTP/1.1", 400],
    ["GET /v1/history?scope=% HTTP/1.1", 400],
    ["GET /v1/history?by=day&by=day HTTP/1.1", 400],
    ["GET /v1/groups?to=0000-01-01T00:00:00Z HTTP/1.1", 400],
    ["GET /v1/groups?to=9999-12-31T23:00:00-23:59 HTTP/1.1", 400],
    ["GET /v1/users?limit=99999999999999999999999 HTTP/1.1", 400],
    [`GET /v1/history?scope=project:${"x".repeat(9000)} HTTP/1.1`, 414],
    [`GET /${"x/".repeat(5000)} HTTP/1.1`, 414],
    [`GET /${"x".repeat(20_000)} HTTP/1.1`, 431],
    ["GET //evil.example/sites HTTP/1.1", 404],
    ["GET http://evil.example/sites HTTP/1.1", 404],
    ["OPTIONS * HTTP/1.1", 204],
    ["OPTIONS /v1/sites HTTP/1.1", 204],
    ["OPTIONS /nothing HTTP/1.1", 404],
    ["HEAD /v1/sites HTTP/1.1", 200],
    ["HEAD /nothing HTTP/1.1", 404],
    ["GET /v1/sites HTTP/1.1\r\nAccept: application/xml;q=0", 200],
    ["GET /v1/sites HTTP/1.1\r\nAccept: \xff\xfe", 200],
    ["GET /v1/sites HTTP/1.1\r\nIf-None-Match: \xff,,,", 200],
    ["BREW /v1/sites HTTP/1.1", 400],
  ];
  it.each(HEADS.map(([head, status]) => [head.slice(0, 60), status, head] as const))(
    "%s is a %i",
    async (_, status, head) => {
      const reply = await raw(head);
      expect(reply.status).toBe(status);
      if (head.startsWith("HEAD")) expect(reply.text).toMatch(/\r\n\r\n$/);
    },
  );

  it("a body of a GET is not read as another request", async () => {
    const reply = await raw(
      "GET /v1/sites HTTP/1.1\r\nContent-Length: 30",
      "GET /health HTTP/1.1\r\n\r\n......",
    );
    expect([reply.status, reply.text.match(/HTTP\/1\.1 /g)]).toEqual([200, ["HTTP/1.1 "]]);
  });

  it("nothing of it was trouble inside", () => {
    expect(errors).toEqual([]);
  });
});

describe("who is not known", () => {
  it.each([
    [undefined, 'Bearer realm="ada-carbon"'],
    ["basic" as const, 'Basic realm="ada-carbon", charset="UTF-8"'],
    [{ cookie: "sid" }, 'Cookie realm="ada-carbon", cookie-name="sid"'],
  ])("is told how to sign in: %j", async (signIn, challenge) => {
    const { get } = await world({ ...nobody, signIn });
    const reply = await get("/v1/sites");
    expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([401, challenge]);
  });

  it("sees whether the service is well, and no more", async () => {
    const { get } = await world(nobody);
    const health = await get("/health");
    expect([health.status, (await health.json()).status]).toEqual([200, "ok"]);
    for (const path of ["/", "/openapi.json", "/v1/sites", "/metrics", "/v1/sites/isis/live"])
      expect((await get(path)).status).toBe(401);
  });

  it("a cookie without a name is refused at once", async () => {
    await expect(world({ signIn: { cookie: 'a"b' } })).rejects.toThrow(/name of a cookie/);
  });
});

describe("the OpenAPI document", () => {
  const documentOf = async (more: Parameters<typeof world>[0]): Promise<Document> =>
    (await (await world(more)).get("/openapi.json")).json();
  const authorise = () => ({ allow: true, users: [] }) as const;

  it("says how to sign in where somebody is asked to, and that health needs none of it", async () => {
    const open = await documentOf({});
    expect([open.security, open.components.securitySchemes]).toEqual([undefined, undefined]);
    const bearer = await documentOf({ authorise });
    expect(bearer.security).toEqual([{ signIn: [] }]);
    expect(bearer.components.securitySchemes).toEqual({ signIn: { type: "http", scheme: "bearer" } });
    expect(bearer.paths["/health"]?.get.security).toEqual([]);
    expect(bearer.paths["/v1/sites"]?.get.security).toBeUndefined();
    expect(bearer.paths["/v1/sites"]?.get.responses[401]).toHaveProperty("headers.WWW-Authenticate");
    const cookie = await documentOf({ authorise, signIn: { cookie: "sid" } });
    expect(cookie.components.securitySchemes?.signIn).toEqual({ type: "apiKey", in: "cookie", name: "sid" });
  });

  it("types instants as such, in what comes in and in what goes out", async () => {
    const { paths, components } = await documentOf({});
    const instants = Object.values(paths).flatMap(({ get }) =>
      get.parameters.filter(({ name }) => name === "from" || name === "to"),
    );
    expect(instants.length).toBeGreaterThan(10);
    for (const { schema } of instants) expect(schema.format).toBe("date-time");
    expect(components.schemas.Totals?.properties?.from?.format).toBe("date-time");
  });

  it("has the reply of a service that is not well", async () => {
    const { paths } = await documentOf({});
    expect(paths["/ready"]?.get.responses[503]).toHaveProperty("content.application/json.schema.$ref");
  });
});

interface Schema {
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Document {
  readonly security?: unknown;
  readonly components: {
    readonly securitySchemes?: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get: {
          readonly security?: unknown;
          readonly parameters: readonly { readonly name: string; readonly schema: Schema }[];
          readonly responses: Readonly<Record<string, unknown>>;
        };
      }
    >
  >;
}
