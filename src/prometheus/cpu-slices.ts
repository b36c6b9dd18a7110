import type { CpuCallOptions, CpuSlices, SliceRequest } from "../usage/cpu.js";
import { at } from "../usage/series.js";
import type { PrometheusClient } from "./client.js";
import type { StepGrid } from "./matrix.js";
import { type HostSelection, sliceQuery } from "./queries.js";

/** Two scrapes a minute apart need as much to measure an increase, and a bit to spare. */
const SLICE_MS = 5 * 60_000;

/** Busy and idle time of few hosts in steps of five minutes. */
export async function fetchSlices(
  client: PrometheusClient,
  selection: Omit<HostSelection, "projects">,
  request: SliceRequest,
  call: CpuCallOptions,
): Promise<CpuSlices> {
  const { from, to } = request.interval;
  const count = Math.round((to - from) / SLICE_MS);
  const grid: StepGrid = { from: from + SLICE_MS, stepMs: SLICE_MS, count };
  const query = sliceQuery(selection, request.instances, SLICE_MS / 1000);
  const { data } = await client.range(query, grid, call);
  const row = new Map(request.instances.map((instance, i) => [instance, i]));
  const column = (): Float64Array => new Float64Array(request.instances.length * count).fill(Number.NaN);
  const slices = { busy: column(), idle: column() };
  data.series.forEach((series, s) => {
    const use = request.modes[series.mode ?? ""] ?? "busy";
    const i = row.get(series[selection.labels.instance] ?? "");
    if (i === undefined || use === "ignored") return;
    for (let t = 0; t < count; t++) {
      const value = at(data.values, s * count + t);
      const cell = i * count + t;
      if (value >= 0) slices[use][cell] = (at(slices[use], cell) || 0) + value;
    }
  });
  return {
    instances: request.instances,
    from,
    stepMs: SLICE_MS,
    count,
    busyCpuSeconds: slices.busy,
    idleCpuSeconds: slices.idle,
  };
}
