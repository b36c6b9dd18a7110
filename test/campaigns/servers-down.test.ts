import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

// The command line as it is installed, beside servers that do what they should not.

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ada-carbon-down-"));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    request.resume();
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

/** Says at the end how much memory the process had at most. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => console.error("maxRSS " + process.resourceUsage().maxRSS));',
)}`;

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
  readonly seconds: number;
  readonly megabytes: number;
}

async function cli(...args: string[]): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", TELL_MEMORY, main, ...args]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdout.resume();
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const [told = "", kilobytes = ""] = /maxRSS (\d+)\n/.exec(stderr) ?? [];
  return {
    status,
    stderr: stderr.replace(told, ""),
    seconds: (performance.now() - started) / 1000,
    megabytes: Number(kilobytes) / 1000,
  };
}

let runs = 0;
/** From then until 2025-09-10, beside a grid that is not there. */
const sync = (url: string, from: string, ...more: string[]): Promise<Ended> =>
  cli(
    ...["sync", "--prometheus", url, "--intensity", "http://127.0.0.1:1", "--quiet", ...more],
    ...["--from", from, "--to", "2025-09-10T00:00:00Z", "--out", join(folder, `${++runs}`)],
  );

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);
/** A server that knows its projects, and then does something else. */
const thenOnly =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    const knows = request.url?.includes("/label/") === true;
    (knows ? answer(200, '{"status":"success","data":["IDAaaS"]}') : listener)(request, response);
  };

/** A million series: 130 MB. */
function millionSeries(response: ServerResponse, series = 0): void {
  if (series === 0) response.write('{"status":"success","data":{"resultType":"matrix","result":[');
  for (let next = series; next < 1_000_000; ) {
    let some = "";
    for (const end = next + 1000; next < end; next++)
      some += `${next > 0 ? "," : ""}{"metric":{"instance":"host-${next}.example:9100","cloud_project_name":"IDAaaS","machine_name":"Muon","user":"u${next}"},"values":[[1757376000,"1"]]}`;
    if (response.destroyed) return;
    if (!response.write(some)) {
      response.once("drain", () => millionSeries(response, next));
      return;
    }
  }
  response.end("]}}");
}

describe("a server that is down costs 20 requests and a minute, and ends in one line", () => {
  it.concurrent.each<[string, RequestListener, RegExp]>([
    ["503", answer(503, "no"), /answered 503/],
    ["502 with a page", answer(502, "<html>"), /answered 502/],
    ["504", answer(504, "<html>"), /answered 504/],
    [
      "500 in Prometheus's words",
      answer(500, '{"status":"error","errorType":"internal","error":"x"}'),
      /answered 500/,
    ],
    ["422", answer(422, '{"status":"error","errorType":"execution","error":"x"}'), /answered 422/],
    ["429 that asks to wait", answer(429, "no", { "retry-after": "30" }), /answered 429/],
    ["an empty body", answer(200, ""), /the answer is empty/],
    ["half a body", answer(200, '{"status":"succ'), /truncated/],
    ["a login page", answer(200, "<html>Sign in</html>"), /HTML/],
    ["something else", answer(200, '{"hello":1}'), /not of Prometheus/],
    ["nothing", () => {}, /no answer in time/],
    ["nothing but its projects", thenOnly(() => {}), /no answer in time/],
    ["503 but to its projects", thenOnly(answer(503, "no")), /answered 503/],
  ])("%s", { timeout: 120_000 }, async (_, listener, message) => {
    const server = await serve(listener);
    const ended = await sync(server.url, "2024-09-10T00:00:00Z");
    const lines = ended.stderr.trim().split("\n");
    const [line, ...more] = lines.filter((text) => !text.startsWith("warning: no carbon intensity"));
    expect([ended.status, line, more]).toEqual([1, expect.stringMatching(message), []]);
    expect(server.count()).toBeLessThanOrEqual(20);
    expect(ended.seconds).toBeLessThan(60);
  });
});

describe("answers that are too much", () => {
  it("a million series are refused under 1 GB", async () => {
    const server = await serve(thenOnly((_, response) => millionSeries(response)));
    const ended = await sync(server.url, "2025-09-09T00:00:00Z");
    expect([ended.status, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/series, which memory should not hold/),
    ]);
    expect(ended.megabytes).toBeLessThan(1000);
    expect(ended.megabytes).toBeGreaterThan(50);
  }, 120_000);
});

it("no header goes to another server, whatever is asked of the first one", async () => {
  const other = await serve(answer(200, "{}"));
  const server = await serve((request, response) =>
    answer(307, "", { location: `${other.url}${request.url ?? ""}` })(request, response),
  );
  const url = server.url.replace("://", "://ada:hunter2@");
  const secret = ["--header", "X-Api-Key: hunter2", "--bearer-token", "hunter2"];
  const ended = [
    await sync(url, "2025-09-09T00:00:00Z", ...secret),
    await cli("workspaces", "--prometheus", url, "--once", "--out", folder, ...secret),
    await cli("intensity", "--intensity", url),
  ];
  for (const { status, stderr } of ended) {
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`redirected from ${server.url} to ${other.url}, where nothing was sent`),
    ]);
    expect(stderr).not.toContain("hunter2");
    expect(stderr.trim()).not.toContain("\n");
  }
  expect(other.count()).toBe(0);
}, 60_000);
