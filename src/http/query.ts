import * as z from "zod";
import { parseTime } from "../timeseries/rollup/local-time.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { given } from "../usage/given.js";
import { DAY_MS, formatInstant, hourOf, type Interval } from "../usage/hour.js";
import { YEAR_0 } from "../usage/instant.js";
import { badInput } from "./problem.js";

/**
 * Reads a query string by its schema. Each parameter is given at most once unless it is a list. `bad-input` names the
 * parameter, and the known ones for an unknown one.
 */
export function queryReader<Query>(schema: z.ZodType<Query>): (search: URLSearchParams) => Query {
  const properties = z.toJSONSchema(schema, { io: "input" }).properties ?? {};
  const known = Object.keys(properties);
  const lists = known.filter((name) => isList(properties[name]));
  return (search) => {
    const values: Record<string, string | string[]> = {};
    for (const [name, value] of search) {
      if (!known.includes(name)) throw badInput(unknownParameter(name, known), known);
      if (lists.includes(name)) values[name] = search.getAll(name);
      else if (Object.hasOwn(values, name)) throw badInput(`the parameter ${name} is given twice`);
      else values[name] = value;
    }
    const read = schema.safeParse(values);
    if (read.success) return read.data;
    throw badInput(read.error.issues.map(issueText).join("; "));
  };
}

function isList(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema && schema.type === "array";
}

function unknownParameter(name: string, known: readonly string[]): string {
  const hint = known.length === 0 ? "this route takes none" : `there are ${known.join(", ")}`;
  return `${JSON.stringify(name)} is no parameter; ${hint}`;
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

/** No parameters. */
export const NONE: z.ZodType<Record<string, never>> = z.strictObject({});

/** Text that a reader of ours must accept; its error is the message. */
export function readable(
  example: string,
  read: (text: string) => unknown,
  format?: string,
): z.ZodType<string> {
  return z
    .string()
    .superRefine((text, context) => {
      try {
        read(text);
      } catch (error) {
        if (!isAdaCarbonError(error)) throw error;
        context.addIssue({ code: "custom", message: error.message });
      }
    })
    .meta({ examples: [example], ...given({ format }) });
}

/** An ISO 8601 instant with Z or an offset, or a plain date, which begins at midnight in the zone that is meant. */
export const instant: z.ZodType<string> = readable(
  "2025-09-10T00:00:00Z",
  (text) => parseTime(text, "UTC"),
  "date-time",
);

/** A number as people write it; the empty text is none. */
export function number(minimum: number, maximum?: number): z.ZodType<number> {
  const bounded = z.number("must be a number").min(minimum, `must be at least ${minimum}`);
  return z.preprocess(
    toNumber,
    maximum === undefined ? bounded : bounded.max(maximum, `must be at most ${maximum}`),
  );
}

/** A whole number. */
export function whole(minimum: number, maximum: number): z.ZodType<number> {
  const range = `must be ${minimum} to ${maximum}`;
  return z.preprocess(toNumber, z.int("must be a whole number").min(minimum, range).max(maximum, range));
}

function toNumber(text: unknown): unknown {
  return typeof text === "string" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

export const intervalShape = { from: instant.optional(), to: instant.optional() };
export type IntervalQuery = z.infer<z.ZodObject<typeof intervalShape>>;

/**
 * [from, to) of a query, with what is meant where one is left out. `bad-input` unless it has a length.
 *
 * @param zone Whose midnight a plain date means.
 */
export function intervalOf(query: IntervalQuery, usual: Interval, zone: string): Interval {
  const to = query.to === undefined ? usual.to : parseTime(query.to, zone);
  const from =
    query.from === undefined
      ? Math.min(usual.from, to - (usual.to - usual.from))
      : parseTime(query.from, zone);
  if (from < YEAR_0) throw badInput("the interval begins before the year 0; say from when on");
  if (from < to) return { from, to };
  const [begins, ends] = [formatInstant(from), formatInstant(to)];
  throw badInput(
    query.to === undefined
      ? `from ${begins} is after all that there is, which ends at ${ends}`
      : `from ${begins} is not before to ${ends}`,
  );
}

/** What looks at each hour of each host is over a year at most. */
export const MOST_DAYS = 366;

/** Refuses an interval of more than {@link MOST_DAYS}. `what` is what was asked for. */
export function assertYear(what: string, { from, to }: Interval): void {
  if (to - from > MOST_DAYS * DAY_MS)
    throw badInput(`${what} is over ${MOST_DAYS} days at most; ask for less`);
}

/** The interval asked for; by default the last 30 days that are over, since an hour that is not is not missing. */
export function recentInterval(
  query: IntervalQuery,
  { clock, zone }: { readonly clock: () => number; readonly zone: string },
): Interval {
  const to = hourOf(clock());
  return intervalOf(query, { from: to - 30 * DAY_MS, to }, zone);
}
