import * as z from "zod";
import { INTENSITY_KINDS, type IntensityProvenance, type MarketIntensity } from "../../usage/provenance.js";

/** The intensity behind a row, in a document. */
export const intensitySchema: z.ZodType<IntensityProvenance> = z.object({
  kind: z.enum(INTENSITY_KINDS),
  source: z.string(),
  basis: z.string().exactOptional(),
  updatedAt: z.number().exactOptional(),
  fetchedAt: z.number().nullable(),
  settled: z.boolean(),
});

/** Exactly the members that are kept, in one order, without those that say nothing. */
export function intensityDocument(intensity: IntensityProvenance): IntensityProvenance {
  const { kind, source, basis, updatedAt, fetchedAt, settled } = intensity;
  return { kind, source, ...aboutIntensity(basis, updatedAt), fetchedAt, settled };
}

/** What a source may say of its values and may leave out. */
export function aboutIntensity(
  basis: string | null | undefined,
  updatedAt: number | null | undefined,
): Pick<IntensityProvenance, "basis" | "updatedAt"> {
  return { ...(basis == null ? {} : { basis }), ...(updatedAt == null ? {} : { updatedAt }) };
}

/** The market-based intensity behind a row, in a document. */
export const marketSchema: z.ZodType<MarketIntensity> = z.intersection(
  intensitySchema,
  z.object({ gco2eqPerKwh: z.number() }),
);

/** Exactly the members that are kept, in one order. */
export function marketDocument(market: MarketIntensity): MarketIntensity {
  return { gco2eqPerKwh: market.gco2eqPerKwh, ...intensityDocument(market) };
}
