import * as z from "zod";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import { recordOf } from "../../usage/record-of.js";
import { SESSION_HOUR_QUANTITIES } from "../assert-session.js";
import type { SessionHour, SessionIntensity } from "../workspace-store.js";
import { copyHours } from "./copy-session.js";

const intensitySchema: z.ZodType<SessionIntensity> = z.object({
  kind: z.enum(INTENSITY_KINDS),
  source: z.string(),
  basis: z.string().exactOptional(),
  fetchedAt: z.number().nullable(),
});

/** The hours of a session as a document that a store may keep; `assertSession` holds the rest against them. */
export const hoursSchema: z.ZodType<SessionHour[]> = z.array(
  z.object({
    hour: z.number(),
    ...recordOf(SESSION_HOUR_QUANTITIES, () => z.number()),
    upFrom: z.number(),
    upTo: z.number(),
    model: z.string(),
    intensity: intensitySchema.nullable(),
    stored: z.boolean(),
  }),
);

/** The hours as JSON; `null` where there are none. */
export function formatHours(hours: readonly SessionHour[] | undefined): string | null {
  return hours === undefined ? null : JSON.stringify(copyHours(hours));
}

/** What {@link formatHours} wrote, as members of a session. Throws for anything else. */
export function parseHours(text: string | null): { hours?: SessionHour[] } {
  return text === null ? {} : { hours: hoursSchema.parse(JSON.parse(text)) };
}
