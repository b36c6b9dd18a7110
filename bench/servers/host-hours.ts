import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { Load } from "./load.ts";
import { series } from "./samples.ts";

/**
 * Asks as the existing Python implementation does: for every host and hour once, one after the other, each over a
 * connection of its own. Milliseconds of one, the mean of `count`.
 */
export async function oneQueryAHostHour(url: string, load: Load, count: number): Promise<number> {
  const instances = [...new Set([...series(load.hosts, load.from)].map(({ labels }) => labels.instance))];
  const hours = load.days * 24;
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    // Spread evenly over hosts and hours.
    const instance = instances[(i * 37) % instances.length] ?? "";
    const hour = load.from / 1000 + ((Math.floor((i * hours) / count) + 1) % hours) * 3600 + 3600;
    const query = `increase(node_cpu_seconds_total{instance="${instance}"}[1h])`;
    const range = new URLSearchParams({ query, start: String(hour), end: String(hour), step: "1h" });
    const { status, data } = JSON.parse(await fetched(`${url}/api/v1/query_range?${range}`));
    if (status !== "success" || data.result.length === 0)
      throw new Error(`${url} knows nothing of ${instance}`);
  }
  return (performance.now() - begin) / count;
}

function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // No agent: a connection for each request, as of Python's requests.get.
    get(url, { agent: false }, (response) => resolve(text(response))).on("error", reject);
  });
}
