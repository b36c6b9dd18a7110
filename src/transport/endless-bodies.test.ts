import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { answer, ask, closeServers, refusal, serve } from "../../test/support/one-server.js";

afterEach(closeServers);

describe("bodies without an end", () => {
  const flood =
    (status: number, headers: Record<string, string> = {}): RequestListener =>
    (_, response) => {
      response.writeHead(status, headers);
      const chunk = Buffer.alloc(2 ** 16, " ");
      const more = (): void =>
        void (
          response.destroyed || (response.write(chunk) ? setImmediate(more) : response.once("drain", more))
        );
      more();
    };
  const bomb = gzipSync(Buffer.alloc(2 ** 28));
  const drip =
    (status: number): RequestListener =>
    (_, response) => {
      response.writeHead(status);
      const timer = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(timer));
    };

  it.each<[string, RequestListener, string]>([
    ["an endless answer", flood(200), "too-large"],
    ["an endless error", flood(503), "server-error"],
    ["a gzip bomb", answer(200, bomb, { "content-encoding": "gzip" }), "too-large"],
    ["a gzip bomb as an error", answer(400, bomb, { "content-encoding": "gzip" }), "refused"],
  ])("%s ends in seconds", async (_, listener, code) => {
    const started = performance.now();
    const error = await refusal(ask(await serve(listener), { retries: 0 }));
    expect(error.code).toBe(code);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("or byte by byte end in seconds, too", async () => {
    const started = performance.now();
    const codes = [200, 500].map(async (status) =>
      refusal(ask(await serve(drip(status)), { retries: 0 })).then(({ code }) => code),
    );
    expect(await Promise.all(codes)).toEqual(["timeout", "server-error"]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
