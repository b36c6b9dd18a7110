import * as z from "zod";
import type { MarketIntensity } from "../../usage/provenance.js";
import { intensityDocument, intensitySchema } from "./intensity-document.js";

/** The market-based intensity behind a row, in a document. */
export const marketSchema: z.ZodType<MarketIntensity> = z.intersection(
  intensitySchema,
  z.object({ gco2eqPerKwh: z.number() }),
);

/** Exactly the members that are kept, in one order. */
export function marketDocument(market: MarketIntensity): MarketIntensity {
  return { gco2eqPerKwh: market.gco2eqPerKwh, ...intensityDocument(market) };
}
