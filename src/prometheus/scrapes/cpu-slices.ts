import type { CpuCallOptions, CpuSlices, SliceRequest } from "../../usage/cpu.js";
import type { PrometheusClient } from "../client/client.js";
import { HostTable } from "../client/hosts.js";
import type { HostSelection } from "../client/queries.js";
import { machinesOf } from "./machines.js";
import { measureMachine } from "./measure-machine.js";
import { readRawScrapes } from "./raw-scrapes.js";

const SLICE_MS = 5 * 60_000;
/** Scrapes before and after the interval, between which its edges lie. */
const AROUND_MS = 22 * 60_000;
/** Counters of a machine, for the size of replies: eight CPUs with eight modes, scraped every minute. */
const SAMPLES_PER_MS = 64 / 60_000;

/** What is not known of a host is not asked for: silences are nobody's. */
const NOTHING_ELSE = { unheardIn: () => [], wasScrapedBefore: false, graceMs: Number.POSITIVE_INFINITY };

/** Busy and idle time of few hosts in steps of five minutes, from their raw samples. */
export async function fetchSlices(
  client: PrometheusClient,
  selection: Omit<HostSelection, "projects">,
  request: SliceRequest,
  call: CpuCallOptions,
): Promise<CpuSlices> {
  const { from, to } = request.interval;
  const count = Math.round((to - from) / SLICE_MS);
  const samples = (to - from + 2 * AROUND_MS) * SAMPLES_PER_MS;
  const ranges = request.instances.map((instance) => {
    return { instance, from: from - AROUND_MS, to: to + AROUND_MS, samples };
  });
  const hosts = new HostTable(selection.labels);
  const { scrapesOf } = await readRawScrapes({ client, selection, call }, ranges, hosts);
  const column = (): Float64Array => new Float64Array(request.instances.length * count).fill(Number.NaN);
  const [busy, idle] = [column(), column()];
  request.instances.forEach((instance, i) => {
    const own = scrapesOf([instance]);
    const bins = { from, stepMs: SLICE_MS, count };
    for (const machine of machinesOf(own.targets, own.layout)) {
      const { use } = measureMachine(
        machine,
        own.layout,
        own.layout.usesOf(request.modes),
        bins,
        NOTHING_ELSE,
      );
      for (const [, row] of use.rows) {
        addTo(busy.subarray(i * count, (i + 1) * count), row.busy);
        addTo(idle.subarray(i * count, (i + 1) * count), row.idle);
      }
    }
  });
  return {
    instances: request.instances,
    from,
    stepMs: SLICE_MS,
    count,
    busyCpuSeconds: busy,
    idleCpuSeconds: idle,
  };
}

/** Adds what is known; NaN is nothing yet. */
function addTo(sums: Float64Array, values: Float64Array): void {
  values.forEach((value, i) => {
    if (!Number.isNaN(value)) sums[i] = (Number.isNaN(sums[i] as number) ? 0 : (sums[i] as number)) + value;
  });
}
