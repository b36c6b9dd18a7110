import type { UsageStore } from "../stores/usage-store.js";
import { formatInstant } from "../usage/hour.js";
import { VERSION } from "../usage/version.js";
import type { Attempts } from "./attempts.js";
import { reasonOf } from "./attempts.js";
import type { Role } from "./hold-store.js";
import type { Surroundings } from "./surroundings.js";

/** A store that has not answered within this time does not answer. */
const PATIENCE_MS = 5_000;

/** Whether what the service shows is there and new, for those who watch over it. */
export class Readiness {
  role: Role = "starting";
  readonly #usage: UsageStore;
  readonly #polls: Attempts | undefined;
  readonly #syncs: Attempts | undefined;
  readonly #surroundings: Surroundings;
  #underWay: Promise<string[]> | undefined;

  /** @param attempts Those of the jobs that there are. */
  constructor(
    usage: UsageStore,
    attempts: { readonly polls: Attempts | undefined; readonly syncs: Attempts | undefined },
    surroundings: Surroundings,
  ) {
    this.#usage = usage;
    this.#polls = attempts.polls;
    this.#syncs = attempts.syncs;
    this.#surroundings = surroundings;
  }

  /** Why it is not ready; nothing if it is. However many ask at a time, the store is asked once. */
  reasons(): Promise<string[]> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** 200, or 503 with the reasons. They name no machine: whoever is near may read them. */
  async reply(): Promise<Response> {
    const reasons = await this.reasons();
    const status = reasons.length === 0 ? 200 : 503;
    return jsonReply(status, {
      status: status === 200 ? "ready" : "not ready",
      role: this.role,
      reasons,
      lastPollAt: instantOf(this.#polls),
      lastSyncAt: instantOf(this.#syncs),
      version: VERSION,
    });
  }

  async #ask(): Promise<string[]> {
    const store = await this.#storeTrouble();
    // What is followed is filled by somebody else, who says how new it is.
    const jobs = this.role === "following" ? [] : [this.#polls?.trouble(), this.#syncs?.trouble()];
    return [store, ...jobs].filter((reason) => reason !== undefined);
  }

  async #storeTrouble(): Promise<string | undefined> {
    const late = new AbortController();
    const deadline = this.#surroundings
      .sleep(PATIENCE_MS, late.signal)
      .then(() => `the store does not answer within ${PATIENCE_MS / 1000} s`);
    try {
      const answer = this.#usage.scopes("project", { signal: late.signal }).then(() => undefined);
      return await Promise.race([answer, deadline]);
    } catch (error) {
      this.#surroundings.log.warn({}, `the store does not answer: ${reasonOf(error)}`);
      return "the store does not answer";
    } finally {
      late.abort();
    }
  }
}

/** The process is up and answers. */
export function aliveReply(): Response {
  return jsonReply(200, { status: "alive", version: VERSION });
}

function jsonReply(status: number, value: unknown): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(`${JSON.stringify(value)}\n`, { status, headers });
}

function instantOf(attempts: Attempts | undefined): string | null {
  return attempts?.succeededAt === undefined ? null : formatInstant(attempts.succeededAt);
}
