import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { assertOptions, CALLBACK, OBJECT, optional, port, type Rules } from "../usage/options.js";
import type { SimulatedCluster } from "./cluster.js";
import { type SimulatedGrid, simulateGrid } from "./grid.js";
import { answerIntensity } from "./intensity-api.js";
import { answerPrometheus } from "./prometheus-api.js";
import { json, type Reply, type SimulatedRequest } from "./reply.js";
import { SimulatedStorage } from "./simulated-storage.js";

/** Where the intensity service lives beside Prometheus, on the same port. */
const INTENSITY_PATH = "/intensity-api";

/** What goes wrong with one reply. Whatever is left out stays as it would have been. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds to wait before answering. */
  readonly delayMs?: number;
  /** Never answer. */
  readonly hang?: boolean;
  /** Send only so many bytes of the body, and cut the connection. 0 cuts it after the headers. */
  readonly truncateAt?: number;
  /** Cut the connection without an answer. */
  readonly reset?: boolean;
}

/** What is served, and what goes wrong. */
export interface SimulationServerOptions {
  /** One cluster, or several in one Prometheus. */
  readonly cluster: SimulatedCluster | readonly SimulatedCluster[];
  /** `simulateGrid()` by default. */
  readonly grid?: SimulatedGrid;
  /** What time it is, UTC ms: nothing later has been scraped or measured. The end of the scraping of the (first) cluster by default. */
  readonly clock?: () => number;
  /** Asked before each answer whether something is to go wrong. */
  readonly faults?: (request: SimulatedRequest) => Fault | undefined | Promise<Fault | undefined>;
}

const SERVER_OPTIONS: Rules<SimulationServerOptions> = {
  cluster: {
    allowed: "a simulated cluster, or a list of them",
    holds: (value) => [value].flat().every((element) => OBJECT.holds(element)),
  },
  grid: optional(port("SimulatedGrid", ["period", "periods"])),
  clock: optional(CALLBACK),
  faults: optional(CALLBACK),
};

/** A simulation that is served, and where. */
export interface SimulationServer extends AsyncDisposable {
  /** Base URL of the Prometheus, without a slash at the end. */
  readonly prometheusUrl: string;
  /** Base URL of the intensity service, without a slash at the end. */
  readonly intensityUrl: string;
  /** Everything asked so far, oldest first. */
  readonly requests: readonly SimulatedRequest[];
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves a cluster as Prometheus would, and a grid as the GB Carbon Intensity API would, over HTTP on a
 * free port of 127.0.0.1.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { serveSimulation, simulateCluster } from "ada-carbon/testing";
 *
 * const to = Date.parse("2025-09-10T06:00:00Z");
 * const cluster = simulateCluster({ interval: { from: to - 3_600_000, to }, hosts: 3, events: "none" });
 * const server = await serveSimulation({ cluster });
 * const reply = await fetch(`${server.prometheusUrl}/api/v1/query?query=count(up)`);
 * const { data } = await reply.json();
 * assert.equal(data.result[0].value[1], "3");
 * await server.close();
 */
export async function serveSimulation(options: SimulationServerOptions): Promise<SimulationServer> {
  assertOptions("serveSimulation", options, SERVER_OPTIONS);
  const { cluster, grid = simulateGrid(), faults } = options;
  const end = [cluster].flat()[0]?.scraped.to ?? 0;
  const { clock = () => end } = options;
  const storage = new SimulatedStorage(cluster, clock);
  const requests: SimulatedRequest[] = [];

  const answer = (request: SimulatedRequest): Reply =>
    request.path.startsWith(`${INTENSITY_PATH}/`)
      ? answerIntensity(grid, clock(), decodeURIComponent(request.path.slice(INTENSITY_PATH.length)))
      : answerPrometheus(storage, clock, request);

  const server = createServer((incoming, response) => {
    const serve = async (): Promise<void> => {
      const request = await readRequest(incoming);
      requests.push(request);
      await send(response, (await faults?.(request)) ?? {}, () => answer(request));
    };
    serve().catch((error: unknown) => {
      // A client that went away needs no answer; anything else is a fault of the simulation: say so.
      if (!response.headersSent) write(response, json(500, { status: "error", error: String(error) }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });

  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    prometheusUrl: url,
    intensityUrl: `${url}${INTENSITY_PATH}`,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SimulatedRequest> {
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const parameters = new URLSearchParams(url.search);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const isForm = incoming.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  if (isForm) {
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
    for (const [name, value] of form) parameters.append(name, value);
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    headers: Object.fromEntries(headers),
    parameters,
  };
}

async function send(response: ServerResponse, fault: Fault, answer: () => Reply): Promise<void> {
  if (fault.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (fault.hang === true || response.destroyed) return;
  if (fault.reset === true) {
    response.destroy();
    return;
  }
  const usual = fault.status === undefined || fault.body === undefined ? answer() : { status: 200, body: "" };
  const reply: Reply = {
    status: fault.status ?? usual.status,
    headers: { ...usual.headers, ...fault.headers },
    body: fault.body ?? usual.body,
  };
  write(response, reply, fault.truncateAt);
}

function write(response: ServerResponse, { status, headers, body }: Reply, truncateAt?: number): void {
  const bytes = Buffer.from(body, "utf8");
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
    ...headers,
  });
  if (truncateAt === undefined) response.end(bytes);
  else {
    response.flushHeaders();
    response.write(bytes.subarray(0, truncateAt), () => response.destroy());
  }
}
