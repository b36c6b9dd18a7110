import ky, { HTTPError, TimeoutError } from "ky";
import { AdaCarbonError, type ErrorCode, isAdaCarbonError } from "../usage/errors.js";
import { assertNewEnough } from "../usage/node-version.js";
import { AMOUNT, CALLBACK, optional, POSITIVE, type Rules } from "../usage/options.js";
import { type BodyConsumer, drain, shortened, wholeBody } from "./body.js";
import { ENDPOINT_OPTIONS, type Endpoint, type EndpointOptions, endpointOf } from "./endpoint.js";
import { describeRefusal, describeUnreachable } from "./failure.js";
import { type Limit, limitTo } from "./limit.js";
import { Patience } from "./patience.js";
import { fetchFromOrigin } from "./redirects.js";
import { retryAfterMs } from "./retry-after.js";

// ky is the one HTTP library: 0 dependencies, MIT, typed, retries with Retry-After and jitter, deadlines per
// attempt and in total, on top of whichever fetch is injected; so it runs where fetch runs.

/** How to reach a service, and how long to try. */
export interface HttpOptions extends EndpointOptions {
  /** The fetch to use; the platform's by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** Deadline of one attempt, its body included. Default 60,000 ms. */
  readonly attemptTimeoutMs?: number;
  /** Deadline of all attempts and the waits between them. Default 600,000 ms. */
  readonly totalTimeoutMs?: number;
  /**
   * Attempts after the first one that failed for a passing reason. Default 6. They end sooner for a service that
   * answers nothing at all: after 12 requests in a row, or 40 seconds.
   */
  readonly retries?: number;
  /** Wait before the first retry, doubled for each further one, with jitter. Default 250 ms. */
  readonly retryDelayMs?: number;
  /** Largest body accepted, after decompression. Default 256 MiB. */
  readonly maxResponseBytes?: number;
  /** Most requests at a time; those beyond wait, and their deadlines start with their turn. Default: any number. */
  readonly concurrency?: number;
}

/** What the options of a service must be, for those that take more than these. */
export const HTTP_OPTIONS: Rules<HttpOptions> = {
  ...ENDPOINT_OPTIONS,
  fetch: optional(CALLBACK),
  attemptTimeoutMs: optional(POSITIVE),
  totalTimeoutMs: optional(POSITIVE),
  retries: optional(AMOUNT),
  retryDelayMs: optional(AMOUNT),
  maxResponseBytes: optional(POSITIVE),
  concurrency: optional(POSITIVE),
};

/** Those of the options that say how to reach a service. */
export function httpOptionsOf(options: HttpOptions): HttpOptions {
  const known = Object.entries(options).filter(([name]) => Object.hasOwn(HTTP_OPTIONS, name));
  return Object.fromEntries(known) as unknown as HttpOptions;
}

interface Asked {
  /** Below the base URL, without a leading slash. */
  readonly path: string;
  readonly search?: URLSearchParams | undefined;
  /** Sent as a POST of a form: long queries overflow a GET. */
  readonly form?: URLSearchParams | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A request, and what makes the result of the body of a 2xx reply; `bad-reply` if it is not what it should be. `where` is
 * the URL asked, without credentials and parameters, for messages.
 */
export type HttpRequest<T> = Asked &
  (
    | { readonly read: (body: Uint8Array, where: string) => T }
    /** Takes the body as it comes in. Made anew for each attempt. */
    | { readonly stream: (where: string) => BodyConsumer<T> }
  );

/**
 * Passing troubles. A 400 or a 401 is none: asking again changes nothing. A cache that answers 304 was not asked whether
 * anything is new, a 421 came from another server than was meant, and 520 to 530 are a proxy's words for one that it
 * cannot reach. 499 is what a server says that was told to stop, which was not by us.
 */
const RETRIED_STATUSES = [
  ...[304, 408, 421, 425, 429, 499, 500, 502, 503, 504],
  ...[520, 521, 522, 523, 524, 525, 527, 529, 530],
];
/** The same, of an answer that was no status: it broke off, came too slowly, or is not what it should be. */
const RETRIED_CODES: readonly ErrorCode[] = ["unreachable", "timeout", "server-error", "bad-reply"];
/** A body that is kept in full before it is read is no larger than this, whatever else is allowed. */
const LARGEST_KEPT_BYTES = 64 * 2 ** 20;
const LONGEST_WAIT_MS = 40_000;

/**
 * One service over HTTP. Every failure is an `AdaCarbonError` whose message has no credentials in it;
 * an aborted signal rejects with its own reason.
 */
export class HttpClient {
  readonly #endpoint: Endpoint;
  readonly #options: HttpOptions;
  readonly #limit: Limit;
  readonly #patience: Patience = new Patience();

