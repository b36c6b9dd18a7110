import * as z from "zod";
import { type AdaCarbonError, badInput } from "../usage/errors.js";
import { assertArgument, TEXT } from "../usage/options.js";
import type { IntensityBasis } from "./basis.js";

const WORDS = {
  signal: ["average", "marginal"],
  emissions: ["direct", "lifecycle"],
  flow: ["production", "consumption"],
  losses: ["losses-excluded", "losses-included"],
  accounting: ["location", "market"],
  gas: ["co2", "co2e"],
} as const;

/** What a basis is where only a part of it is said: an average of the grid as it is. */
const USUAL = { signal: "average", losses: "excluded", accounting: "location", gas: "co2e" } as const;

/**
 * Reads words in any order, separated by spaces or commas. `emissions` and `flow` must be said; without the others it is
 * an average, location-based, in CO2e, losses excluded. `bad-input` names the word that is none, is said twice or lacks.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseBasis } from "ada-carbon/intensity";
 *
 * assert.equal(parseBasis("lifecycle, production").gas, "co2e");
 */
export function parseBasis(text: string): IntensityBasis {
  assertArgument("parseBasis", "text", text, TEXT);
  const said = new Map<string, string>();
  for (const word of text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)) {
    const kind = Object.entries(WORDS).find(([, words]) => (words as readonly string[]).includes(word))?.[0];
    if (kind === undefined) throw noBasis(text, `${JSON.stringify(word)} is none of its words`);
    if (said.has(kind)) throw noBasis(text, `it says both ${said.get(kind)} and ${word}`);
    said.set(kind, word);
  }
  const values = Object.fromEntries([...said].map(([kind, word]) => [kind, word.replace("losses-", "")]));
  const { data, error } = basisSchema.safeParse({ ...USUAL, ...values });
  if (data !== undefined) return data;
  const lacking = error.issues.map(({ path }) => WORDS[path[0] as keyof typeof WORDS].join(" or "));
  throw noBasis(text, `it does not say whether it is ${lacking.join(", and whether ")}`);
}

const basisSchema: z.ZodType<IntensityBasis> = z.object({
  signal: z.enum(WORDS.signal),
  emissions: z.enum(WORDS.emissions),
  flow: z.enum(WORDS.flow),
  losses: z.enum(["excluded", "included"]),
  accounting: z.enum(WORDS.accounting),
  gas: z.enum(WORDS.gas),
});

function noBasis(text: string, why: string): AdaCarbonError {
  const words = Object.values(WORDS).map((both) => both.join("|"));
  return badInput(
    `${JSON.stringify(text.slice(0, 100))} is no basis of an intensity: ${why}; the words are ${words.join(", ")}`,
  );
}
