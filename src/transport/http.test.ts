import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answer, ask, closeServers, inTurn, ok, refusal, serve } from "../../test/support/one-server.js";
import { AdaCarbonError } from "../usage/errors.js";
import { type BodyConsumer, parseJson } from "./body.js";
import { HttpClient, type HttpOptions } from "./http.js";

afterEach(closeServers);

describe("retries", () => {
  it("goes on after passing troubles", async () => {
    const listener = inTurn(
      answer(503, "busy"),
      answer(500, "oops"),
      (request) => request.socket.destroy(),
      ok,
    );
    expect(await ask(await serve(listener))).toEqual({ hello: "world" });
    expect(listener.count()).toBe(4);
  });

  it("gives up after the retries allowed", async () => {
    const listener = inTurn(answer(502, "<html>bad gateway</html>"));
    const error = await refusal(ask(await serve(listener), { retries: 2 }));
    expect([error.code, listener.count()]).toEqual(["server-error", 3]);
  });

  it.each([400, 401, 403, 404, 422])("asks only once after a %i", async (status) => {
    const listener = inTurn(answer(status, "no"));
    await refusal(ask(await serve(listener)));
    expect(listener.count()).toBe(1);
  });

  it.each([
    ["a date that is over", { "retry-after": "Wed, 01 Jan 2025 00:00:00 GMT" }],
    ["a limit that is over", { "x-ratelimit-reset": "1735689600" }],
    ["less than nothing", { "retry-after": "-5" }],
  ])("waits longer each time where a quota's end is %s, and does not say it", async (_, headers) => {
    const times: number[] = [];
    const fetch = async (): Promise<Response> => {
      times.push(performance.now());
      return new Response("no", { status: 429, headers });
    };
    const client = new HttpClient({ url: "http://quota.example", fetch, retries: 3, retryDelayMs: 40 });
    await expect(client.request({ path: "x", read: () => 0 })).rejects.toThrow(
      /quota is used up; try again later$/,
    );
    expect(times).toHaveLength(4);
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(20 + 40 + 80 - 5);
  });

  it("reads the second header where the first says nothing", async () => {
    const headers = { "retry-after": "soon", "x-ratelimit-reset": "3600" };
    const fetch = async (): Promise<Response> => new Response("no", { status: 429, headers });
    const client = new HttpClient({ url: "http://quota.example", fetch, retries: 3, retryDelayMs: 1 });
    await expect(client.request({ path: "x", read: () => 0 })).rejects.toThrow(/it may be asked again from/);
  });

  it.each([304, 421, 520, 524, 530])("asks again after a %i", async (status) => {
    const listener = inTurn(answer(status, ""), ok);
    expect(await ask(await serve(listener))).toEqual({ hello: "world" });
    expect(listener.count()).toBe(2);
  });

  it("waits as long as Retry-After says", async () => {
    const listener = inTurn(answer(429, "slow down", { "retry-after": "1" }), ok);
    const started = performance.now();
    await ask(await serve(listener));
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it.each([
    [429, "3600", 600_000],
    [503, "35", 30_000],
  ])(
    "does not sit out a %i until %s s from now, though others are answered",
    async (status, after, totalTimeoutMs) => {
      const isAnswered = Promise.withResolvers<void>();
      const fetch = async (request: RequestInfo | URL): Promise<Response> => {
        const { pathname } = new URL(request instanceof Request ? request.url : request);
        if (pathname === "/answered") return new Response("1");
        await isAnswered.promise;
        return new Response("no", { status, headers: { "retry-after": after } });
      };
      const client = new HttpClient({ url: "http://quota.example", fetch, totalTimeoutMs });
      const refused = client.request({ path: "refused", read: () => 0 }).catch((error: unknown) => error);
      await client.request({ path: "answered", read: () => 0 });
      isAnswered.resolve();
      const started = performance.now();
      expect(String(await refused)).toMatch(/\/refused: answered \d+; it may be asked again from/);
      expect(performance.now() - started).toBeLessThan(5000);
    },
  );

  it("asks again when the body breaks off", async () => {
    const broken: RequestListener = (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"hello":');
      setTimeout(() => request.socket.destroy(), 10);
    };
    const listener = inTurn(broken, ok);
    expect(await ask(await serve(listener))).toEqual({ hello: "world" });
    const error = await refusal(ask(await serve(broken), { retries: 1 }));
    expect(error.code).toBe("unreachable");
    expect(error.message).toMatch(/broke off after 9 bytes/);
  });
});

describe("a body taken as it comes in", () => {
  /** Notes the sizes of the chunks; refuses a body with a "!" in it at once. */
  class Sizes implements BodyConsumer<string> {
    readonly #text: string[] = [];
    push(chunk: Uint8Array): void {
      const text = new TextDecoder().decode(chunk);
      if (text.includes("!")) throw new AdaCarbonError("bad-reply", "there is a ! in it");
      this.#text.push(text);
      sendNext();
    }
    end(): string {
      return this.#text.join("|");
    }
  }
  const stream = (url: string, options: Partial<HttpOptions> = {}): Promise<string> =>
    new HttpClient({ url, retryDelayMs: 5, ...options }).request({ path: "api", stream: () => new Sizes() });
  /** Each part when the one before has been taken: two that are sent by the clock may come as one. */
  let sendNext = (): void => undefined;
  const inParts =
    (...parts: readonly string[]): RequestListener =>
    (_, response) => {
      const left = [...parts];
      sendNext = () => {
        const part = left.shift();
        if (left.length > 0) response.write(part);
        else response.end(part);
      };
      response.writeHead(200);
      sendNext();
    };

  it("comes in parts", async () => {
    const parts = (await stream(await serve(inParts("one", "two", "three")))).split("|");
    expect(parts.join("")).toBe("onetwothree");
    // Under load the system may hand over two of them at once.
    expect(parts.length).toBeGreaterThan(1);
    expect(await stream(await serve(answer(200, "")))).toBe("");
  });

  it("is memory that is given back when it has been looked at, unless it is somebody else's", async () => {
    const seen: Uint8Array[] = [];
    const keeper = (keeps: boolean): BodyConsumer<number[]> => ({
      keeps,
      push: (chunk) => {
        seen.push(chunk);
        sendNext();
      },
      end: () => seen.splice(0).map(({ length }) => length),
    });
    const lengths = async (keeps: boolean, body?: ReadableStream): Promise<number[]> => {
      const url = await serve(inParts("one", "three"));
      const answer = body && (async () => new Response(body));
      const client = new HttpClient({ url, ...(answer && { fetch: answer }) });
      return client.request({ path: "api", stream: () => keeper(keeps) });
    };
    expect(await lengths(false)).toEqual([0, 0]);
    expect(await lengths(true)).toEqual([3, 5]);
    // A stream that is not of bytes may hand out the same chunk again.
    const chunk = new TextEncoder().encode("same");
    const twice = new ReadableStream({
      start(controller) {
        for (const same of [chunk, chunk]) controller.enqueue(same);
        controller.close();
      },
    });
    expect(await lengths(false, twice)).toEqual([4, 4]);
  });

  it("begins anew when it breaks off", async () => {
    const broken: RequestListener = (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("lost");
      setTimeout(() => request.socket.destroy(), 10);
    };
    const listener = inTurn(broken, answer(503, "busy"), answer(200, "whole"));
    expect(await stream(await serve(listener))).toBe("whole");
    expect(listener.count()).toBe(3);
  });

  it("that its consumer does not take is asked for again, and the rest not waited for", async () => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(200);
      response.write("no!");
    };
    const listener = inTurn(endless, endless, answer(200, "yes"));
    expect(await stream(await serve(listener))).toBe("yes");
    expect(listener.count()).toBe(3);
    const always = inTurn(endless);
    const error = await refusal(stream(await serve(always)));
    expect([error.code, always.count()]).toEqual(["bad-reply", 7]);
  });

  it("may not be larger than allowed", async () => {
    const error = await refusal(
      stream(await serve(answer(200, "x".repeat(1000))), { maxResponseBytes: 999 }),
    );
    expect(error.code).toBe("too-large");
  });
});

