import { makeVector, Table, tableToIPC, vectorFromArray } from "apache-arrow";
import { Table as WasmTable, writeParquet } from "parquet-wasm";
import { QueryResult } from "prometheus-query";
import type { Outcome } from "./outcome.js";
import { BUSY_WATTS, IDLE_WATTS, JOULES_PER_KWH, type Task } from "./task.js";

// What a good programmer writes with the usual parts: the reply as objects, sums in maps, parquet-wasm.

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds and values. */
  readonly samples: Iterable<readonly [number, number]>;
}

export function jsonParse(task: Task): Outcome {
  const reply = JSON.parse(new TextDecoder().decode(task.body));
  const result: { metric: Record<string, string>; values: [number, string][] }[] = reply.data.result;
  return summed(
    task,
    result.map(({ metric, values }) => ({
      labels: metric,
      samples: values.map(([seconds, value]) => [seconds * 1000, Number(value)] as const),
    })),
  );
}

export function prometheusQuery(task: Task): Outcome {
  const reply = JSON.parse(new TextDecoder().decode(task.body));
  const { result } = QueryResult.fromJSON(reply.data);
  return summed(
    task,
    result.map((series: { metric: { labels: object }; values: { time: Date; value: number }[] }) => ({
      labels: { ...series.metric.labels },
      samples: series.values.map(({ time, value }) => [time.getTime(), value] as const),
    })),
  );
}

interface Sums {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
}

function summed(task: Task, all: readonly Series[]): Outcome {
  const { hours, shape } = task;
  const first = (hours[0] ?? 0) + 3_600_000;
  const sums = new Map<string, Sums>();
  const sumsOf = (scope: string): Sums => {
    const known = sums.get(scope);
    if (known !== undefined) return known;
    const made = { busy: new Float64Array(shape.points), idle: new Float64Array(shape.points) };
    sums.set(scope, made);
    return made;
  };
  for (const { labels, samples } of all) {
    const scopes = [`project:${labels.cloud_project_name}`, `machine:${labels.machine_name}`].map(sumsOf);
    const use = labels.mode === "idle" ? "idle" : "busy";
    for (const [time, value] of samples) {
      const t = (time - first) / 3_600_000;
      for (const sum of scopes) sum[use][t] = (sum[use][t] ?? 0) + value;
    }
  }
  return written(task, sums);
}

function written({ hours, gco2eqPerKwh }: Task, sums: ReadonlyMap<string, Sums>): Outcome {
  const files: Uint8Array[] = [];
  const total = { kwh: 0, gco2eq: 0 };
  const timestamp = vectorFromArray(hours.map((hour) => new Date(hour)));
  for (const [scope, { busy, idle }] of sums) {
    const busyKwh = busy.map((seconds) => (seconds * BUSY_WATTS) / JOULES_PER_KWH);
    const idleKwh = idle.map((seconds) => (seconds * IDLE_WATTS) / JOULES_PER_KWH);
    const busyGco2eq = busyKwh.map((kwh, t) => kwh * (gco2eqPerKwh[t] ?? 0));
    const idleGco2eq = idleKwh.map((kwh, t) => kwh * (gco2eqPerKwh[t] ?? 0));
    const table = new Table({
      timestamp,
      busy_usage_cpu_seconds_total: makeVector(busy),
      idle_usage_cpu_seconds_total: makeVector(idle),
      busy_usage_kwh: makeVector(busyKwh),
      idle_usage_kwh: makeVector(idleKwh),
      busy_usage_gCO2eq: makeVector(busyGco2eq),
      idle_usage_gCO2eq: makeVector(idleGco2eq),
      status: vectorFromArray(hours.map(() => "processed")),
    });
    files.push(writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream"))));
    if (!scope.startsWith("project:")) continue;
    busyKwh.forEach((kwh, t) => {
      total.kwh += kwh + (idleKwh[t] ?? 0);
      total.gco2eq += (busyGco2eq[t] ?? 0) + (idleGco2eq[t] ?? 0);
    });
  }
  return { files, ...total };
}
