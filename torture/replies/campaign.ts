import { isAdaCarbonError } from "../../src/usage/errors.js";
import type { Dice } from "./dice.js";
import { hostileBody, type Writing } from "./mutate.js";
import { oddResponse } from "./odd-response.js";

/** A client, what it asks, and what its answers must be. */
export interface Asker {
  readonly kind: string;
  /** Good replies, as documents. */
  readonly documents: readonly unknown[];
  /** How a document is written, where that is not JSON. */
  readonly write?: Writing;
  /** Asks once, with that fetch. */
  readonly ask: (fetch: typeof globalThis.fetch) => Promise<unknown>;
  /** What is wrong with an answer that was made of this body, read by other means than the client's. */
  readonly wrongIn: (answer: unknown, body: Uint8Array) => string | undefined;
  /** Whether a whole body has to be taken. */
  readonly mustTake: (body: Uint8Array) => boolean;
}

/** An in-process answer that takes longer is taken for a hang. */
const DEADLINE_MS = 20_000;
const HUNG: unique symbol = Symbol("hung");

/** Asks once and says what went wrong, in a few words, if anything did. */
export async function tryOnce(asker: Asker, dice: Dice): Promise<string | undefined> {
  const body = hostileBody(dice.pick(asker.documents), dice, asker.write);
  const { response, isWhole } = oddResponse(body, dice);
  let given: Response | undefined = response;
  // Who asks again, for whatever reason, finds nobody.
  const fetch = async (): Promise<Response> => {
    const reply = given ?? new Response("gone", { status: 503 });
    given = undefined;
    return reply;
  };
  const outcome = await withinDeadline(asker.ask(fetch));
  if (outcome === HUNG) return "hung";
  if ("answer" in outcome) {
    if (!isWhole) return `an answer was made of a reply that was none: ${response.status}`;
    return asker.write !== undefined || isJson(body)
      ? asker.wrongIn(outcome.answer, body)
      : "an answer was made of what is no JSON";
  }
  const { error } = outcome;
  if (!isAdaCarbonError(error)) return `crashed: ${String(error)}`;
  if (/[\n\r]|user:pw/.test(error.message)) return `not one clean line: ${JSON.stringify(error.message)}`;
  return isWhole && asker.mustTake(body) ? `refused what is right: ${error.message}` : undefined;
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(body));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

type Outcome = { readonly answer: unknown } | { readonly error: unknown };

async function withinDeadline(asked: Promise<unknown>): Promise<Outcome | typeof HUNG> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof HUNG>((resolve) => {
    timer = setTimeout(() => resolve(HUNG), DEADLINE_MS);
  });
  const outcome = asked.then(
    (answer): Outcome => ({ answer }),
    (error: unknown): Outcome => ({ error }),
  );
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