describe("a service that is down", () => {
  it.each<[string, RequestListener]>([
    ["503", answer(503, "no")],
    ["502 as HTML", answer(502, "<html>")],
    ["429 with little to wait", answer(429, "slow down", { "retry-after": "0" })],
    ["an empty body", answer(200, "")],
    ["half a JSON", answer(200, '{"status":"succ')],
    ["a login page", answer(200, "<html>Sign in</html>")],
    ["cut connections", (request) => request.socket.destroy()],
  ])("costs 20 requests at most, whatever is asked: %s", async (_, listener) => {
    const asked = inTurn(listener);
    const client = new HttpClient({ url: await serve(asked), retryDelayMs: 5, concurrency: 4 });
    const questions = Array.from({ length: 4 }, (_, i) => client.request({ path: `q${i}`, read: parseJson }));
    const ends = await Promise.allSettled(questions);
    expect(ends.every(({ status }) => status === "rejected")).toBe(true);
    expect(asked.count()).toBeGreaterThanOrEqual(7);
    expect(asked.count()).toBeLessThanOrEqual(16);
  });

  it("is not waited for as long as it likes", async () => {
    const listener = inTurn(answer(429, "no", { "retry-after": "3600" }));
    const error = await refusal(ask(await serve(listener)));
    expect([error.code, listener.count()]).toEqual(["server-error", 1]);
  });

  it.each([
    [429, { "retry-after": "3600" }, /answered 429; it may be asked again from \d{4}-[^;]*$/],
    [429, {}, /answered 429; too much was asked of it, or a quota is used up; try again later$/],
    [503, {}, /answered 503; the service has trouble; try again later$/],
  ])("says of a %i with %j what to do", async (status, headers, message) => {
    const error = await refusal(ask(await serve(answer(status, "no", headers)), { retries: 0 }));
    expect(error.message).toMatch(message);
  });

  it.each([
    ["seconds", 1],
    ["milliseconds", 1000],
  ])("takes the end of a limit in %s since 1970", async (_, factor) => {
    const end = Math.ceil(Date.now() / 1000) + 7200;
    const headers = { "x-ratelimit-reset": String(end * factor) };
    const error = await refusal(ask(await serve(answer(429, "no", headers)), { retries: 0 }));
    expect(error.message).toContain(`from ${new Date(end * 1000).toISOString().slice(0, 16)}`);
  });

  it("says nothing of a limit that ends at no time", async () => {
    const headers = { "x-ratelimit-reset": String(Date.now() * 1e6) };
    const error = await refusal(ask(await serve(answer(429, "no", headers)), { retries: 0 }));
    expect(error.message).toMatch(/answered 429; too much was asked/);
  });

  it.each([
    [{ error: "out of bounds" }, "out of bounds"],
    [{ error: { message: "no such time" } }, "no such time"],
    [{ message: "daily quota exceeded" }, "daily quota exceeded"],
    [{ error: "PERMISSION", message: "no access to PJM" }, "PERMISSION: no access to PJM"],
  ])("is quoted: %j", async (body, said) => {
    const asJson = { "content-type": "application/json" };
    const error = await refusal(ask(await serve(answer(400, JSON.stringify(body), asJson))));
    expect(error.message).toContain(`answered 400; ${said}`);
  });

  it("is no service that fails now and then: a long run goes on", async () => {
    let count = 0;
    const url = await serve((request, response) => {
      count += 1;
      (count % 10 === 0 ? answer(503, "busy") : count % 13 === 0 ? answer(200, "<html>") : ok)(
        request,
        response,
      );
    });
    const client = new HttpClient({ url, retryDelayMs: 1, concurrency: 4 });
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => client.request({ path: "api", read: parseJson })),
    );
    expect(answers).toEqual(answers.map(() => ({ hello: "world" })));
  });
});

