import { type Command, Option } from "commander";
import type { MeterHours, MeterKind, MeterReadings, MeterSource } from "../meters/meter.js";
import type { Matcher } from "../prometheus/client/promql.js";
import type { Interval } from "../usage/hour.js";
import type { Io } from "./io.js";
import { collect, matcher } from "./parse.js";
import {
  addAccessOptions,
  type PrometheusFlags,
  prometheusServers,
  prometheusUrlOption,
} from "./prometheus-servers.js";
import { readInput } from "./read-input.js";
import { ofFlags, UsageError } from "./usage-error.js";

/** Where meters are. */
export interface MeterSourceFlags extends Omit<PrometheusFlags, "label" | "match"> {
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

/**
 * What the flags say was metered, with the hosts behind each meter.
 *
 * @param onMissing Told of a server that cannot be asked, one of several; without it, that is a failure.
 */
export async function readMeters(
  flags: MeterFlags,
  interval: Interval,
  io: Io,
  onMissing?: (error: Error) => void,
): Promise<MeterReadings & { readonly where: string }> {
  const sources = (await Promise.all((flags.meter ?? []).map((meter) => sourcesOf(meter, flags, io)))).flat();
  const { answersOf, askEach } = await import("../prometheus/servers/named-sources.js");
  const all = await askEach(sources, ({ source }) => source.meterHours(interval, { signal: io.signal }));
  const readings = answersOf(all, onMissing);
  const meters = await placed(
    readings.flatMap((reading) => reading.meters),
    flags,
  );
  return {
    where: [...new Set(sources.map(({ source }) => source.where))].join(", "),
    meters,
    findings: readings.flatMap(({ findings }) => findings),
  };
}

/** A file, or the metric on each server. What is alone needs no name in messages. */
async function sourcesOf(
  meter: string,
  flags: MeterFlags,
  io: Io,
): Promise<{ readonly name: string; readonly source: MeterSource }[]> {
  const { METER_PRESETS, meterText, metricByName, prometheusMeterSource } = await import(
    "../meters/index.js"
  );
  const kind = flags.meterKind ?? (flags.placements === undefined ? "host" : "hypervisor");
  if (/\.(csv|json)$/i.test(meter)) {
    const content = await readInput(meter, "meter readings");
    const isSite = flags.meterKind === undefined && isBill(content);
    return [{ name: "", source: meterText(content, meter, isSite ? { kind: "site" } : { kind }) }];
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
  const servers = prometheusServers(flags, SEE_ALSO, io);
  return servers.map(({ name, endpoint }) => ({
    name: servers.length > 1 ? name : "",
    source: ofFlags(() => prometheusMeterSource({ ...endpoint, ...options })),
  }));
}

const SEE_ALSO = "the help of the command";

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
