import { PrometheusClient } from "../prometheus/client/client.js";
import { oneOf as labelIn, type Matcher, selector } from "../prometheus/client/promql.js";
import { HTTP_OPTIONS, type HttpOptions, httpOptionsOf } from "../transport/http.js";
import { HOUR_MS, hoursIn } from "../usage/hour.js";
import {
  assertOptions,
  checkedCalls,
  LIST,
  OBJECT,
  oneOf,
  optional,
  type Rules,
  TEXT,
} from "../usage/options.js";
import { cutInto } from "../usage/pieces.js";
import { remembered } from "../usage/remembered.js";
import { METER_CALLS, METER_KINDS, type MeterKind, type MeterSource } from "./meter.js";
import type { MeterMetric } from "./presets.js";
import { READING_RULES, type ReadingRules, readingRulesOf, SensorHours } from "./sensor.js";
import { type MeteredSensor, sumOfSensors } from "./sensors-of-meter.js";

export interface PrometheusMeterOptions extends HttpOptions, ReadingRules {
  /** One of {@link METER_PRESETS}, or a metric of your own. */
  readonly metric: MeterMetric;
  /** What each meter measures. With `site`, all series are one meter. */
  readonly kind: MeterKind;
  /** The label whose values name the meters; series that share a value are sensors of one meter. Default `instance`. */
  readonly label?: string | undefined;
  /** Further conditions on the series. */
  readonly matchers?: readonly Matcher[] | undefined;
}

const METER_SOURCE_OPTIONS: Rules<PrometheusMeterOptions> = {
  ...HTTP_OPTIONS,
  ...READING_RULES,
  metric: OBJECT,
  kind: oneOf(METER_KINDS),
  label: optional(TEXT),
  matchers: optional(LIST),
};

/** So many hours are asked for at once: some hundred meters, each read every minute, are a few megabytes. */
const HOURS_AT_ONCE = 6;
/** Readings so long before and after the interval are asked for, to know its first and last minutes. */
const MARGIN_MS = 600_000;

/**
 * Meters from Prometheus or a relative of it. The samples are read as they were stored, so that what lies between two
 * of them is known: see {@link SensorHours}. Samples that are no finite number are missing.
 *
 * Errors: those of the HTTP client.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { METER_PRESETS, prometheusMeterSource } from "ada-carbon/meters";
 *
 * const metric = METER_PRESETS["ipmi-dcmi"] ?? assert.fail();
 * const source = prometheusMeterSource({ url: "https://prometheus.example", metric, kind: "hypervisor" });
 * assert.equal(source.where, "https://prometheus.example");
 */
export function prometheusMeterSource(options: PrometheusMeterOptions): MeterSource {
  assertOptions("prometheusMeterSource", options, METER_SOURCE_OPTIONS);
  const { metric, kind, label = "instance", matchers = [] } = options;
  const client = new PrometheusClient(httpOptionsOf(options));
  const rules = readingRulesOf(options);
  const series = selector("", [labelIn("__name__", metric.names), ...(metric.matchers ?? []), ...matchers]);
  const source: MeterSource = {
    where: client.where,
    async meterHours(interval, { signal } = {}) {
      const hours = hoursIn(interval);
      const sensors = new Map<string, MeteredSensor>();
      const warnings = new Set<string>();
      // One after the other: each goes on where the one before ended, so that no step between two samples is lost.
      const asked = { from: interval.from - MARGIN_MS, to: interval.to + MARGIN_MS };
      for (const { from, to } of cutInto(asked, HOURS_AT_ONCE * HOUR_MS)) {
        const reply = await client.samples(`${series}[${(to - from) / 1000}s]`, to, { signal });
        for (const warning of reply.warnings) warnings.add(warning);
        for (const { labels, times, values } of reply.data) {
          const key = JSON.stringify(Object.entries(labels).sort());
          const meter = kind === "site" ? "site" : (labels[label] ?? "");
          const known = remembered(sensors, key, () => ({ meter, sensor: new SensorHours(hours, rules) }));
          times.forEach((time, i) => {
            const value = values[i] ?? Number.NaN;
            if (!Number.isFinite(value)) return;
            if (metric.unit === "watts") known.sensor.addWatts(time, value);
            else known.sensor.addCounted(time, value);
          });
        }
      }
      const { meters, findings } = sumOfSensors([...sensors.values()], kind, hours);
      const part =
        metric.only === null || meters.length === 0
          ? []
          : [`${metric.names.join(", ")}: these meters have ${metric.only} alone, not whole machines`];
      return { meters, findings: [...warnings, ...part, ...findings] };
    },
  };
  return checkedCalls("a MeterSource", source, METER_CALLS);
}
