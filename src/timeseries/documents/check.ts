import type * as z from "zod";
import { type AdaCarbonError, badInput } from "../../usage/errors.js";
import { parseLenientJson } from "./lenient-json.js";

/** What a document is read from: its text, or what JSON made of it. */
export function readDocument<T>(input: unknown, schema: z.ZodType<T>, where: string): T {
  const value = typeof input === "string" ? parseLenientJson(input, where) : input;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  // Of a wrong key zod says that it is wrong; why is one level down.
  const why = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  throw documentError(where, issue?.path ?? [], why ?? "it is not such a document");
}

/** `days/IDAaaS/2025-09-10.json: timeseries."05:00".all.busy_kwh: expected number`. */
export function documentError(where: string, path: readonly PropertyKey[], what: string): AdaCarbonError {
  const steps = path.map((step) => (/^\w+$/.test(String(step)) ? String(step) : JSON.stringify(step)));
  const at = steps.length === 0 ? "" : `${steps.join(".")}: `;
  return badInput(`${where}: ${at}${what}`);
}

/** The member of that name: a machine can be called `constructor`, which every object seems to have. */
export function ownMember<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
