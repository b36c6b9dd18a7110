import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createRawServer, type Server as RawServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { gbCarbonIntensity } from "../../src/intensity/gb.js";
import { PrometheusClient } from "../../src/prometheus/client/client.js";
import type { HttpOptions } from "../../src/transport/http.js";
import { isAdaCarbonError } from "../../src/usage/errors.js";
import type { TortureResult } from "../campaign.js";

const FROM = Date.UTC(2025, 8, 10);
const HOUR_MS = 3_600_000;
/** All that is asked here is asked twice at most, half a second each. */
const DEADLINE_MS = 5_000;

/** A question to a server, with a good answer and what must be made of it. */
interface Question {
  readonly name: string;
  readonly body: string;
  readonly right: unknown;
  readonly ask: (options: HttpOptions) => Promise<unknown>;
}

const series = (more: object): string =>
  JSON.stringify({
    status: "success",
    data: {
      resultType: "values" in more ? "matrix" : "vector",
      result: [{ metric: { instance: "a" }, ...more }],
    },
  });

const QUESTIONS: readonly Question[] = [
  {
    name: "range",
    body: series({ values: [[FROM / 1000, "7.5"]] }),
    right: [7.5],
    ask: async (options) => {
      const grid = { from: FROM, stepMs: HOUR_MS, count: 1 };
      return [...(await new PrometheusClient(options).range("up", grid)).data.values];
    },
  },
  {
    name: "samples",
    body: series({ values: [[FROM / 1000, "7.5"]] }),
    right: [[7.5]],
    ask: async (options) =>
      (await new PrometheusClient(options).samples("up[1h]", FROM)).data.map(({ values }) => values),
  },
  {
    name: "vector",
    body: series({ value: [FROM / 1000, "7.5"] }),
    right: ["7.5"],
    ask: async (options) =>
      (await new PrometheusClient(options).instant("up", FROM)).data.map(({ value }) => value?.[1]),
  },
  {
    name: "names",
    body: '{"status":"success","data":["b","a"]}',
    right: ["a", "b"],
    ask: async (options) => (await new PrometheusClient(options).labelValues("project", "up")).data,
  },
  {
    name: "grid",
    body: '{"data":[{"from":"2025-09-10T00:00Z","to":"2025-09-10T00:30Z","intensity":{"forecast":90,"actual":100}}]}',
    right: [100],
    ask: async (options) => {
      const periods = await gbCarbonIntensity(options).periods({ from: FROM, to: FROM + HOUR_MS / 2 });
      return periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh);
    },
  },
];

/** How a server answers, given what would be right; and whether the right answer must come of it. */
interface Manner {
  readonly name: string;
  readonly isRight?: true;
  readonly listener: (right: string) => RequestListener;
}

const say =
  (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);

