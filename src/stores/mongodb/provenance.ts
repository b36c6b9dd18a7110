import * as z from "zod";
import { measurementOf } from "../../usage/measurement.js";
import type { Provenance } from "../../usage/provenance.js";
import { hostDocument, hostSchema } from "../kit/host-document.js";
import { intensityDocument, intensitySchema } from "../kit/intensity-document.js";

/** A provenance in a document; whether the numbers in it can be, `assertSeries` says. */
export const provenanceSchema: z.ZodType<Provenance> = z.object({
  library: z.string(),
  model: z.string().nullable(),
  intensity: intensitySchema.nullable(),
  spread: z.number().exactOptional(),
  unsettled: z.literal(true).exactOptional(),
  scrapes: z.number().exactOptional(),
  host: hostSchema.exactOptional(),
});

/** Exactly the members that are kept, without those that say nothing. */
export function provenanceDocument(provenance: Provenance): Provenance {
  const { library, model, intensity, host } = provenance;
  return {
    library,
    model,
    intensity: intensity && intensityDocument(intensity),
    ...measurementOf(provenance),
    ...(host === undefined ? {} : { host: hostDocument(host) }),
  };
}
