import { perCore } from "ada-carbon";
import { byLabels } from "../../src/attribution/attribution.js";
import { groupByProject } from "../../src/attribution/owners.js";
import { HostTable } from "../../src/prometheus/client/hosts.js";
import { ADA_LABELS } from "../../src/prometheus/client/queries.js";
import type { Matrix } from "../../src/prometheus/replies/matrix.js";
import { cut, decodeStreamed } from "../../src/prometheus/replies/reference.testing.js";
import { batchOf } from "../../src/rows/batch.js";
import { estimated } from "../../src/rows/host-hours.js";
import { encodeUsage } from "../../src/timeseries/parquet/encode.js";
import type { CpuHours } from "../../src/usage/cpu.js";
import { gridOf } from "../decode-bodies.js";
import type { Outcome } from "./outcome.js";
import type { Task } from "./task.js";

const GRID_SOURCE = { kind: "actual", source: "bench", fetchedAt: 0, settled: true } as const;
const MODEL = perCore();
/** What the others write too. */
const WRITTEN: readonly string[] = ["project", "machine"];

/** A reply by mode as the hours of hosts: each mode is busy or idle. */
function hostHours({ series, values, grid: { count } }: Matrix, hours: Task["hours"]): CpuHours {
  const table = new HostTable(ADA_LABELS);
  const rows = series.map((labels) => table.add(labels));
  const column = (): Float64Array => new Float64Array(table.hosts.length * count);
  const [busy, idle, observed] = [column(), column(), column()];
  for (let s = 0; s < series.length; s++) {
    const used = MODEL.modes[series[s]?.mode ?? ""] === "idle" ? idle : busy;
    const start = (rows[s] as number) * count;
    for (let t = 0; t < count; t++) {
      const value = values[s * count + t] as number;
      if (!(value >= 0)) continue;
      used[start + t] = (used[start + t] as number) + value;
      observed[start + t] = (observed[start + t] as number) + value;
    }
  }
  const times = column();
  return {
    hours,
    hosts: table.hosts,
    busyCpuSeconds: busy,
    idleCpuSeconds: idle,
    observedCpuSeconds: observed,
    expectedCpuSeconds: observed,
    upFrom: times,
    upTo: times,
    answered: hours.map(() => true),
    warnings: [],
    findings: [],
  };
}

/** The steps of the sync job between a reply and the store, as it takes them: chunks of 64 KiB, all kinds of scope. */
export function ours({ body, shape, hours, gco2eqPerKwh }: Task): Outcome {
  const { data } = decodeStreamed(cut(body, 2 ** 16), gridOf(shape));
  const cpuHours = hostHours(data, hours);
  const intensity = { gco2eqPerKwh, provenance: hours.map(() => GRID_SOURCE) };
  const owned = { cpu: cpuHours, attribution: byLabels(cpuHours.hosts, groupByProject) };
  const { series } = batchOf(estimated(owned, MODEL, intensity), [], new Map(), {
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
