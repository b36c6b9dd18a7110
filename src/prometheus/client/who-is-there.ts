import { HttpClient, type HttpOptions } from "../../transport/http.js";
import { AdaCarbonError, type ErrorCode, isAdaCarbonError } from "../../usage/errors.js";

/** A question that takes longer may be a hard one, or nobody may be listening. */
const PATIENCE_MS = 12_000;
/** So long a server may take for the easiest question: it may be busy with hard ones. */
const EASY_ANSWER_MS = 15_000;
/** What comes of asking somebody who is not there. */
const NOBODY: readonly ErrorCode[] = ["timeout", "unreachable"];
/** Even the easiest question may be one that a proxy does not let through. */
const IS_AN_ANSWER: readonly ErrorCode[] = ["refused", "unauthorised", "not-found"];
/** What may be the fault of the question, or of a server that answers nothing. */
const MAY_BE_THE_QUESTION: readonly ErrorCode[] = ["timeout", "too-large"];

/**
 * Tells a question that is too hard from a server that is down: it is asked for `vector(1)`. Where that is not answered
 * either, it is `server-error`, and nobody need ask for less.
 */
export class WhoIsThere {
  readonly #http: HttpClient;

  constructor({ concurrency: _, ...options }: HttpOptions) {
    const { attemptTimeoutMs = EASY_ANSWER_MS } = options;
    const easyAnswerMs = Math.min(attemptTimeoutMs, EASY_ANSWER_MS);
    // Not in the queue of the others, which may be full of what is not answered.
    this.#http = new HttpClient({ ...options, retries: 0, attemptTimeoutMs: easyAnswerMs });
  }

  /** Does the work, and gives it up if the server turns out to be down while it takes long. */
  async during<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const down = new AbortController();
    const either = signal === undefined ? down.signal : AbortSignal.any([signal, down.signal]);
    const look = async (): Promise<void> => {
      const failure = await this.#ask(either);
      if (failure !== undefined && NOBODY.includes(failure.code))
        down.abort(isDown(failure.message, failure));
    };
    const timer = setTimeout(() => void look(), PATIENCE_MS);
    try {
      return await work(either);
    } catch (error) {
      if (!isAdaCarbonError(error) || !MAY_BE_THE_QUESTION.includes(error.code)) throw error;
      const failure = await this.#ask(either);
      const isThere = failure === undefined || IS_AN_ANSWER.includes(failure.code);
      throw isThere ? error : isDown(error.message, failure);
    } finally {
      clearTimeout(timer);
      down.abort();
    }
  }

  /** Why the easiest question was not answered; nothing if it was, or if nobody waits for it any more. */
  async #ask(signal: AbortSignal): Promise<AdaCarbonError | undefined> {
    const form = new URLSearchParams({ query: "vector(1)" });
    try {
      await this.#http.request({ path: "api/v1/query", form, signal, read: () => undefined });
      return undefined;
    } catch (error) {
      if (isAdaCarbonError(error)) return error;
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}

function isDown(what: string, cause: AdaCarbonError): AdaCarbonError {
  const message = `${what}; the server does not even answer vector(1), so it is down`;
  return new AdaCarbonError("server-error", message, { cause });
}
