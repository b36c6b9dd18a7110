import { access } from "node:fs/promises";
import * as z from "zod";
import { badInput, messageOf } from "../usage/errors.js";
import { nearestFirst } from "../usage/nearest-name.js";
import { readInput } from "./read-input.js";

const text = z.string().min(1);
const texts = z.union([text, z.array(text)]);
const amount = z.number().min(0);
const switched = z.boolean();
/** A text, or one for each of several Prometheus servers by its name. */
const byServer = z.union([text, z.record(text, text)]);

/** What a config file may say: the flags of `serve`, by their names in camel case. What each means the flag knows. */
const configSchema = z
  .strictObject({
    $schema: z.string(),
    prometheus: byServer,
    site: z.record(text, texts),
    store: text,
    out: text,
    storeFile: text,
    migrate: switched,
    listen: z.union([z.int().min(0).max(65_535), text]),
    basePath: z.string(),
    zone: text,
    corsOrigin: texts,
    frameAncestor: texts,
    pollSeconds: z.number().min(1),
    backfillDays: z.int().min(1),
    sync: switched,
    tracker: switched,
    identityHeader: text,
    groupsHeader: text,
    trustedProxy: texts,
    operator: texts,
    jwtIssuer: text,
    jwtAudience: text,
    jwtJwks: text,
    jwtKeyFile: text,
    jwtUserClaim: text,
    jwtGroupsClaim: text,
    log: z.enum(["text", "json"]),
    project: texts,
    grid: z.union([texts, z.record(text, text)]),
    intensity: text,
    region: z.int().min(1),
    intensityCache: switched,
    fallbackIntensity: amount,
    market: z.union([amount, text]),
    busyWatts: amount,
    idleWatts: amount,
    pue: z.number().min(1),
    machines: text,
    modes: z.enum(["ada", "waiting-is-idle"]),
    model: z.enum(["per-core", "machine-average"]),
    tenures: text,
    groups: z.enum(["project", "project-machine"]),
    hosts: switched,
    meter: texts,
    meterLabel: text,
    meterMatch: texts,
    header: z.record(text, z.union([z.string(), z.record(text, z.string())])),
    tenant: byServer,
    bearerToken: byServer,
    bearerTokenFile: byServer,
    label: z.partialRecord(z.enum(["project", "machine", "user", "instance"]), text),
    match: texts,
    concurrency: z.int().min(1),
    recordingRules: z.union([switched, text]),
    completeAt: amount,
    repairDays: amount,
    recheckHours: amount,
    graceMinutes: amount,
    cpuTdpW: amount,
    ramW: amount,
    otherW: amount,
    window: z.number().min(1),
    maxElapsed: z.number().min(1),
    grace: z.number().min(1),
    onReboot: z.enum(["continue", "new-session"]),
  })
  .partial();

/** The settings of a file. Their values are still to be read by the flags' own parsers. */
export type ConfigFile = Readonly<Record<string, unknown>>;

/** The file that is read where none is named, if it is there. */
const DEFAULT_CONFIG = "ada-carbon.config.json";

/** Reads and checks a file of settings; every fault is one line that says where it is. */
export async function readConfig(path: string): Promise<ConfigFile> {
  const content = await readInput(path, "settings");
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (cause) {
    const reason = messageOf(cause);
    throw badInput(`${path}: the settings cannot be read: ${reason}`, cause);
  }
  const checked = configSchema.safeParse(document);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(faultText);
  throw badInput(`${path}: ${faults.join("; ")}`, checked.error);
}

/** {@link DEFAULT_CONFIG}, if there is one in the current folder. */
export async function defaultConfig(): Promise<string | undefined> {
  return access(DEFAULT_CONFIG).then(
    () => DEFAULT_CONFIG,
    () => undefined,
  );
}

/** What editors complete and check a file by. */
export function configJsonSchema(): object {
  return { title: "Settings of ada-carbon serve", ...z.toJSONSchema(configSchema, { io: "input" }) };
}

/** The settings that there are. */
const SETTINGS: readonly string[] = Object.keys(configSchema.shape);

function faultText(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .map(
        (key) =>
          `there is no setting ${JSON.stringify(key)}; did you mean ${nearestFirst(key, SETTINGS)[0]}?`,
      )
      .join("; ");
  }
  // Of several forms, the fault is in the one that has what was given: an object with a wrong value in it.
  const inner =
    issue.code === "invalid_union"
      ? issue.errors.find((faults) => faults.every(({ path }) => path.length > 0))
      : undefined;
  if (inner !== undefined)
    return inner.map((fault) => faultText({ ...fault, path: [...issue.path, ...fault.path] })).join("; ");
  const wanted = [...new Set(typesOf(issue).map((type) => TYPES[type] ?? type))];
  const fault = wanted.length === 0 ? issue.message : `write ${wanted.join(" or ")}`;
  return `${issue.path.join(".") || "the file"}: ${fault}`;
}

/** What a value must be, as whoever writes the file calls it. */
const TYPES: Readonly<Record<string, string>> = {
  record: 'an object such as {"name": "value"}',
  object: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function typesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_type") return [issue.expected];
  return issue.code === "invalid_union" ? issue.errors.flat().flatMap(typesOf) : [];
}
