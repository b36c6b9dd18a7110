import { type Command, InvalidArgumentError, Option } from "commander";
import type { IntensitySource } from "../intensity/port.js";
import type { Io } from "./io.js";
import { number } from "./parse.js";

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

/** A command line, or an environment, that the user must correct. */
export class UsageError extends Error {}

export interface IntensityFlags {
  readonly intensity?: string;
  readonly region?: number;
}

export function addIntensityOptions(command: Command, io: Io): Command {
  return command
    .addOption(
      withEnv(
        new Option("--intensity <url>", "the GB Carbon Intensity API or a copy of it"),
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

export async function intensitySource(flags: IntensityFlags, io: Io): Promise<Required<IntensitySource>> {
  const { gbCarbonIntensity } = await import("../intensity/gb.js");
  return gbCarbonIntensity({
    clock: io.clock,
    ...(flags.intensity === undefined ? {} : { url: flags.intensity }),
    ...(flags.region === undefined ? {} : { region: flags.region }),
  });
}
