// Questions to the service. A reply that is a problem is thrown with its own words.

/** A refusal of the service, or no answer at all. */
export class ServiceError extends Error {
  /** The last part of the problem's type, such as `not-stored`; empty where nobody answered. */
  readonly type: string;
  readonly status: number;

  constructor(message: string, type: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServiceError";
    this.type = type;
    this.status = status;
  }

  /** In a few words, for the line that is always in sight. */
  get whatFailed(): string {
    if (this.status === 0) return "Our service cannot be reached";
    if (this.type === "" && this.status === 404) return "No service is configured at this address";
    if (this.status === 401 || this.status === 403) return "Our service asks who you are";
    return `Our service fails (${this.status})`;
  }
}

/** A service that has not answered by then is dead or far behind, and is asked anew. */
const LONGEST_ANSWER_MS = 20_000;

export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export class Service {
  readonly #base: string;
  readonly #longestAnswerMs: number;

  /**
   * @param api where the service is, such as `../api`; relative to the page.
   * @param pace a factor of how long an answer is waited for.
   */
  constructor(api: string, pace: number) {
    this.#base = api.replace(/\/+$/, "");
    this.#longestAnswerMs = LONGEST_ANSWER_MS * pace;
  }

  url(path: string, parameters: Parameters = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters))
      for (const text of value === undefined ? [] : [value].flat()) query.append(name, String(text));
    const text = query.toString();
    return `${this.#base}/v1${path}${text === "" ? "" : `?${text}`}`;
  }

  /** @param cache `no-cache` for what is there now, also where the browser keeps an earlier answer. */
  async ask<Reply>(url: string, signal: AbortSignal, cache: RequestCache = "default"): Promise<Reply> {
    const headers = { accept: "application/json" };
    const tooLate = AbortSignal.timeout(this.#longestAnswerMs);
    let reply: Response;
    try {
      const either = AbortSignal.any([signal, tooLate]);
      reply = await fetch(url, { headers, credentials: "same-origin", signal: either, cache });
    } catch (error) {
      if (signal.aborted) throw error;
      const what = tooLate.aborted ? "does not answer" : "cannot be reached";
      throw new ServiceError(`our service ${what}`, "", 0, { cause: error });
    }
    const body: unknown = await reply.json().catch(() => undefined);
    if (reply.ok && body !== undefined) return body as Reply;
    const { detail, type } = (body ?? {}) as { detail?: unknown; type?: unknown };
    throw new ServiceError(
      typeof detail === "string" ? detail : `our service answered ${reply.status} without a reason`,
      typeof type === "string" ? (type.split(/[/:]/).at(-1) ?? "") : "",
      reply.status,
    );
  }
}

/** The path of a site in the service. */
export function sitePath(site: string, rest: string): string {
  return `/sites/${encodeURIComponent(site)}${rest}`;
}
