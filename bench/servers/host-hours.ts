import { spawnSync } from "node:child_process";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { formatInstant, HOUR_MS } from "ada-carbon";
import type { Load } from "./load.ts";
import { series } from "./samples.ts";

const PYTHON = process.env.PYTHON_BIN ?? "python3";

/** What the existing Python implementation asks for one host and hour. */
export interface HostHour {
  readonly query: string;
  /** The end of the hour, ISO 8601. */
  readonly at: string;
}

/** So many host-hours of a load, spread evenly over hosts and hours. */
export function hostHours(load: Load, count: number): HostHour[] {
  const hosts = [...series(load.hosts, load.from)].filter(({ name }) => name === "node_boot_time_seconds");
  const hours = load.days * 24;
  return Array.from({ length: count }, (_, i) => {
    const { cloud_project_name, machine_name, instance } = hosts[(i * 37) % hosts.length]?.labels ?? {};
    const matchers = `cloud_project_name="${cloud_project_name}",machine_name="${machine_name}",instance="${instance}"`;
    const hour = (Math.floor((i * hours) / count) + 1) % hours;
    return {
      query: `increase(node_cpu_seconds_total{${matchers}}[1h])`,
      at: formatInstant(load.from + (hour + 1) * HOUR_MS),
    };
  });
}

/** Asks as that implementation does, in Python with `requests`. Milliseconds of one, the mean of all. */
export function askedFromPython(url: string, asked: readonly HostHour[]): number {
  const script = fileURLToPath(new URL("./host-hours.py", import.meta.url));
  const { stdout, stderr, error, status } = spawnSync(PYTHON, [script, url], {
    input: JSON.stringify(asked),
    encoding: "utf8",
  });
  if (error !== undefined || status !== 0)
    throw new Error(
      `${PYTHON} does not run host-hours.py, which needs the package requests (PYTHON_BIN names another Python): ${error?.message ?? stderr}`,
    );
  return Number(stdout);
}

/** The same requests from Node, with nothing of Python in them: one after the other, each over a connection of its own. */
export async function askedFromNode(url: string, asked: readonly HostHour[]): Promise<number> {
  const begin = performance.now();
  for (const { query, at } of asked) {
    const range = new URLSearchParams({ query, start: at, end: at, step: "1h" });
    const { status, data } = JSON.parse(await fetched(`${url}/api/v1/query_range?${range}`));
    if (status !== "success" || data.result.length === 0) throw new Error(`${url} knows nothing of ${query}`);
  }
  return (performance.now() - begin) / asked.length;
}

function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // No agent: a connection for each request, as of Python's requests.get.
    get(url, { agent: false }, (response) => resolve(text(response))).on("error", reject);
  });
}
