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

/** The series of a reply by mode that count as busy or as idle: the job has the server tell them apart. */
function ofUse(all: Matrix, use: ModeUse): Matrix {
  const { count } = all.grid;
  const isWanted = ({ mode = "" }: Labels): boolean => (MODEL.modes[mode] ?? "busy") === use;
  const series = all.series.filter(isWanted);
  const values = new Float64Array(series.length * count);
  let next = 0;
  all.series.forEach((labels, s) => {
    if (!isWanted(labels)) return;
    values.set(all.values.subarray(s * count, (s + 1) * count), next);
    next += count;
  });
  return { ...all, series, values };
}

/** The steps of the sync job between a reply and the store, as it takes them: chunks of 64 KiB, all kinds of scope. */
export function ours({ body, shape, hours, gco2eqPerKwh }: Task): Outcome {
  const { data } = decodeStreamed(cut(body, 2 ** 16), gridOf(shape));
  const cpu = (["busy", "idle"] as const).map((use) => ({ use, parts: [ofUse(data, use)] }));
  const nothing = { ...data, series: [], values: new Float64Array(0) };
  const presence = { cores: nothing, boot: nothing };
  const cpuHours = assembleCpuHours(
    { hours, cpu, presence, sightings: new Map(), spacingMs: 60_000, warnings: [] },
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
