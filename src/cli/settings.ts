import { type Command, InvalidArgumentError, type Option } from "commander";
import type { ConfigFile } from "./config-file.js";
import { UsageError } from "./usage-error.js";

/** Where settings are, beside the command line. */
export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly values: ConfigFile } | undefined;
}

/** These say what to do, not how; the others can be set anywhere. */
const ONLY_FLAGS: readonly string[] = ["config", "check", "configSchema", "demo", "help", "json"];
/** Their texts have commas of their own, so the environment cannot list them. */
const NOT_IN_ENVIRONMENT: readonly string[] = ["header", "match", "meterMatch"];
/** The documents that the project follows name it so. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = { prometheus: ["PROMETHEUS_URL"] };

/**
 * Gives each option that the command line does not name the value of the environment, or else of the file. The option's
 * own parser reads them, so a value means the same wherever it is written.
 */
export function applySettings(command: Command, { env, file }: SettingSources): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (ONLY_FLAGS.includes(name) || command.getOptionValueSource(name) === "cli") continue;
    const variable = environmentNames(name).find((key) => env[key] !== undefined && env[key] !== "");
    const text = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && text !== undefined) {
      const where = `environment ${variable}`;
      command.setOptionValueWithSource(name, read(option, fromText(option, text, where), where), where);
      continue;
    }
    const value = file?.values[name];
    if (file === undefined || value === undefined) continue;
    const where = `${file.path}: ${name}`;
    command.setOptionValueWithSource(name, read(option, value, where), file.path);
  }
}

/** `ADA_CARBON_POLL_SECONDS` for `pollSeconds`, and what else it is called. */
function environmentNames(name: string): readonly string[] {
  if (NOT_IN_ENVIRONMENT.includes(name)) return [];
  const own = `ADA_CARBON_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  return [own, ...(OTHER_NAMES[name] ?? [])];
}

/** A text of the environment: a switch, or texts with commas between them for options that may be given several times. */
function fromText(option: Option, text: string, where: string): unknown {
  const isSwitch = !option.required && !option.optional;
  if (isSwitch) {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    if (/^(false|no|off|0)$/i.test(text)) return false;
    throw new UsageError(`${where}: ${JSON.stringify(text)} is neither true nor false`);
  }
  return /several times/.test(option.description) ? text.split(",").map((part) => part.trim()) : text;
}

/** A value as the flag would have it. */
function read(option: Option, value: unknown, where: string): unknown {
  if (typeof value === "boolean") return value;
  const { parseArg } = option;
  try {
    return textsOf(value, option.attributeName() === "header" ? ": " : "=").reduce<unknown>(
      (before, text) => (parseArg === undefined ? text : parseArg(text, before)),
      undefined,
    );
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`${where}: ${error.message}`);
    throw error;
  }
}

/** The values as they are written on the command line, one for each time that the flag is given. */
function textsOf(value: unknown, between: string): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.entries(value).flatMap(([key, inner]) => {
    // Headers of one of several servers are in an object of its own.
    const sign = typeof inner === "object" && !Array.isArray(inner) ? "=" : between;
    return textsOf(inner, between).map((text) => `${key}${sign}${text}`);
  });
}
