import { ADA_MODES, HOUR_MS } from "ada-carbon";
import { machineKey, type Used } from "./machines.js";
import { instanceLabelOf, projectsOf, type Situation } from "./situation.js";

/** What plain `sum(increase(x[1h]))` of a server says, by machine key and hour. */
export type PlainIncrease = ReadonlyMap<string, ReadonlyMap<number, Used>>;

interface Reply {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
}

/** Asks a server for the hours of a situation in the way most people would. */
export async function plainIncrease(url: string, situation: Situation): Promise<PlainIncrease> {
  const { modes = ADA_MODES } = situation;
  const idle = Object.entries(modes).flatMap(([mode, use]) => (use === "idle" ? [mode] : []));
  const byMachine = new Map<string, Map<number, Used>>();
  for (const [use, op] of [
    ["busy", "!~"],
    ["idle", "=~"],
  ] as const) {
    const reply = await ask(url, situation, `mode${op}"${idle.join("|")}"`);
    for (const { metric, values } of reply.data.result) {
      const key = machineKey(metric[instanceLabelOf(situation)] ?? "", metric.cloud_project_name ?? "");
      const hours = byMachine.get(key) ?? new Map<number, Used>();
      byMachine.set(key, hours);
      for (const [time, value] of values) {
        const hour = time * 1000 - HOUR_MS;
        hours.set(hour, { ...(hours.get(hour) ?? { busy: 0, idle: 0 }), [use]: Number(value) });
      }
    }
  }
  return byMachine;
}

async function ask(url: string, situation: Situation, matcher: string): Promise<Reply> {
  const { interval } = situation;
  const counters = `node_cpu_seconds_total{cloud_project_name=~"${projectsOf(situation).join("|")}",${matcher}}`;
  const body = new URLSearchParams({
    query: `sum by (${instanceLabelOf(situation)}, cloud_project_name) (increase(${counters}[1h]))`,
    start: String((interval.from + HOUR_MS) / 1000),
    end: String(interval.to / 1000),
    step: "3600",
  });
  const reply = await fetch(`${url}/api/v1/query_range`, { method: "POST", body });
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`);
  return (await reply.json()) as Reply;
}
