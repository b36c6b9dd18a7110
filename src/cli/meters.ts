import { type Command, Option } from "commander";
import type { MeterHours, MeterKind, MeterReadings, MeterSource } from "../meters/meter.js";
import type { Matcher } from "../prometheus/client/promql.js";
import type { Interval } from "../usage/hour.js";
import type { Io } from "./io.js";
import { collect, matcher } from "./parse.js";
import { readInput } from "./read-input.js";
import {
  addAccessOptions,
  type PrometheusFlags,
  prometheusOptions,
  prometheusUrlOption,
} from "./shared-options.js";
import { ofFlags, UsageError } from "./usage-error.js";

/** Where meters are. */
export interface MeterSourceFlags extends Pick<PrometheusFlags, "prometheus" | "header" | "bearerToken"> {
  readonly meter?: readonly string[];
  readonly meterLabel?: string;
  readonly meterMatch?: readonly Matcher[];
}

/** Which meters are meant, and what is behind them. */
export interface MeterFlags extends MeterSourceFlags {
  readonly meterKind?: MeterKind;
  readonly placements?: string;
}

/** @param what What is metered, for the page. */
export function addMeterSourceOptions(command: Command, what: string): Command {
  return command
    .option(
      "--meter <meter>",
      `${what}: a CSV or JSON file, a metric of Prometheus, or a short name of one; several times`,
      collect,
    )
    .option("--meter-label <label>", "the label of a metric that names the meter (instance without)")
    .option("--meter-match <label=value>", "further condition on a metric; several times", matcher);
}

export function addMeterOptions(command: Command, io: Io): Command {
  addMeterSourceOptions(command, "what was metered")
    .addOption(
      new Option(
        "--meter-kind <kind>",
        "what each meter measures (site for a bill, hypervisor with --placements, else host)",
      ).choices(["host", "hypervisor", "rack", "site"]),
    )
    .option("--placements <file>", "which hosts are behind which meter, CSV or JSON: meter,host,from,to")
    .addOption(prometheusUrlOption(io));
  return addAccessOptions(command, io);
}

/** What the flags say was metered, with the hosts behind each meter. */
export async function readMeters(
  flags: MeterFlags,
  interval: Interval,
  io: Io,
): Promise<MeterReadings & { readonly where: string }> {
  const sources = await Promise.all((flags.meter ?? []).map((meter) => sourceOf(meter, flags, io)));
  const readings: MeterReadings[] = [];
  for (const source of sources) readings.push(await source.meterHours(interval, { signal: io.signal }));
  const meters = await placed(
    readings.flatMap((reading) => reading.meters),
    flags,
  );
  return {
    where: [...new Set(sources.map(({ where }) => where))].join(", "),
    meters,
    findings: readings.flatMap(({ findings }) => findings),
  };
}

async function sourceOf(meter: string, flags: MeterFlags, io: Io): Promise<MeterSource> {
  const { METER_PRESETS, meterText, metricByName, prometheusMeterSource } = await import(
    "../meters/index.js"
  );
  const kind = flags.meterKind ?? (flags.placements === undefined ? "host" : "hypervisor");
  if (/\.(csv|json)$/i.test(meter)) {
    const content = await readInput(meter, "meter readings");
    return meterText(
      content,
      meter,
      flags.meterKind === undefined && isBill(content) ? { kind: "site" } : { kind },
    );
  }
  const metric = METER_PRESETS[meter] ?? metricByName(meter);
  if (metric === undefined) {
    throw new UsageError(
      `--meter ${meter}: give a file that ends with .csv or .json, a metric that ends with _watts or _joules_total, or one of ${Object.keys(METER_PRESETS).join(", ")}`,
    );
  }
  if (flags.prometheus === undefined)
    throw new UsageError(`--meter ${meter} is a metric: --prometheus URL is missing`);
  const options = { metric, kind, label: flags.meterLabel, matchers: flags.meterMatch };
  const endpoint = prometheusOptions(flags, flags.prometheus, io);
  return ofFlags(() => prometheusMeterSource({ ...endpoint, ...options }));
}

/** A bill has months instead of times. */
function isBill(content: string): boolean {
  return /^[^\n]*\bmonth\b/i.test(content.trimStart());
}

async function placed(
  meters: readonly MeterHours[],
  { placements, meterKind }: MeterFlags,
): Promise<readonly MeterHours[]> {
  if (placements === undefined) {
    if (meterKind === "hypervisor" || meterKind === "rack")
      throw new UsageError(
        `--meter-kind ${meterKind} needs --placements FILE, which says what hosts are behind a meter`,
      );
    return meters;
  }
  const { parsePlacements, withPlacements } = await import("../meters/index.js");
  return withPlacements(meters, parsePlacements(await readInput(placements, "placements"), placements));
}