describe("deadlines", () => {
  it("ends an attempt that hangs, in the head or in the body, and tries again", async () => {
    const hangs: RequestListener = () => {};
    const stalls: RequestListener = (_, response) => {
      response.writeHead(200);
      response.write("{");
    };
    const listener = inTurn(hangs, stalls, ok);
    expect(await ask(await serve(listener), { attemptTimeoutMs: 100 })).toEqual({ hello: "world" });
  });

  it("ends all attempts together", async () => {
    const error = await refusal(
      ask(await serve(() => {}), { attemptTimeoutMs: 10_000, totalTimeoutMs: 150 }),
    );
    expect(error.code).toBe("timeout");
  });

  it("rejects with the reason of an aborted signal, also between attempts", async () => {
    const url = await serve(answer(503, "", { "retry-after": "30" }));
    const controller = new AbortController();
    const reason = new Error("the user has gone");
    setTimeout(() => controller.abort(reason), 100);
    await expect(ask(url, {}, controller.signal)).rejects.toBe(reason);
  });
});

describe("what is wrong is said in one line", () => {
  const cases: [string, RequestListener, string, RegExp][] = [
    ["a proxy's page", answer(200, "<html>Log in"), "bad-reply", /HTML, not JSON/],
    ["nothing", answer(200, ""), "bad-reply", /empty/],
    ["truncated JSON", answer(200, '{"status":"succ'), "bad-reply", /truncated or broken JSON/],
    ["text", answer(200, "pong"), "bad-reply", /not JSON \(it starts "pong"\)/],
    ["a wrong path", answer(404, "404 page not found"), "not-found", /answered 404; check the URL/],
    ["a wrong password", answer(401, "Unauthorized"), "unauthorised", /answered 401; check the user/],
    [
      "Prometheus's own words",
      answer(400, '{"status":"error","errorType":"bad_data","error":"parse error:\\nunexpected"}', {
        "content-type": "application/json",
      }),
      "refused",
      /answered 400; parse error: unexpected/,
    ],
    [
      "the GB API's own words",
      answer(400, '{"error":{"code":"400 Bad Request","message":"the range is too long"}}', {
        "content-type": "application/json",
      }),
      "too-large",
      /the range is too long/,
    ],
  ];
  it.each(cases)("%s", async (_, listener, code, message) => {
    const url = await serve(listener);
    const error = await refusal(ask(url, { retries: 0 }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${url}/api`);
  });

  it("a server that is not there", async () => {
    const error = await refusal(ask("http://127.0.0.1:1", { retries: 0 }));
    expect(error.code).toBe("unreachable");
    expect(error.message).toMatch(/ECONNREFUSED|bad port/);
  });

  it("a body that is too large, however it is sent", async () => {
    const body = " ".repeat(100_000);
    for (const headers of [{}, { "content-length": "100000" }]) {
      const listener = inTurn(answer(200, body, headers));
      const error = await refusal(ask(await serve(listener), { maxResponseBytes: 50_000 }));
      expect([error.code, listener.count()]).toEqual(["too-large", 1]);
    }
  });
});
