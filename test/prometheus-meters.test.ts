import { HOUR_MS } from "ada-carbon";
import { METER_PRESETS, metricByName, prometheusMeterSource } from "ada-carbon/meters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

// Meters in a real Prometheus: gauges and counters, with gaps, resets and two sensors of one machine.

const FROM = Date.parse("2025-09-10T00:00:00Z");
const interval = { from: FROM, to: FROM + 8 * HOUR_MS };
const MINUTE = 60_000;

/** Watts of hypervisor `n`, rising by the hour, straight lines between minutes. */
const wattsAt = (n: number, ms: number): number => 200 + 10 * n + 20 * Math.sin(ms / HOUR_MS);
/** The exact integral of {@link wattsAt}, joules since the start. */
const joulesAt = (n: number, ms: number): number =>
  ((200 + 10 * n) * ms + 20 * HOUR_MS * (1 - Math.cos(ms / HOUR_MS))) / 1000;
const kwhOf = (n: number, hour: number): number =>
  (joulesAt(n, (hour + 1) * HOUR_MS) - joulesAt(n, hour * HOUR_MS)) / 3.6e6;

function* openmetrics(): Iterable<string> {
  const times = Array.from({ length: 10 * 60 }, (_, minute) => (minute - 60) * MINUTE + 23_000);
  const line = (series: string, value: number, ms: number): string =>
    `${series} ${value} ${((FROM + ms) / 1000).toFixed(3)}\n`;
  yield "# TYPE ipmi_dcmi_power_consumption_watts gauge\n";
  for (const ms of times) {
    yield line('ipmi_dcmi_power_consumption_watts{instance="hv-1"}', wattsAt(1, ms), ms);
    // The BMC of hv-2 was silent for forty minutes of the third hour.
    if (ms < 2 * HOUR_MS + 10 * MINUTE || ms > 2 * HOUR_MS + 50 * MINUTE)
      yield line('ipmi_dcmi_power_consumption_watts{instance="hv-2"}', wattsAt(2, ms), ms);
  }
  yield "# TYPE node_rapl_package_joules counter\n";
  for (const index of [0, 1]) {
    for (const ms of times) {
      // Rebooted in the middle of the fifth hour.
      const counted =
        ms < 4.5 * HOUR_MS ? 1e6 + joulesAt(index, ms) : joulesAt(index, ms) - joulesAt(index, 4.5 * HOUR_MS);
      yield line(`node_rapl_package_joules_total{instance="hv-1",index="${index}"}`, counted, ms);
    }
  }
  yield "# EOF\n";
}

describe.skipIf(!requirePrometheus())("meters in a real Prometheus", () => {
  let server: RealPrometheus;
  beforeAll(async () => {
    server = await startPrometheus({ openmetrics: openmetrics() });
  });
  afterAll(() => server.stop());

  it("are means of gauges by time, and missing where the gauge was silent", async () => {
    const metric = METER_PRESETS["ipmi-dcmi"] ?? expect.unreachable();
    const source = prometheusMeterSource({ url: server.url, metric, kind: "hypervisor" });
    const { meters, findings } = await source.meterHours(interval);
    expect(findings).toEqual([]);
    expect(meters.map(({ meter, hosts }) => [meter, hosts])).toEqual([
      ["hv-1", []],
      ["hv-2", []],
    ]);
    for (const [i, { kwh }] of meters.entries()) {
      for (let hour = 0; hour < 8; hour++) {
        const expected = i === 1 && hour === 2 ? Number.NaN : kwhOf(i + 1, hour);
        expect(kwh[hour]).toEqual(Number.isNaN(expected) ? Number.NaN : expect.closeTo(expected, 5));
      }
    }
  });

  it("are differences of counters, of all sensors together, without what a reset hides", async () => {
    const metric = METER_PRESETS.rapl ?? expect.unreachable();
    const source = prometheusMeterSource({ url: server.url, metric, kind: "host" });
    const { meters, findings } = await source.meterHours(interval);
    expect(findings).toEqual([
      "node_rapl_package_joules_total: these meters have CPU packages alone, not whole machines",
      expect.stringMatching(/^hv-1: its counter fell 2 times/),
    ]);
    const [meter] = meters;
    expect(meter?.hosts).toEqual(["hv-1"]);
    for (let hour = 0; hour < 8; hour++)
      expect(meter?.kwh[hour]).toBeCloseTo(kwhOf(0, hour) + kwhOf(1, hour), 3);
  });

  it("are one meter of a site, by any metric whose name says its unit", async () => {
    const metric = metricByName("ipmi_dcmi_power_consumption_watts") ?? expect.unreachable();
    const { meters } = await prometheusMeterSource({ url: server.url, metric, kind: "site" }).meterHours(
      interval,
    );
    expect(meters.map(({ meter, hosts }) => [meter, hosts])).toEqual([["site", null]]);
    expect(meters[0]?.kwh[1]).toBeCloseTo(kwhOf(1, 1) + kwhOf(2, 1), 5);
    expect(meters[0]?.kwh[2]).toBeNaN();
    expect(metricByName("node_power")).toBeUndefined();
  });

  it("are none where there is no such metric", async () => {
    const metric = METER_PRESETS.redfish ?? expect.unreachable();
    const source = prometheusMeterSource({ url: server.url, metric, kind: "host" });
    expect(await source.meterHours(interval)).toEqual({ meters: [], findings: [] });
  });
});
