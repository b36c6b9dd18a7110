import * as z from "zod";
import { measurementOf } from "../../usage/measurement.js";
import type { Provenance } from "../../usage/provenance.js";
import { hostDocument, hostSchema } from "../kit/host-document.js";
import {
  intensityDocument,
  intensitySchema,
  marketDocument,
  marketSchema,
} from "../kit/intensity-document.js";
import type { Intensities } from "../stored-intensities.js";

/** By which intensities an hour is. */
const intensities = { intensity: intensitySchema.nullable(), market: marketSchema.exactOptional() };

/** A provenance in a document; whether the numbers in it can be, `assertSeries` says. */
export const provenanceSchema: z.ZodType<Provenance> = z.object({
  library: z.string(),
  model: z.string().nullable(),
  ...intensities,
  spread: z.number().exactOptional(),
  unsettled: z.literal(true).exactOptional(),
  scrapes: z.number().exactOptional(),
  host: hostSchema.exactOptional(),
});

/** The part of it that says by which intensities the hour is. */
export const intensitiesOnlySchema: z.ZodType<Intensities> = z.object(intensities);

/** Exactly the members that are kept, without those that say nothing. */
export function provenanceDocument(provenance: Provenance): Provenance {
  const { library, model, intensity, market, host } = provenance;
  return {
    library,
    model,
    intensity: intensity && intensityDocument(intensity),
    ...(market === undefined ? {} : { market: marketDocument(market) }),
    ...measurementOf(provenance),
    ...(host === undefined ? {} : { host: hostDocument(host) }),
  };
}
