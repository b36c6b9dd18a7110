import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  instantQuery,
  Labels,
  PromqlError,
  type Series,
  type Storage,
} from "../../src/testing/promql/index.js";

// Machines whose counters are written down sample by sample, so that anything can be wrong with them. The same
// samples go into the simulated Prometheus, a real one and VictoriaMetrics.

export const MINUTE: number = 60_000;
export const DAY: number = 24 * 60 * MINUTE;

/** One machine as one scrape target sees it. */
export interface Target {
  readonly instance: string;
  readonly project: string;
  readonly user?: string;
  /** Further labels of all its series, or other ones: no two targets have the same. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly cpus: number;
  /** What tells its CPUs apart. Default: `{ cpu: "0" }` and so on. */
  readonly cpuLabels?: (cpu: number) => Readonly<Record<string, string>>;
  readonly bootedAt: number;
  /** Scrapes are in [from, to], every `everyMs`, `phaseMs` after the full minute. */
  readonly from: number;
  readonly to: number;
  readonly everyMs?: number;
  readonly phaseMs?: number;
  /** CPU-seconds a second by mode, of every CPU, from boot on. They add up to 1, but for guests, which are within others. */
  readonly modes: Readonly<Record<string, number>>;
  /** What a counter says instead of `value` at the scrape at `time`; `undefined` for nothing at all. */
  readonly counter?: (value: number, at: CounterAt) => number | undefined;
  /** What the boot time says instead. */
  readonly boot?: (time: number) => number;
}

export interface CounterAt {
  readonly cpu: number;
  readonly mode: string;
  readonly time: number;
}

/** Every series of a target, with its samples. */
interface LabSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

function seriesOf(target: Target): LabSeries[] {
  const { instance, project, user = "amara", cpus, bootedAt, modes, from, to } = target;
  const { everyMs = MINUTE, phaseMs = 7000 } = target;
  const times: number[] = [];
  for (let t = Math.ceil((from - phaseMs) / everyMs) * everyMs + phaseMs; t <= to; t += everyMs) {
    if (t >= bootedAt) times.push(t);
  }
  const labels = {
    ...{ instance, job: "node", cloud_project_name: project, machine_name: "Muon", user },
    ...target.labels,
  };
  const { cpuLabels = (cpu: number) => ({ cpu: String(cpu) }) } = target;
  const one = (name: string, of: (time: number) => number): LabSeries => ({
    ...{ name, labels },
    samples: times.map((time) => [time, of(time)]),
  });
  const counters = Array.from({ length: cpus }, (_, cpu) =>
    Object.entries(modes).map(([mode, share]): LabSeries => {
      const samples = times.flatMap((time): [number, number][] => {
        const value = ((time - bootedAt) / 1000) * share;
        const said = target.counter === undefined ? value : target.counter(value, { cpu, mode, time });
        return said === undefined ? [] : [[time, said]];
      });
      return { name: "node_cpu_seconds_total", labels: { ...labels, ...cpuLabels(cpu), mode }, samples };
    }),
  );
  return [
    ...counters.flat(),
    one("node_boot_time_seconds", (time) => (target.boot?.(time) ?? bootedAt) / 1000),
    one("node_memory_Active_bytes", () => 2 ** 30),
    one("node_memory_MemTotal_bytes", () => 2 ** 32),
    one("up", () => 1),
  ];
}

const text = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",");

/** As OpenMetrics text, for promtool. */
export function* openMetricsOf(targets: readonly Target[]): Generator<string> {
  const all = targets.flatMap(seriesOf);
  for (const name of new Set(all.map((series) => series.name))) {
    yield `# TYPE ${name.replace(/_total$/, "")} ${name.endsWith("_total") ? "counter" : "gauge"}\n`;
    for (const { labels, samples } of all.filter((series) => series.name === name))
      for (const [time, value] of samples) yield `${name}{${text(labels)}} ${value} ${time / 1000}\n`;
  }
  yield "# EOF\n";
}

/** Hands the samples to VictoriaMetrics, and waits until they can be asked for. */
export async function importInto(url: string, targets: readonly Target[]): Promise<void> {
  const lines = targets
    .flatMap(seriesOf)
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, labels, samples }) =>
      JSON.stringify({
        metric: { __name__: name, ...labels },
        values: samples.map(([, value]) => value),
        timestamps: samples.map(([time]) => time),
      }),
    );
  await fetch(`${url}/api/v1/import`, { method: "POST", body: lines.join("\n") });
  await fetch(`${url}/internal/force_flush`);
}

/** The samples in the simulated Prometheus. It answers instant queries only. */
export async function serveTargets(
  targets: readonly Target[],
): Promise<{ url: string; close: () => Promise<void> }> {
  const all = targets.flatMap(seriesOf).map(labSeries);
  const storage: Storage = {
    select: (matchers) =>
      all.filter(({ labels }) => matchers.every(({ name, test }) => test(labels.get(name)))),
  };
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
    const reply = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    try {
      const at = Math.round(Number(form.get("time")) * 1000);
      reply(200, { status: "success", data: instantQuery(storage, form.get("query") ?? "", at) });
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error;
      reply(400, { status: "error", errorType: error.type, error: error.message });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function labSeries({ name, labels, samples }: LabSeries): Series {
  return {
    labels: Labels.of([["__name__", name], ...Object.entries(labels)]),
    window: (from, to) => {
      const inside = samples.filter(([time]) => time >= from && time <= to);
      const at = (i: number): readonly [number, number] => inside[i] ?? [Number.NaN, Number.NaN];
      return { length: inside.length, time: (i) => at(i)[0], value: (i) => at(i)[1] };
    },
    latest: (at) => {
      const found = samples.findLast(([time]) => time <= at);
      return found && { time: found[0], value: () => found[1] };
    },
  };
}