  /** The base URL without credentials. */
  get where(): string {
    return this.#endpoint.where;
  }

  constructor(options: HttpOptions) {
    assertNewEnough();
    this.#endpoint = endpointOf(options);
    this.#options = options;
    this.#limit = options.concurrency === undefined ? (task) => task() : limitTo(options.concurrency);
  }

  async request<T>(request: HttpRequest<T>): Promise<T> {
    return this.#limit(() => this.#request(request));
  }

  async #request<T>(request: HttpRequest<T>): Promise<T> {
    request.signal?.throwIfAborted();
    const where = `${this.where}/${request.path}`;
    const results: T[] = [];
    try {
      await this.#attempts(request, where, (result) => results.push(result));
    } catch (error) {
      request.signal?.throwIfAborted();
      throw this.#explain(error, where);
    }
    return results[results.length - 1] as T;
  }

  /** The body is read inside ky's fetch, so that deadline and retries cover it as well. */
  async #attempts<T>(request: HttpRequest<T>, where: string, done: (result: T) => void): Promise<void> {
    const { fetch = globalThis.fetch, maxResponseBytes = 256 * 2 ** 20 } = this.#options;
    const {
      retries = 6,
      retryDelayMs = 250,
      attemptTimeoutMs = 60_000,
      totalTimeoutMs = 600_000,
    } = this.#options;
    const endsAt = performance.now() + totalTimeoutMs;
    const url = new URL(`${this.#endpoint.url}/${request.path}`);
    if (request.search !== undefined) url.search = request.search.toString();
    await ky(url, {
      method: request.form === undefined ? "get" : "post",
      headers: this.#endpoint.headers,
      ...(request.form === undefined ? {} : { body: request.form }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      redirect: "manual",
      timeout: attemptTimeoutMs,
      totalTimeout: totalTimeoutMs,
      retry: {
        limit: retries,
        methods: ["get", "post"],
        statusCodes: RETRIED_STATUSES,
        afterStatusCodes: [429, 503],
        maxRetryAfter: LONGEST_WAIT_MS,
        backoffLimit: LONGEST_WAIT_MS,
        delay: (attempt) => retryDelayMs * 2 ** (attempt - 1),
        jitter: (delay) => delay * (0.5 + Math.random() / 2),
        retryOnTimeout: true,
        shouldRetry: ({ error, retryCount }) =>
          request.signal?.aborted !== true &&
          this.#mayAskAgain(error, retryDelayMs * 2 ** (retryCount - 1), endsAt),
      },
      fetch: async (input) => {
        const response = await fetchFromOrigin(
          (sent) => {
            this.#patience.asked();
            return fetch(sent);
          },
          input as Request,
          request.form,
          where,
        );
        if (!response.ok) return shortened(response);
        const consumer = consumerOf(request, where);
        const mostBytes =
          "read" in request ? Math.min(maxResponseBytes, LARGEST_KEPT_BYTES) : maxResponseBytes;
        done(await drain(response, mostBytes, where, consumer));
        this.#patience.answered();
        return new Response(null, { status: 200 });
      },
    });
  }

  /** `undefined` leaves it to ky, which knows statuses, deadlines and what servers say of how long to wait. */
  #mayAskAgain(error: Error, delayMs: number, endsAt: number): boolean | undefined {
    const isStatus = error instanceof HTTPError;
    const saidMs = isStatus ? retryAfterMs(error.response) : undefined;
    if (!this.#patience.allowsAfter(saidMs ?? delayMs)) return false;
    // ky would wait for as long as it may, and then ask too early, or run out of time without what the server said.
    if (saidMs !== undefined && saidMs > Math.min(LONGEST_WAIT_MS, endsAt - performance.now())) return false;
    // ky takes an end of a limit that is over for a wait of 0, and would ask again and again without a pause.
    if (isStatus && saidMs === undefined) return RETRIED_STATUSES.includes(error.response.status);
    if (isAdaCarbonError(error)) return RETRIED_CODES.includes(error.code);
    // Any other failure of fetch is the network's in some runtime's words.
    return isStatus || error instanceof TimeoutError ? undefined : true;
  }

  /** ky's own errors hold the request, and with it the credentials: they are never passed on as a cause. */
  #explain(error: unknown, where: string): AdaCarbonError {
    if (isAdaCarbonError(error)) return error;
    if (error instanceof HTTPError) return describeRefusal(error.response, error.data, where);
    if (error instanceof TimeoutError) {
      return new AdaCarbonError(
        "timeout",
        `${where}: no answer in time; raise the timeout or ask for less at once`,
      );
    }
    return describeUnreachable(error, where);
  }
}

function consumerOf<T>(request: HttpRequest<T>, where: string): BodyConsumer<T> {
  return "stream" in request ? request.stream(where) : wholeBody((body) => request.read(body, where));
}
