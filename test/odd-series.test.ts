import { DAY_MS, HOUR_MS, runSync } from "ada-carbon";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource, prometheusHostSource } from "ada-carbon/prometheus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePrometheus, startPrometheus } from "./servers/prometheus.js";
import { requireVictoriaMetrics, startVictoriaMetrics } from "./servers/victoria-metrics.js";
import { SETTLED_INTENSITY } from "./situations/measure.js";
import { importInto, MINUTE, openMetricsOf, type Target } from "./support/counter-lab.js";

// Hosts whose series are not as node_exporter has them, and what both the hours and the live tracker make of them.

const FROM = Date.UTC(2025, 8, 10);
const TO = FROM + 2 * HOUR_MS;
const LATER = TO + HOUR_MS;
/** 65% busy on 4 CPUs. */
const MODES = { user: 0.5, system: 0.1, iowait: 0.05, idle: 0.35 };
const HOUR = { busy: 4 * 3600 * 0.65, idle: 4 * 3600 * 0.35 };
const REBOOT = FROM + 80 * MINUTE;

const onCore = (cpu: number) => ({ cpu: String(cpu), core: String(cpu >> 1), package: "0" });
const copies = (of: Partial<Target>, ...labels: NonNullable<Target["labels"]>[]): Partial<Target>[] =>
  labels.map((own, i) => ({ ...of, labels: own, phaseMs: 7000 + 13_000 * i }));

/** What there is of one host each, by what is odd about it. */
const KINDS: Readonly<Record<string, readonly Partial<Target>[]>> = {
  "guest and guest_nice are modes, too": [{ modes: { ...MODES, guest: 0.4, guest_nice: 0.01 } }],
  "CPUs have names": [{ cpuLabels: (cpu) => ({ cpu: `cpu${cpu}` }) }],
  "CPUs begin at 8": [{ cpuLabels: (cpu) => ({ cpu: String(cpu + 8) }) }],
  "CPUs have labels of their own": [{ cpuLabels: onCore }],
  "CPUs have labels of their own, and two replicas scrape it": copies(
    { cpuLabels: onCore },
    { prometheus_replica: "a" },
    { prometheus_replica: "b" },
  ),
  "CPUs have labels of their own, and it reboots": [
    { cpuLabels: onCore, to: REBOOT - MINUTE },
    { cpuLabels: onCore, bootedAt: REBOOT, from: REBOOT },
  ],
  "guests are modes, and two jobs scrape it": copies(
    { modes: { ...MODES, guest: 0.4 } },
    { job: "node" },
    { job: "node-again" },
  ),
  "two replicas and two jobs": copies(
    {},
    { prometheus_replica: "a", job: "node" },
    { prometheus_replica: "b", job: "node" },
    { prometheus_replica: "a", job: "node-again" },
    { prometheus_replica: "b", job: "node-again" },
  ),
  "it is federated from another Prometheus, too": copies({}, {}, { prometheus: "inner", job: "federate" }),
  "its address is one of IPv6": [{ instance: "[2001:db8::1]:9100" }],
  "its address is one of IPv6 without a port": [{ instance: "2001:db8::2" }],
};

const NAMES = Object.keys(KINDS);
const TARGETS = Object.values(KINDS).flatMap((targets, k) =>
  targets.map(
    (of): Target => ({
      ...{ instance: `kind-${k}:9100`, project: `Kind ${k}`, cpus: 4, modes: MODES },
      ...{ bootedAt: FROM - (30 + k) * DAY_MS, from: FROM - 30 * MINUTE, to: LATER },
      ...of,
    }),
  ),
);

const SERVERS = {
  "a real Prometheus": {
    wanted: requirePrometheus,
    start: () => startPrometheus({ openmetrics: openMetricsOf(TARGETS) }),
  },
  "a real VictoriaMetrics": {
    wanted: requireVictoriaMetrics,
    start: async () => {
      const server = await startVictoriaMetrics();
      await importInto(server.url, TARGETS);
      return server;
    },
  },
};

for (const [name, { wanted, start }] of Object.entries(SERVERS)) {
  describe.runIf(wanted())(`odd series of ${name}`, { timeout: 120_000 }, () => {
    let url = "";
    let stop = async (): Promise<void> => {};
    beforeAll(async () => {
      ({ url, stop } = await start());
    }, 120_000);
    afterAll(() => stop());

    it.each(NAMES.map((kind, k) => [kind, k] as const))("hours where %s", async (kind, k) => {
      const usage = memoryUsageStore();
      const { findings } = await runSync({
        cpu: prometheusCpuSource({ url, clock: () => LATER, retries: 0 }),
        intensity: SETTLED_INTENSITY,
        store: usage,
        interval: { from: FROM, to: TO },
        projects: [`Kind ${k}`],
        clock: () => LATER,
      });
      expect(findings).toEqual([]);
      const hosts = await usage.scopes("host");
      expect(hosts).toHaveLength(1);
      const [host] = hosts;
      if (host === undefined) throw new Error("no host is stored");
      const { status, busyCpuSeconds, idleCpuSeconds, coverage } = await usage.read(host, {
        from: FROM,
        to: TO,
      });
      expect(status).toEqual(["processed", "processed"]);
      // What it did after the last scrape before a reboot nobody knows.
      const share = kind.includes("reboot") ? [1, 1 - 2 / 60] : [1, 1];
      share.forEach((up, hour) => {
        const digits = up === 1 ? 3 : -2.5;
        expect(busyCpuSeconds[hour], `busy in ${hour}`).toBeCloseTo(up * HOUR.busy, digits);
        expect(idleCpuSeconds[hour], `idle in ${hour}`).toBeCloseTo(up * HOUR.idle, digits);
        expect(coverage[hour], `coverage of ${hour}`).toBeCloseTo(1, 9);
      });
    });

    it.each(NAMES.map((kind, k) => [kind, k] as const))("live where %s", async (_, k) => {
      const source = prometheusHostSource({ url, sites: { lab: [`Kind ${k}`] } });
      // The first poll finds out how its series are, the others know.
      for (const now of [30, 31, 32].map((minute) => FROM + minute * MINUTE + 9000)) {
        const { hosts, findings } = await source.activeHosts(["lab"], { now });
        expect(findings).toEqual([]);
        expect(hosts.map(({ cores }) => cores)).toEqual([4]);
        expect(hosts[0]?.idleFraction).toBeCloseTo(0.35, 3);
      }
    });
  });
}
