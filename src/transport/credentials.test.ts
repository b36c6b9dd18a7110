import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answer, ask, closeServers, refusal, serve } from "../../test/support/one-server.js";
import type { HttpOptions } from "./http.js";

afterEach(closeServers);

describe("credentials", () => {
  const secrets = ["hunter2", "s3cr3t-token", "tenant-key", Buffer.from("ada:hunter2").toString("base64")];
  const options: Partial<HttpOptions>[] = [
    { basicAuth: { username: "ada", password: "hunter2" } },
    { bearerToken: "s3cr3t-token" },
    { headers: { "X-Scope-OrgID": "tenant-key" } },
  ];

  it("are sent", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization ?? request.headers["x-scope-orgid"]?.toString());
      response.end("{}");
    });
    for (const option of options) await ask(url, option);
    await ask(url.replace("://", "://ada:hunter2@"));
    const basic = `Basic ${secrets[3]}`;
    expect(seen).toEqual([basic, "Bearer s3cr3t-token", "tenant-key", basic]);
  });

  it("are in no error, whatever goes wrong", async () => {
    const faults = [
      answer(401, "no"),
      answer(500, "no"),
      answer(200, "<html>"),
      (() => {}) as RequestListener,
    ];
    for (const fault of faults) {
      const url = (await serve(fault)).replace("://", "://ada:hunter2@");
      for (const option of [{}, ...options]) {
        const error = await refusal(ask(url, { ...option, retries: 0, attemptTimeoutMs: 50 }));
        const everything = inspect(error);
        for (const secret of secrets) expect(everything).not.toContain(secret);
      }
    }
    const percent = (await serve(answer(401, "no"))).replace("://", "://a%zz:hunter2%@");
    expect(inspect(await refusal(ask(percent, { retries: 0 })))).not.toContain("hunter2");
    for (const bad of ["ftp://ada:hunter2@host/", "ada:hunter2@host", "http://ada:hunter2@[broken"]) {
      expect((await refusal(Promise.resolve().then(() => ask(bad)))).message).not.toContain("hunter2");
    }
    const header = await refusal(
      Promise.resolve().then(() => ask("http://host", { headers: { x: "tenant-key\n" } })),
    );
    expect(inspect(header)).not.toContain("tenant-key");
  });
});

/** The error and its causes, with every property a logger might print. */
function inspect(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 6) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => `${name}=${String(Reflect.get(error, name))}`);
  return [String(error), ...own, inspect(error.cause, depth + 1)].join("\n");
}
