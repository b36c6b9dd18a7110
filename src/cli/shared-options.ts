import { type Command, InvalidArgumentError, Option } from "commander";
import type { ForecastSource, IntensitySource, MarginalSource } from "../intensity/port.js";
import { ADA_MODES, type ModePolicy, WAITING_IS_IDLE } from "../usage/modes.js";
import { averageGrid, type MarketName, parseMarket } from "./grid.js";
import { type GridChoice, parseGrids } from "./grids.js";
import type { Io } from "./io.js";
import { number, siteProject, url } from "./parse.js";
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
    "gb (default), gb:12, file:PATH, electricity-maps:ZONE, elexon, eco2mix or entsoe:DOMAIN; NAME=GRID for a project or a site (--site), as often as there are grids",
  );
  // The environment's grids are not added to those of the command line.
  option.argParser((text: string, before: GridChoice | undefined) =>
    refusing((given) => parseGrids(given, before === option.defaultValue ? undefined : before))(text),
  );
  return withEnv(option, io, "ADA_CARBON_GRID");
}

export interface SiteFlags {
  readonly site?: Readonly<Record<string, readonly string[]>>;
}

/** Which projects a site has: grids, servers and what is served may be named by site. */
export function siteOption(): Option {
  return new Option(
    "--site <site=project>",
    "a site and its project (value of the project label); several times, also for one site",
  ).argParser(siteProject);
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
