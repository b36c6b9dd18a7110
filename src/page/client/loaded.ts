// A part of the page and what it asked the service for. What was shown stays while it is asked again.
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Service, ServiceError } from "./service.js";

/** How long after a failure the same is asked again: twice as long after each, up to a few minutes. */
const RETRY_MS = 10_000;
const MOST_RETRY_MS = 160_000;
/** An answer that takes longer is late, which is said. */
const LATE_MS = 5000;

/** What a controller is a part of; `pace` is a factor of all waiting times. */
export type PacedHost = ReactiveControllerHost & { readonly pace: number };

/** What a part knows: the last reply, and what went wrong since. */
export class Loaded<Reply> implements ReactiveController {
  value: Reply | undefined;
  error: ServiceError | undefined;
  /** When the last reply came, milliseconds; 0 before the first. */
  loadedAt = 0;
  /** When it was asked last. */
  askedAt = 0;
  readonly #host: PacedHost;
  readonly #service: () => Service;
  #url = "";
  #current = new AbortController();
  #isAsking = false;
  #failures = 0;

  constructor(host: PacedHost, service: () => Service) {
    this.#host = host;
    this.#service = service;
    host.addController(this);
  }

  /** Whether it was asked some time ago, and neither answer nor failure has come. */
  get isLate(): boolean {
    return this.#isAsking && Date.now() - this.askedAt > LATE_MS * this.#host.pace;
  }

  /** Whether there is an answer, or a failure that takes its place. */
  get isAnswered(): boolean {
    return this.value !== undefined || this.error !== undefined;
  }

  hostDisconnected(): void {
    this.#current.abort();
    this.#url = "";
  }

  /** Asks if the question is another one; an empty URL is no question. */
  want(url: string): void {
    if (url === this.#url) return;
    const isSamePlace = pathOf(url) === pathOf(this.#url);
    this.#url = url;
    // Another question about the same: its old answer stays until the new one is there.
    if (!isSamePlace) this.value = undefined;
    this.error = undefined;
    this.#failures = 0;
    void this.reload();
  }

  /** Asks again what was not answered, some time after it was asked. */
  retry(): void {
    const waitMs = Math.min(RETRY_MS * 2 ** (this.#failures - 1), MOST_RETRY_MS) * this.#host.pace;
    if (this.error !== undefined && !this.#isAsking && Date.now() - this.askedAt > waitMs) void this.reload();
  }

  async reload(cache: RequestCache = "default"): Promise<void> {
    this.#current.abort();
    const current = new AbortController();
    this.#current = current;
    const url = this.#url;
    if (url === "") return;
    this.askedAt = Date.now();
    this.#isAsking = true;
    try {
      const value = await this.#service().ask<Reply>(url, current.signal, cache);
      if (current.signal.aborted) return;
      this.value = value;
      this.error = undefined;
      this.#failures = 0;
      this.loadedAt = Date.now();
    } catch (error) {
      if (current.signal.aborted) return;
      this.error = error as ServiceError;
      this.#failures++;
    }
    this.#isAsking = false;
    this.#host.requestUpdate();
  }
}

function pathOf(url: string): string {
  return url.split("?")[0] ?? "";
}
