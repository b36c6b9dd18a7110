import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { DAY_MS } from "ada-carbon";
import {
  type Fault,
  type SimulatedRequest,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { run } from "../../src/cli/program.js";

// The command line in a folder of its own, beside a simulated Prometheus and grid.

export const FROM: number = Date.UTC(2025, 8, 10);
export const SPAN: string[] = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T06:00:00Z"];

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Record<string, string>;
  /** Whether standard error is a terminal; standard output is one where {@link columns} says how wide. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly clock?: () => number;
  readonly signal?: AbortSignal;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A command line in this process, with its own streams, environment and clock. */
export async function cli(args: readonly string[], world: Surroundings = {}): Promise<Ended> {
  const { columns } = world;
  const stdout = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, columns });
  const stderr = Object.assign(new PassThrough(), {
    isTTY: world.isTTY ?? false,
    columns: 100,
    clearLine: () => {},
    cursorTo: () => {},
  });
  const text = (stream: PassThrough): string => (stream.read() ?? "").toString();
  const status = await run(args, {
    stdout,
    stderr,
    env: world.env ?? {},
    clock: world.clock ?? Date.now,
    signal: world.signal ?? new AbortController().signal,
    ...(world.sleep === undefined ? {} : { sleep: world.sleep }),
  });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

export let folder: string;
export let out: string;
export let server: SimulationServer;
/** What the servers do wrong, until the end of the test. */
export const servers: { fault: (request: SimulatedRequest) => Fault | undefined } = {
  fault: () => undefined,
};

beforeAll(async () => {
  const cluster = simulateCluster({ interval: { from: FROM, to: FROM + DAY_MS }, hosts: 9 });
  server = await serveSimulation({ cluster, clock: Date.now, faults: (request) => servers.fault(request) });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-cli-"));
  out = join(folder, "out");
});
afterEach(() => {
  servers.fault = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

export const syncArgs: (...more: string[]) => string[] = (...more) => [
  "sync",
  "--prometheus",
  server.prometheusUrl,
  "--intensity",
  server.intensityUrl,
  ...SPAN,
  "--out",
  out,
  ...more,
];

/** Every file below `out` with its bytes, to see that nothing was touched. */
export function files(): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), "base64"),
    ]),
  );
}
