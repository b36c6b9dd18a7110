import { HOUR_MS, type Hour, hoursIn, type Interval } from "../../usage/hour.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import { allScrapesQuery, type HostSelection } from "./queries.js";

/** How many scrapes of all hosts the server has of each hour now, in one query; no number where it has none. */
export async function fetchScrapes(
  client: PrometheusClient,
  selection: HostSelection,
  interval: Interval,
  call: PrometheusCallOptions,
): Promise<ReadonlyMap<Hour, number>> {
  const hours = hoursIn(interval);
  const first = hours[0];
  if (first === undefined || selection.projects.length === 0) return new Map();
  const grid = { from: first + HOUR_MS, stepMs: HOUR_MS, count: hours.length };
  const { data, warnings } = await client.range(allScrapesQuery(selection), grid, call);
  // What the server left out would look like scrapes that are gone.
  if (warnings.length > 0) return new Map();
  const scrapes = new Map<Hour, number>();
  hours.forEach((hour, t) => {
    for (let s = 0; s < data.series.length; s++) {
      const count = data.values[s * grid.count + t] as number;
      if (count > 0) scrapes.set(hour, count);
    }
  });
  return scrapes;
}
