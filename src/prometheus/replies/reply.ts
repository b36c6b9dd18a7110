import * as z from "zod";
import { parseJson } from "../../transport/body.js";
import { codeOf } from "../../transport/failure.js";
import { AdaCarbonError } from "../../usage/errors.js";

const envelope = z.object({
  status: z.enum(["success", "error"]),
  data: z.unknown().optional(),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).nullish(),
  infos: z.array(z.string()).nullish(),
  /** VictoriaMetrics clusters say so here when a storage node did not answer. */
  isPartial: z.boolean().nullish(),
});

/** The `data` of a reply of Prometheus's HTTP API, and what the server says is missing from it. */
export interface PrometheusReply<T> {
  readonly data: T;
  readonly warnings: readonly string[];
}

/** Reads the envelope that every reply has, then `data` with `schema`. */
export function readReply<T>(schema: z.ZodType<T>): (body: Uint8Array, where: string) => PrometheusReply<T> {
  return (body, where) => readDocument(schema, parseJson(body, where), where);
}

/** As {@link readReply}, of what `JSON.parse` gave. */
export function readDocument<T>(schema: z.ZodType<T>, document: unknown, where: string): PrometheusReply<T> {
  const { data, warnings } = openEnvelope(document, where);
  const parsed = schema.safeParse(data);
  if (parsed.success) return { data: parsed.data, warnings };
  throw wrongShape(where, [], parsed.error);
}

/** The statuses that Prometheus gives its errors. */
const STATUS_OF_ERRORS: ReadonlyMap<string | undefined, number> = new Map([
  ["timeout", 503],
  ["canceled", 503],
  ["unavailable", 503],
  ["execution", 422],
  ["internal", 500],
]);

/**
 * What every reply says of itself. An error that came with a status 200, as behind some proxies, is what it would be with
 * its own.
 */
function openEnvelope(document: unknown, where: string): PrometheusReply<unknown> {
  const parsed = envelope.safeParse(document);
  if (!parsed.success) {
    throw badReply(
      where,
      "the answer is JSON, but not of Prometheus's HTTP API; check the URL",
      parsed.error,
    );
  }
  const { status, error, errorType, isPartial, warnings, data } = parsed.data;
  if (status === "error") {
    const code = codeOf(STATUS_OF_ERRORS.get(errorType) ?? 400, document, error);
    throw new AdaCarbonError(code, `${where}: ${errorType ?? "error"}: ${error ?? "no reason given"}`);
  }
  const missing = (warnings ?? []).filter((warning) => !warning.startsWith("PromQL info:"));
  return {
    data,
    warnings: isPartial ? [...missing, "the server answered in part (isPartial)"] : missing,
  };
}

/** What is at `path` in `data` is not what the API promises. */
export function wrongShape(where: string, path: readonly PropertyKey[], error: z.ZodError): AdaCarbonError {
  const issue = error.issues[0];
  const place = [...path, ...(issue?.path ?? [])].join(".");
  const what = `the answer has another shape than Prometheus promises at data.${place}: ${issue?.message ?? ""}`;
  return badReply(where, what, error);
}

export function badReply(where: string, what: string, cause?: unknown): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: ${what}`, cause === undefined ? {} : { cause });
}
