import { perCore } from "ada-carbon";
import { byLabels } from "../../src/attribution/attribution.js";
import { groupByProject } from "../../src/attribution/owners.js";
import { assembleCpuHours } from "../../src/prometheus/assemble.js";
import type { Labels, Matrix } from "../../src/prometheus/matrix.js";
import { ADA_LABELS } from "../../src/prometheus/queries.js";
import { cut, decodeStreamed } from "../../src/prometheus/stream/reference.testing.js";
import { batchOf } from "../../src/sync/batch.js";
import { encodeUsage } from "../../src/timeseries/parquet/encode.js";
import type { ModeUse } from "../../src/usage/modes.js";
import { gridOf } from "../decode-bodies.js";
import type { Outcome } from "./outcome.js";
import type { Task } from "./task.js";

const GRID_SOURCE = { kind: "actual", source: "bench", fetchedAt: 0, settled: true } as const;
const MODEL = perCore();
/** What the others write too. */
const WRITTEN: readonly string[] = ["project", "machine"];

/** A reply by mode, as busy and idle: the job has the server tell them apart. */
function byUse({ grid, series, values, ...rest }: Matrix): { use: ModeUse; parts: Matrix[] }[] {
  const uses = series.map(({ mode = "" }) => MODEL.modes[mode] ?? "busy");
  return (["busy", "idle"] as const).map((use) => {
    const wanted: Labels[] = [];
    const some = new Float64Array(values.length);
    for (let from = 0, to = 0; from < series.length; from = to) {
      // Modes of one use are mostly neighbours, and copied together.
      for (to = from + 1; to < series.length && uses[to] === uses[from]; to++);
      if (uses[from] !== use) continue;
      some.set(values.subarray(from * grid.count, to * grid.count), wanted.length * grid.count);
      for (let s = from; s < to; s++) wanted.push(series[s] as Labels);
    }
    const part = { ...rest, grid, series: wanted, values: some.subarray(0, wanted.length * grid.count) };
    return { use, parts: [part] };
  });
}

/** The steps of the sync job between a reply and the store, as it takes them: chunks of 64 KiB, all kinds of scope. */
export function ours({ body, shape, hours, gco2eqPerKwh }: Task): Outcome {
  const { data } = decodeStreamed(cut(body, 2 ** 16), gridOf(shape));
  const nothing = { ...data, series: [], values: new Float64Array(0) };
  const presence = { cores: nothing, boot: nothing };
  const cpuHours = assembleCpuHours(
    { hours, cpu: byUse(data), presence, sightings: new Map(), spacingMs: 60_000, warnings: [] },
    ADA_LABELS,
  );
  const intensity = { gco2eqPerKwh, provenance: hours.map(() => GRID_SOURCE) };
  const { series } = batchOf(cpuHours, byLabels(cpuHours.hosts, groupByProject), intensity, [], new Map(), {
    power: MODEL,
    experiments: false,
    hosts: false,
    completeAt: 0.99,
    fake: false,
  });
  const ada = series.find(({ scope }) => scope.kind === "ada");
  if (ada === undefined) throw new Error("there is no row of everything");
  const sum = (...columns: readonly Float64Array[]): number =>
    columns.reduce((all, column) => all + column.reduce((a, b) => a + b, 0), 0);
  return {
    files: series.filter(({ scope }) => WRITTEN.includes(scope.kind)).map(encodeUsage),
    kwh: sum(ada.busyKwh, ada.idleKwh),
    gco2eq: sum(ada.busyGco2eq, ada.idleGco2eq),
  };
}
