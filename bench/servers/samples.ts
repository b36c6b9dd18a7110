/** One series of a cloud that was scraped every minute. */
export interface SampledSeries {
  readonly name: "node_cpu_seconds_total" | "node_boot_time_seconds";
  readonly labels: Readonly<Record<string, string>>;
  /** The value at the `scrape`-th scrape. */
  value(scrape: number): number;
}

export const SCRAPE_MS = 60_000;
const MODES = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];

/** Hosts with one core, up all the while; each mode has its own even share of the time, to the millisecond. */
export function* series(hosts: number, from: number): Generator<SampledSeries> {
  for (let host = 0; host < hosts; host++) {
    const labels = {
      cloud_project_name: `Project ${host % 3}`,
      instance: `host-${String(host).padStart(5, "0")}.ada.example:9100`,
      machine_name: `Machine ${host % 8}`,
      user: `aa${100_000 + (host % 200)}`,
    };
    for (const [m, mode] of MODES.entries()) {
      const share = m === 0 ? 0.9 - (host % 70) / 100 : (0.1 + (host % 70) / 100) / (MODES.length - 1);
      yield {
        name: "node_cpu_seconds_total",
        labels: { cpu: "0", mode, ...labels },
        value: (scrape) => Math.round(share * scrape * SCRAPE_MS) / 1000,
      };
    }
    yield { name: "node_boot_time_seconds", labels, value: () => from / 1000 - 86_400 - 60 * host };
  }
}
