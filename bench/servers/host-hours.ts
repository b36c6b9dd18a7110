import type { Load } from "./load.ts";
import { series } from "./samples.ts";

/** Asks as the existing Python implementation does: for every host and hour once, one after the other. */
export async function oneQueryAHostHour(
  url: string,
  load: Load,
  count: number,
): Promise<{ asked: number; msEach: number }> {
  const instances = [...new Set([...series(load.hosts, load.from)].map(({ labels }) => labels.instance))];
  const hours = load.days * 24;
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    // Spread evenly over hosts and hours.
    const instance = instances[(i * 37) % instances.length] ?? "";
    const hour = load.from / 1000 + ((Math.floor((i * hours) / count) + 1) % hours) * 3600 + 3600;
    const query = `sum by (mode) (increase(node_cpu_seconds_total{instance="${instance}"}[1h]))`;
    const reply = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query, time: String(hour) })}`);
    const { status } = await reply.json();
    if (status !== "success") throw new Error(`${url} answered ${status}`);
  }
  return { asked: count, msEach: (performance.now() - begin) / count };
}
