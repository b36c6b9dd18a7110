import * as z from "zod";
import { documentError, readDocument } from "../timeseries/documents/check.js";
import { formatEnds, formatInstant, HOUR_MS, isHour } from "../usage/hour.js";
import { parseInstant } from "../usage/instant.js";
import { assertArgument, OBJECT, TEXT } from "../usage/options.js";
import { INTENSITY_KINDS } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { SCOPE_KINDS } from "../usage/scope.js";
import { eachQuantity } from "../usage/series.js";
import { STATUSES } from "../usage/status.js";
import type { Statement } from "./statement.js";

// A statement as a text: JSON, an hour a line. There may be very many hours of hosts: each is a list, in which names of
// hosts and models are indices into lists that stand before the hours.

const VERSION = 1;

const amount = z.number().nonnegative();
const known = amount.nullable();
const share = z
  .number()
  .min(0)
  .max(1 + 1e-9);
const index = z.int().nonnegative();
const instant = z.iso.datetime().transform(parseInstant);
const hour = instant.refine(isHour, "it is not the start of an hour");

/** Name; CPU-seconds and kWh of the whole host; the scope's shares of the kWh, and its grams; model. */
const hostSchema = z.tuple([index, amount, amount, amount, amount, share, share, known, index.nullable()]);

/** Name, and from when to when it was measured, in hours since the beginning. */
const measuredSchema = z.tuple([index, z.array(z.tuple([index, index]))]);

const intensityShape = {
  kind: z.enum(INTENSITY_KINDS),
  source: z.string(),
  basis: z.string().nullable(),
};

const hourSchema = z.strictObject({
  hour,
  status: z.enum(STATUSES),
  ...eachQuantity(() => known),
  coverage: known,
  gco2eqPerKwh: known,
  model: z.string().nullable(),
  intensity: z.strictObject(intensityShape).nullable(),
  market: z.strictObject({ gco2eqPerKwh: amount, ...intensityShape }).exactOptional(),
  cloudCpuSeconds: known,
  hosts: z.array(hostSchema),
});

const schema = z.strictObject({
  statement: z.literal(VERSION, {
    error: ({ input }) => {
      const isNewer = typeof input === "number" && input > VERSION;
      const why = isNewer ? "; a newer ada-carbon wrote it, so upgrade ada-carbon" : "";
      return `it is no statement of version ${VERSION}, as report --save writes them${why}`;
    },
  }),
  library: z.string(),
  statedAt: instant,
  scope: z.strictObject({ kind: z.enum(SCOPE_KINDS), name: z.string().min(1) }),
  from: hour,
  to: hour,
  models: z.array(z.string()),
  hosts: z.array(z.string()),
  measured: z.array(measuredSchema),
  hours: z
    .array(hourSchema)
    .refine((hours) => hours.every((stated, i) => i === 0 || stated.hour > (hours[i - 1]?.hour ?? 0)), {
      error: "hours are not ascending",
    }),
});

/** A statement as a text, to be kept. */
export function formatStatement(statement: Statement): string {
  assertArgument("formatStatement", "the statement", statement, OBJECT);
  const { library, statedAt, scope, interval, hours, measured } = statement;
  const [names, models] = [new Names(), new Names()];
  const hoursSince = (ms: number): number => (ms - interval.from) / HOUR_MS;
  const spans = measured.map((host) => [
    names.indexOf(host.host),
    host.spans.map((span) => [hoursSince(span.from), hoursSince(span.to)]),
  ]);
  const lines = hours.map((statedHour) =>
    JSON.stringify({
      ...statedHour,
      hour: formatInstant(statedHour.hour),
      hosts: statedHour.hosts.map((host) => [
        names.indexOf(host.host),
        ...[host.busyCpuSeconds, host.idleCpuSeconds, host.busyKwh, host.idleKwh],
        ...[host.busyShare, host.idleShare, host.gco2eq],
        host.model === null ? null : models.indexOf(host.model),
      ]),
    }),
  );
  const head = JSON.stringify({
    ...{ statement: VERSION, library, statedAt: formatInstant(statedAt), scope },
    ...formatEnds(interval),
    ...{ models: models.list, hosts: names.list, measured: spans },
  });
  return `${head.slice(0, -1)},"hours":[\n${lines.join(",\n")}\n]}\n`;
}

/**
 * Reads a statement that {@link formatStatement} wrote.
 *
 * @param where Where the text is from, for messages: a path or URL.
 * @throws {AdaCarbonError} `bad-input` with the path of what is wrong.
 */
export function parseStatement(text: string, where: string): Statement {
  assertArgument("parseStatement", "the text", text, TEXT);
  assertArgument("parseStatement", "where", where, TEXT);
  const document = readDocument(text, schema, where);
  const { from, to, hours, models, hosts: names, measured, statement: _, ...said } = document;
  const named = (list: readonly string[], i: number): string => {
    const name = list[i];
    if (name === undefined) throw documentError(where, ["hours"], `there is no name of index ${i}`);
    return name;
  };
  return {
    ...said,
    interval: { from, to },
    measured: measured.map(([host, spans]) => ({
      host: named(names, host),
      spans: spans.map(([begin, end]) => ({ from: from + begin * HOUR_MS, to: from + end * HOUR_MS })),
    })),
    hours: hours.map(({ hosts, ...one }) => ({
      ...one,
      hosts: hosts.map(
        ([host, busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyShare, idleShare, gco2eq, model]) => ({
          host: named(names, host),
          ...{ busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyShare, idleShare, gco2eq },
          model: model === null ? null : named(models, model),
        }),
      ),
    })),
  };
}

/** Names in the order in which they first came. */
class Names {
  readonly #indices = new Map<string, number>();

  indexOf(name: string): number {
    return remembered(this.#indices, name, () => this.#indices.size);
  }

  get list(): string[] {
    return [...this.#indices.keys()];
  }
}