const MANNERS: readonly Manner[] = [
  { name: "rightly", isRight: true, listener: (right) => say(200, right) },
  {
    name: "as HTML by its type alone",
    isRight: true,
    listener: (right) => say(200, right, { "content-type": "text/html" }),
  },
  { name: "after a mark of byte order", isRight: true, listener: (right) => say(200, `\ufeff${right}`) },
  {
    name: "compressed",
    isRight: true,
    listener: (right) => say(200, gzipSync(right), { "content-encoding": "gzip" }),
  },
  { name: "behind a redirect that stays", isRight: true, listener: (right) => redirected("/there", right) },
  { name: "at the second time", isRight: true, listener: (right) => atSecond(say(200, ""), right) },
  {
    name: "after a cut connection",
    isRight: true,
    listener: (right) => atSecond((request) => request.socket.destroy(), right),
  },
  { name: "with nothing", listener: () => say(200, "") },
  { name: "with blanks", listener: () => say(200, " \n\t ") },
  { name: "with half of it", listener: (right) => say(200, right.slice(0, right.length / 2)) },
  { name: "twice", listener: (right) => say(200, right + right) },
  { name: "in UTF-16", listener: (right) => say(200, Buffer.from(right, "utf16le")) },
  { name: "with a page", listener: () => say(200, "<html>Sign in</html>") },
  { name: "with null", listener: () => say(200, "null") },
  { name: "with a list", listener: () => say(200, "[]") },
  { name: "with another service's answer", listener: () => say(200, '{"took":3,"hits":{"total":0}}') },
  { name: "with depth", listener: () => say(200, "[".repeat(100_000)) },
  { name: "with zero bytes", listener: () => say(200, new Uint8Array(10_000)) },
  {
    name: "with what is not compressed",
    listener: (right) => say(200, right, { "content-encoding": "gzip" }),
  },
  { name: "cut off", listener: (right) => say(200, right, { "content-length": String(right.length + 9) }) },
  { name: "with no content", listener: () => (_, response) => void response.writeHead(204).end() },
  { name: "by way of another server", listener: () => say(307, "", { location: "http://localhost:1/" }) },
  {
    name: "by way of itself",
    listener: () => (request, response) => say(302, "", { location: request.url ?? "" })(request, response),
  },
  { name: "with a request to wait", listener: () => say(429, "no", { "retry-after": "3600" }) },
  { name: "never", listener: () => () => {} },
];

function redirected(to: string, right: string): RequestListener {
  return (request, response) =>
    (request.url === to ? say(200, right) : say(308, "", { location: to }))(request, response);
}

function atSecond(first: RequestListener, right: string): RequestListener {
  let count = 0;
  return (request, response) => (count++ === 0 ? first : say(200, right))(request, response);
}

/** What is no HTTP, byte by byte. */
const RAW = [
  "",
  "\r\n\r\n",
  "SSH-2.0-x\r\n",
  "HTTP/1.1 99999 x\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx",
];

/** Every manner of answering every question, on a real server each. */
export async function handMadeReplies(signal: AbortSignal | undefined): Promise<TortureResult> {
  const failures: string[] = [];
  let tried = 0;
  const judge = async (server: Server | RawServer, name: string, question: Question, isRight: boolean) => {
    tried += 1;
    const failure = await withServer(server, (url) => failureOf(question, url, isRight));
    if (failure !== undefined) failures.push(`${question.name} answered ${name}: ${failure}`);
  };
  for (const question of QUESTIONS) {
    if (signal?.aborted === true) break;
    await Promise.all([
      ...MANNERS.map(({ name, isRight = false, listener }) =>
        judge(createServer(listener(question.body)), name, question, isRight),
      ),
      ...RAW.map((bytes) =>
        judge(
          createRawServer((socket) => void socket.on("error", () => {}).end(bytes, () => socket.destroy())),
          `${JSON.stringify(bytes)}`,
          question,
          false,
        ),
      ),
    ]);
  }
  return { kind: "hand-made replies of real servers", tried, failed: failures.length, failures };
}

async function failureOf(
  { ask, right }: Question,
  url: string,
  isRight: boolean,
): Promise<string | undefined> {
  const started = performance.now();
  const options = { url, retries: 1, retryDelayMs: 1, attemptTimeoutMs: 1_000 };
  const outcome = await ask(options).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  const ms = performance.now() - started;
  if (ms > DEADLINE_MS) return `took ${Math.round(ms)} ms`;
  if ("answer" in outcome) {
    const isEmpty = isDeepStrictEqual(outcome.answer, []);
    if (isRight ? isDeepStrictEqual(outcome.answer, right) : isEmpty) return undefined;
    return `was taken for ${JSON.stringify(outcome.answer)}`;
  }
  const { error } = outcome;
  if (!isAdaCarbonError(error)) return `crashed: ${String(error)}`;
  return isRight || /[\r\n]/.test(error.message) ? `was told as ${error.message}` : undefined;
}

async function withServer<T>(server: Server | RawServer, use: (url: string) => Promise<T>): Promise<T> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}
