import * as z from "zod";
import { HTTP_OPTIONS, HttpClient, type HttpOptions, type HttpRequest } from "../../transport/http.js";
import { INTERVAL, type Interval } from "../../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  optional,
  optionsBy,
  POSITIVE,
  type Rule,
  type Rules,
  SIGNAL,
  TEXT,
} from "../../usage/options.js";
import { KnownLabels } from "../replies/known-labels.js";
import { type ListOf, ListReader } from "../replies/list-reader.js";
import type { Matrix, StepGrid } from "../replies/matrix.js";
import { type PrometheusReply, readReply } from "../replies/reply.js";
import { ReplyDecoder } from "../replies/reply-decoder.js";
import { SeriesReader } from "../replies/series-reader.js";
import { STORED_SAMPLES, type StoredSamples } from "../replies/stored-samples.js";
import { VECTOR_ENTRIES, type VectorEntry } from "../replies/vector-entries.js";
import { WhoIsThere } from "./who-is-there.js";
import { WHOLE_ANSWERS } from "./whole-answers.js";

/** How one question to Prometheus is asked. */
export interface PrometheusCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The HTTP API of Prometheus and its relatives (Thanos, Mimir, VictoriaMetrics), as far as this library
 * needs it. Replies are checked; errors are `AdaCarbonError`s that say what the server said.
 */
export class PrometheusClient {
  readonly #http: HttpClient;
  readonly #whoIsThere: WhoIsThere;
  readonly #knownLabels = new KnownLabels();
  readonly #parameters: Readonly<Record<string, string>>;

  /** The server's URL without credentials. */
  get where(): string {
    return this.#http.where;
  }

  /** @param parameters Sent with every query, beside those that every query has. */
  constructor(options: HttpOptions, parameters: Readonly<Record<string, string>> = {}) {
    assertOptions("PrometheusClient", options, HTTP_OPTIONS);
    this.#http = new HttpClient(options);
    this.#whoIsThere = new WhoIsThere(options);
    this.#parameters = { ...WHOLE_ANSWERS, ...parameters };
  }

  /**
   * Evaluates `query` at each time of the grid. The server allows 11,001 of them at most. The reply is decoded
   * while it comes in: what it takes in memory are its columns, not its body.
   */
  async range(
    query: string,
    grid: StepGrid,
    options: PrometheusCallOptions = {},
  ): Promise<PrometheusReply<Matrix>> {
    assertQuery(query, options);
    assertArgument("PrometheusClient", "grid", grid, STEP_GRID);
    return this.#ask({
      path: "api/v1/query_range",
      form: new URLSearchParams({
        query,
        start: seconds(grid.from),
        end: seconds(grid.from + (grid.count - 1) * grid.stepMs),
        step: seconds(grid.stepMs),
        ...this.#parameters,
      }),
      signal: options.signal,
      stream: (where) =>
        new ReplyDecoder("matrix", () => new SeriesReader(grid, where, this.#knownLabels), where),
    });
  }

  /** Evaluates `query` at the instant `time` (UTC milliseconds). */
  async instant(
    query: string,
    time: number,
    options: PrometheusCallOptions = {},
  ): Promise<PrometheusReply<VectorEntry[]>> {
    return this.#list(VECTOR_ENTRIES, query, time, options);
  }

  /** The samples of a range selector such as `up[1h]` at the instant `time` (UTC milliseconds), as they were stored. */
  async samples(
    rangeSelector: string,
    time: number,
    options: PrometheusCallOptions = {},
  ): Promise<PrometheusReply<StoredSamples[]>> {
    return this.#list(STORED_SAMPLES, rangeSelector, time, options);
  }

  /** The values of a label among the series of a selector, sorted; in the interval, or ever. */
  async labelValues(
    label: string,
    match: string,
    interval?: Interval,
    options: PrometheusCallOptions = {},
  ): Promise<PrometheusReply<string[]>> {
    assertQuery(match, options);
    assertArgument("PrometheusClient", "label", label, TEXT);
    if (interval !== undefined) assertArgument("PrometheusClient", "interval", interval, INTERVAL);
    const search = new URLSearchParams({ "match[]": match });
    if (interval !== undefined) {
      search.set("start", seconds(interval.from));
      search.set("end", seconds(interval.to));
    }
    const { data, warnings } = await this.#ask({
      path: `api/v1/label/${encodeURIComponent(label)}/values`,
      search,
      signal: options.signal,
      read: readReply(z.array(z.string()).nullable()),
    });
    return { data: [...(data ?? [])].sort(), warnings };
  }

  async #list<Kept>(
    of: ListOf<Kept>,
    query: string,
    time: number,
    options: PrometheusCallOptions,
  ): Promise<PrometheusReply<Kept[]>> {
    assertQuery(query, options);
    assertArgument("PrometheusClient", "time", time, AMOUNT);
    return this.#ask({
      path: "api/v1/query",
      form: new URLSearchParams({ query, time: seconds(time), ...this.#parameters }),
      signal: options.signal,
      stream: (where) => new ReplyDecoder(of.resultType, () => new ListReader(of, where), where),
    });
  }

  #ask<T>(request: HttpRequest<T>): Promise<T> {
    return this.#whoIsThere.during((signal) => this.#http.request({ ...request, signal }), request.signal);
  }
}

const CALL_OPTIONS: Rules<PrometheusCallOptions> = { signal: optional(SIGNAL) };
const STEP_GRID: Rule = optionsBy<StepGrid>({ from: AMOUNT, stepMs: POSITIVE, count: POSITIVE });

function assertQuery(query: string, options: PrometheusCallOptions): void {
  assertArgument("PrometheusClient", "the query", query, TEXT);
  assertOptions("PrometheusClient", options, CALL_OPTIONS);
}

function seconds(ms: number): string {
  return String(ms / 1000);
}
