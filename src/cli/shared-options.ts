import { type Command, InvalidArgumentError, Option } from "commander";
import type { ForecastSource, IntensitySource, MarginalSource } from "../intensity/port.js";
import type { Matcher } from "../prometheus/client/promql.js";
import type { LabelNames } from "../prometheus/client/queries.js";
import type { PrometheusCpuOptions } from "../prometheus/cpu-source.js";
import { ADA_MODES, type ModePolicy, WAITING_IS_IDLE } from "../usage/modes.js";
import { averageGrid, type MarketName, parseMarket } from "./grid.js";
import { type GridChoice, parseGrids } from "./grids.js";
import type { Io } from "./io.js";
import { header, labelName, matcher, number, url } from "./parse.js";
import { refusing, UsageError } from "./usage-error.js";

/** Reads an environment variable through {@link Io}: flags win over the environment, it wins over defaults. */
export function withEnv(option: Option, io: Io, name: string): Option {
  const value = io.env[name];
  option.description += ` [env: ${name}]`;
  if (value !== undefined && value !== "")
    option.default(fromEnvironment(option, value, name), `from ${name}`);
  return option;
}

function fromEnvironment(option: Option, value: string, name: string): unknown {
  try {
    return option.parseArg === undefined ? value : option.parseArg(value, undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`${name}: ${error.message}`);
  }
}

export function addIntensityOptions(command: Command, io: Io): Command {
  return command
    .addOption(gridOption(io))
    .addOption(
      withEnv(
        new Option("--intensity <url>", "the service of the grid, where it is not its usual one").argParser(
          url("--intensity"),
        ),
        io,
        "ADA_CARBON_INTENSITY",
      ),
    )
    .addOption(
      withEnv(
        new Option("--region <id>", "1 to 18 for a region (12 is South England); national without").argParser(
          number(1, "a region"),
        ),
        io,
        "ADA_CARBON_REGION",
      ),
    );
}

function gridOption(io: Io): Option {
  const option = new Option(
    "--grid <grid>",
    "gb (default), gb:12, file:PATH, electricity-maps:ZONE, elexon, eco2mix or entsoe:DOMAIN; NAME=GRID for a project (of serve and workspaces also a site), as often as there are grids",
  );
  // The environment's grids are not added to those of the command line.
  option.argParser((text: string, before: GridChoice | undefined) =>
    refusing((given) => parseGrids(given, before === option.defaultValue ? undefined : before))(text),
  );
  return withEnv(option, io, "ADA_CARBON_GRID");
}

export interface MarketFlags {
  readonly market?: MarketName;
}

/** What the electricity was bought as, for a second ledger. */
export function marketOption(): Option {
  return new Option(
    "--market <grid>",
    "what the electricity was bought as, for market-based grams beside the grid's: file:PATH, or gCO2eq/kWh such as 0",
  ).argParser(refusing(parseMarket));
}

export async function marketSource({ market }: MarketFlags, io: Io): Promise<IntensitySource | undefined> {
  if (market === undefined) return undefined;
  if (typeof market !== "number") return averageGrid(market, undefined, io, "--market");
  const { constantIntensity } = await import("../intensity/constant.js");
  return constantIntensity(market);
}

/** For commands that keep what the grid said from run to run. */
export function intensityCacheOption(): Option {
  return new Option(
    "--no-intensity-cache",
    "ask the grid for all that is looked up: what is kept in DIR/intensity is neither read nor changed",
  );
}

/** The same source, if it predicts; `what` needs that. */
export function forecasting(
  source: IntensitySource | MarginalSource,
  what: string,
): ForecastSource | MarginalSource {
  if (predicts(source)) return source;
  throw new UsageError(
    `${source.id} predicts nothing; ${what} needs gb, electricity-maps, watttime or a file`,
  );
}

function predicts(source: IntensitySource | MarginalSource): source is ForecastSource | MarginalSource {
  return source.forecast !== undefined;
}

/** Where a Prometheus is, how to be let in, and which of its series are meant. */
export interface PrometheusFlags extends SeriesFlags {
  readonly prometheus?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly bearerToken?: string;
}

/** Which series are meant. */
export interface SeriesFlags {
  readonly label?: Partial<LabelNames>;
  readonly match?: readonly Matcher[];
}

export function prometheusUrlOption(io: Io): Option {
  return withEnv(
    new Option(
      "--prometheus <url>",
      "Prometheus, Thanos, Mimir (with /prometheus) or VictoriaMetrics",
    ).argParser(url("--prometheus")),
    io,
    "ADA_CARBON_PROMETHEUS",
  );
}

export function addPrometheusOptions(command: Command, io: Io): Command {
  return addSeriesOptions(addAccessOptions(command, io));
}

/** How to be let in. */
export function addAccessOptions(command: Command, io: Io): Command {
  return command
    .option("--header <'K: V'>", "sent to Prometheus, such as 'X-Scope-OrgID: isis'; several times", header)
    .addOption(
      withEnv(new Option("--bearer-token <token>", "sent to Prometheus"), io, "ADA_CARBON_BEARER_TOKEN"),
    );
}

export function addSeriesOptions(command: Command): Command {
  return command
    .option(
      "--label <kind=label>",
      "name of the label of a project, machine, user or instance; several times",
      labelName,
    )
    .option(
      "--match <label=value>",
      "further condition on the series, such as job=node; several times",
      matcher,
    );
}

/** What the flags say about a Prometheus, as the options of anything that asks one. */
export function prometheusOptions(
  flags: PrometheusFlags,
  url: string,
  io: Io,
): Pick<PrometheusCpuOptions, "url" | "fetch" | "headers" | "bearerToken" | "labels" | "matchers"> {
  return {
    url,
    fetch: io.fetch,
    ...(flags.header === undefined ? {} : { headers: flags.header }),
    ...(flags.bearerToken === undefined ? {} : { bearerToken: flags.bearerToken }),
    ...seriesOptions(flags),
  };
}

export function seriesOptions(flags: SeriesFlags): Pick<PrometheusCpuOptions, "labels" | "matchers"> {
  return {
    ...(flags.label === undefined ? {} : { labels: flags.label }),
    ...(flags.match === undefined ? {} : { matchers: flags.match }),
  };
}

export interface ModeFlags {
  readonly modes: "ada" | "waiting-is-idle";
}

export function modesOption(): Option {
  return new Option(
    "--modes <policy>",
    "what counts as idle: ada (mode idle), or waiting-is-idle (also iowait and steal)",
  )
    .choices(["ada", "waiting-is-idle"])
    .default("ada");
}

export function modesPolicy({ modes }: ModeFlags): ModePolicy {
  return modes === "ada" ? ADA_MODES : WAITING_IS_IDLE;
}
