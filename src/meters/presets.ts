import type { Matcher } from "../prometheus/client/promql.js";
import { assertArgument, TEXT } from "../usage/options.js";

/** A metric that says how much electricity a machine takes. */
export interface MeterMetric {
  /** Names of the metric; what one exporter called differently over the years is one metric. */
  readonly names: readonly string[];
  /** A gauge in watts, or a counter in joules. */
  readonly unit: "watts" | "joules";
  readonly matchers?: readonly Matcher[] | undefined;
  /** What it leaves out of what a machine takes; `null` for a whole machine. */
  readonly only: string | null;
}

const whole = (unit: MeterMetric["unit"], ...names: string[]): MeterMetric => ({ names, unit, only: null });

/** Metrics of exporters in use, by a short name. Names as their own sources and documents have them, read 2026-11-28. */
export const METER_PRESETS: Readonly<Record<string, MeterMetric>> = {
  // prometheus-community/ipmi_exporter: collector_dcmi.go; `_current_` stands in its docs/metrics.md.
  "ipmi-dcmi": whole(
    "watts",
    "ipmi_dcmi_power_consumption_watts",
    "ipmi_dcmi_power_consumption_current_watts",
  ),
  // The same, docs/metrics.md: a sensor by its name, which differs from vendor to vendor. This is Dell's.
  "ipmi-sensor": {
    ...whole("watts", "ipmi_power_watts"),
    matchers: [{ label: "name", op: "=", value: "Pwr Consumption" }],
  },
  // jenningsloy318/redfish_exporter: PowerControl[].PowerMetrics.AverageConsumedWatts of each chassis.
  redfish: whole("watts", "redfish_chassis_power_average_consumed_watts"),
  // mrlhansen/idrac_exporter (Redfish of several vendors): the instantaneous reading of the whole system.
  idrac: {
    ...whole("watts", "idrac_power_control_consumed_watts"),
    matchers: [{ label: "id", op: "=", value: "0" }],
  },
  // prometheus/node_exporter, collector hwmon: power1_average of the ACPI power meter.
  hwmon: whole("watts", "node_hwmon_power_average_watt"),
  // prometheus/node_exporter, collector rapl.
  rapl: { names: ["node_rapl_package_joules_total"], unit: "joules", only: "CPU packages" },
  // sustainable-computing-io/kepler: ACPI, or Redfish since 0.11.
  "kepler-platform": whole("joules", "kepler_node_platform_joules_total"),
  // The same, since 0.10: RAPL by zone.
  "kepler-cpu": {
    names: ["kepler_node_cpu_joules_total"],
    unit: "joules",
    matchers: [{ label: "zone", op: "=", value: "package" }],
    only: "CPU packages",
  },
  // ceems-dev/ceems: cmd/ceems_tool, and its CHANGELOG for the names since 0.6.
  "ceems-ipmi": whole("watts", "ceems_ipmi_dcmi_power_current_watts"),
  "ceems-redfish": whole("watts", "ceems_redfish_power_current_watts"),
  "ceems-cray": whole("watts", "ceems_cray_pm_counters_power_watts"),
  "ceems-hwmon": whole("watts", "ceems_hwmon_power_current_watts"),
};

/** Any metric whose name ends with its unit; `undefined` for one whose name does not say. */
export function metricByName(name: string): MeterMetric | undefined {
  assertArgument("metricByName", "name", name, TEXT);
  if (/_watts?$/.test(name)) return whole("watts", name);
  if (/_joules?_total$/.test(name)) return whole("joules", name);
  return undefined;
}
