import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import { instanceOf, namesOfFew } from "./hosts.js";
import type { StepGrid } from "./matrix.js";
import type { Sightings } from "./presence.js";
import { type HostSelection, scrapesQuery } from "./queries.js";
import { addScrapes, makeRoom } from "./sightings.js";

/**
 * Completes `sightings` of hosts without a boot time: how often they were scraped is all that says how long they were
 * there. Nobody else is asked for.
 */
export async function countScrapes(
  client: PrometheusClient,
  selection: HostSelection,
  grid: StepGrid,
  sightings: ReadonlyMap<string, Sightings>,
  call: PrometheusCallOptions,
): Promise<{ warnings: readonly string[] }> {
  const wanted = new Map([...sightings].filter(([, seen]) => lacksBoot(seen)));
  if (wanted.size === 0) return { warnings: [] };
  for (const seen of wanted.values()) {
    makeRoom(seen);
    seen.scrapes.fill(Number.NaN);
  }
  const query = scrapesQuery(selection, namesOfFew([...wanted.keys()]));
  const { data, warnings } = await client.range(query, grid, call);
  addScrapes(wanted, data, (series) => instanceOf(series, selection.labels));
  return { warnings };
}

// Written out: this sees every hour of every host.
function lacksBoot({ cores, bootLast }: Sightings): boolean {
  for (let t = 0; t < cores.length; t++)
    if ((cores[t] as number) > 0 && Number.isNaN(bootLast[t] as number)) return true;
  return false;
}
