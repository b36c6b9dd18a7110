import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { isAdaCarbonError } from "../usage/errors.js";
import { parseJson } from "./body.js";
import { HttpClient, type HttpOptions } from "./http.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

interface Listening {
  readonly url: string;
  readonly requests: IncomingMessage[];
}

async function serve(listener: RequestListener): Promise<Listening> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const to =
  (location: string, status = 307): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { location, "set-cookie": "session=1" }).end("moved");

const SECRETS: Partial<HttpOptions>[] = [
  { headers: { "X-Api-Key": "hunter2", Cookie: "session=hunter2", "X-Scope-OrgID": "hunter2" } },
  { bearerToken: "hunter2" },
  { basicAuth: { username: "ada", password: "hunter2" } },
];

const ask = (url: string, options: Partial<HttpOptions>, form?: URLSearchParams): Promise<unknown> =>
  new HttpClient({ url, retryDelayMs: 1, ...options }).request({
    path: "api",
    ...(form && { form }),
    read: parseJson,
  });

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => new Error(`resolved to ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!isAdaCarbonError(error, "not-found")) throw error;
  expect(error.message).not.toMatch(/hunter2|\n/);
  return error.message;
}

describe("a redirect to another origin", () => {
  it.each([301, 302, 303, 307, 308])("of status %i is refused, and nothing is sent there", async (status) => {
    const other = await serve((_, response) => response.end("{}"));
    const first = await serve(to(`${other.url}/api`, status));
    for (const secrets of [{}, ...SECRETS]) {
      for (const form of [undefined, new URLSearchParams({ query: "up" })]) {
        const message = await refusal(ask(first.url.replace("://", "://ada:hunter2@"), secrets, form));
        expect(message).toContain(`redirected from ${first.url} to ${other.url}, where nothing was sent`);
      }
    }
    expect(other.requests).toEqual([]);
    // And it is not asked again.
    expect(first.requests).toHaveLength(8);
  });

  it.each([
    ["another name of the same machine", (url: string) => url.replace("127.0.0.1", "localhost")],
    ["another scheme", (url: string) => url.replace("http:", "https:")],
    ["a scheme that is not HTTP", () => "ftp://elsewhere/api"],
    ["a name and password", () => "http://ada:hunter2@elsewhere.example/api?token=hunter2"],
    ["no scheme", () => "//elsewhere.example/api"],
  ])("is one to %s", async (_, target) => {
    let own = "";
    const first = await serve((request, response) => to(target(own))(request, response));
    own = first.url;
    expect(await refusal(ask(first.url, SECRETS[0] ?? {}))).toContain(`redirected from ${first.url} to `);
    expect(first.requests).toHaveLength(1);
  });

  it("is refused behind one that stays", async () => {
    const other = await serve((_, response) => response.end("{}"));
    const first = await serve((request, response) =>
      to(request.url === "/api" ? "/moved" : `${other.url}/api`)(request, response),
    );
    for (const secrets of SECRETS) await refusal(ask(first.url, secrets));
    expect(first.requests.map(({ url }) => url)).toEqual(SECRETS.flatMap(() => ["/api", "/moved"]));
    expect(other.requests).toEqual([]);
  });
});

describe("a redirect on the same origin", () => {
  it.each([301, 302, 307, 308])("of status %i is followed with headers and question", async (status) => {
    const bodies: string[] = [];
    const first = await serve((request, response) => {
      if (request.url === "/api") return to("/prometheus/api", status)(request, response);
      request.setEncoding("utf8").on("data", (text) => bodies.push(text));
      request.on("end", () => response.end('{"hello":1}'));
    });
    const form = new URLSearchParams({ query: "up" });
    expect(await ask(first.url, { bearerToken: "hunter2" }, form)).toEqual({ hello: 1 });
    const [, second] = first.requests;
    expect([second?.method, second?.url, second?.headers.authorization]).toEqual([
      "POST",
      "/prometheus/api",
      "Bearer hunter2",
    ]);
    // What a server wants remembered is not.
    expect(second?.headers.cookie).toBeUndefined();
    expect(bodies).toEqual(["query=up"]);
  });

  it("of status 303 is asked without the question, also where another follows it", async () => {
    const [see, moved] = [to("/moved", 303), to("/there", 307)];
    const first = await serve((request, response) => {
      if (request.url === "/api") return see(request, response);
      return request.url === "/moved" ? moved(request, response) : response.end('{"hello":1}');
    });
    expect(await ask(first.url, {}, new URLSearchParams({ query: "up" }))).toEqual({ hello: 1 });
    expect(first.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /api",
      "GET /moved",
      "GET /there",
    ]);
  });

  it("that goes in circles ends", async () => {
    const first = await serve(to("/api"));
    expect(await refusal(ask(first.url, {}))).toMatch(/redirected more than 5 times/);
    expect(first.requests).toHaveLength(6);
  });

  it("with a password in it is followed without", async () => {
    const first = await serve((request, response) =>
      request.url === "/api"
        ? to(`http://ada:hunter2@${request.headers.host}/there`)(request, response)
        : response.end(JSON.stringify(request.headers.authorization ?? "none")),
    );
    expect(await ask(first.url, {})).toBe("none");
  });

  it.each(["", "http://[", undefined])(
    "that leads nowhere (%j) is an answer like any other",
    async (location) => {
      const first = await serve((_, response) => {
        response.writeHead(302, location === undefined ? {} : { location }).end("moved");
      });
      const asked = ask(first.url, {});
      if (location === "") await expect(asked).rejects.toMatchObject({ code: "not-found" });
      else await expect(asked).rejects.toMatchObject({ code: "refused", message: /answered 302/ });
    },
  );
});
