import type { Provenance } from "./provenance.js";

/** What a provenance says of how the hour was measured. Of most hours it says nothing: no member is there. */
export type Measurement = Pick<Provenance, "spread" | "unsettled" | "scrapes">;

/** A {@link Measurement} as a store may have it, with `null` in place of what is absent. */
interface StoredMeasurement {
  readonly spread?: number | null | undefined;
  readonly unsettled?: boolean | null | undefined;
  readonly scrapes?: number | null | undefined;
}

/** Only the members that say something: one that is `undefined` or `null`, or `unsettled: false`, is left out. */
export function measurementOf({ spread, unsettled, scrapes }: StoredMeasurement): Measurement {
  return {
    ...(typeof spread === "number" ? { spread } : {}),
    ...(unsettled === true ? { unsettled } : {}),
    ...(typeof scrapes === "number" ? { scrapes } : {}),
  };
}

/** Whether nothing is said of how the hour was measured. */
export function isUnremarkable({ spread, unsettled, scrapes }: Measurement): boolean {
  return spread === undefined && unsettled === undefined && scrapes === undefined;
}

export function sameMeasurement(a: Measurement, b: Measurement): boolean {
  return a.spread === b.spread && a.unsettled === b.unsettled && a.scrapes === b.scrapes;
}

/** What is wrong with it, as the end of a message; `undefined` where nothing is. */
export function measurementFault({ spread, unsettled, scrapes }: Measurement): string | undefined {
  if (spread !== undefined && !(typeof spread === "number" && spread > 0 && spread <= 1)) {
    return `spread is ${spread}; it must be more than 0 and at most 1, or absent`;
  }
  if (unsettled !== undefined && unsettled !== true) {
    return `unsettled is ${unsettled}; it must be true, or absent`;
  }
  if (scrapes !== undefined && !(Number.isSafeInteger(scrapes) && scrapes >= 0)) {
    return `scrapes is ${scrapes}; it must be a whole number and not negative, or absent`;
  }
  return undefined;
}
