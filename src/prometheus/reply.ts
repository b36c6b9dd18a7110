import * as z from "zod";
import { parseJson } from "../transport/body.js";
import type { Reply } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";

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
export function readReply<T>(schema: z.ZodType<T>): (body: Uint8Array, reply: Reply) => PrometheusReply<T> {
  return (body, { where }) => {
    const parsed = envelope.safeParse(parseJson(body, where));
    if (!parsed.success) {
      throw badReply(
        where,
        "the answer is JSON, but not of Prometheus's HTTP API; check the URL",
        parsed.error,
      );
    }
    const { status, error, errorType, isPartial, warnings } = parsed.data;
    if (status === "error") {
      throw new AdaCarbonError("refused", `${where}: ${errorType ?? "error"}: ${error ?? "no reason given"}`);
    }
    const data = schema.safeParse(parsed.data.data);
    if (!data.success) {
      const issue = data.error.issues[0];
      const what = issue === undefined ? "" : ` at data.${issue.path.join(".")}: ${issue.message}`;
      throw badReply(where, `the answer has another shape than Prometheus promises${what}`, data.error);
    }
    const missing = (warnings ?? []).filter((warning) => !warning.startsWith("PromQL info:"));
    return {
      data: data.data,
      warnings: isPartial ? [...missing, "the server answered in part (isPartial)"] : missing,
    };
  };
}

function badReply(where: string, what: string, cause: unknown): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: ${what}`, { cause });
}
