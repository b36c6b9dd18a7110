import fc from "fast-check";
import type { Parameter } from "./world.js";

/** Texts of a parameter's values, from what its schema says: such as are right, such as are on the edge, and wrong ones. */
export interface ParameterValues {
  readonly valid: fc.Arbitrary<string>;
  readonly edge: fc.Arbitrary<string>;
  readonly invalid: fc.Arbitrary<string>;
}

/** Names that the world has, by the parameter that takes them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  site: ["isis", "clf", "both"],
  scope: ["ada", "site:isis", "project:IDAaaS", "user:amara", "machine:Muon"],
  beside: ["before", "year-before", "2025-08-01T00:00:00Z/2025-08-05T00:00:00Z"],
  within: ["project:IDAaaS", "group:Muons", "machine:Muon"],
  month: ["2025-09", "2025-08"],
  zone: ["UTC", "Asia/Kolkata", "america/st_johns"],
};
const TRAPS = ["__proto__", "constructor", "toString", "..", "../..", "null", "undefined", "user:__proto__"];
const INSTANTS = [
  "0000-01-01T00:00:00Z",
  "1969-12-31T23:59:59.999Z",
  "1970-01-01T00:00:00Z",
  "9999-12-31T23:00:00Z",
  "2025-09-10T24:00:00Z",
  "2025-09-10T00:00:60Z",
  "2025-02-29T00:00:00Z",
  "2025-09-10T00:00:00+14:00",
  "2025-09-10T00:00:00-23:59",
  "+275760-09-13T00:00:00Z",
];
const NUMBERS = ["-0", "0", "1e308", "1e309", "-1e-320", "0x10", "1e3", " 1", "1_000", "Infinity", "NaN", ""];

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    ...TRAPS,
    "\0",
    "\u202eexe",
    "\u200b",
    "' or 1=1 --",
    "<script>",
    "%00",
    "%",
    "a".repeat(4000),
  ),
  fc.double().map(String),
);
const between = (min: string, max: string): fc.Arbitrary<string> =>
  fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }).map((date) => date.toISOString());
/** A beginning is before an end. */
const RECENT: Readonly<Record<string, fc.Arbitrary<string>>> = {
  from: between("2025-09-01", "2025-09-05"),
  to: between("2025-09-06", "2025-09-10"),
  before: between("2025-09-11", "2025-09-13"),
};

export function valuesOf({ name, schema }: Parameter): ParameterValues {
  const { type, format, minimum = 0, maximum = 1e6 } = schema;
  if (schema.enum !== undefined)
    return {
      valid: fc.constantFrom(...schema.enum),
      edge: fc.constantFrom(...schema.enum, ""),
      invalid: anyText,
    };
  if (format === "date-time")
    return {
      valid: RECENT[name] ?? fc.constantFrom(...INSTANTS),
      edge: fc.constantFrom(...INSTANTS),
      invalid: anyText,
    };
  if (type === "integer" || type === "number") {
    const whole = fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, 2 ** 31 - 1) });
    const ends = [minimum, maximum, minimum - 1, maximum + 1, -minimum].map(String);
    return { valid: whole.map(String), edge: fc.constantFrom(...ends, ...NUMBERS), invalid: anyText };
  }
  return {
    valid: fc.constantFrom(...(NAMES[name] ?? ["Muon"])),
    edge: fc.constantFrom(
      ...TRAPS,
      ...(NAMES[name] ?? []).map((known) => `${known} `),
      "site:",
      "user:",
      "a".repeat(2000),
    ),
    invalid: anyText,
  };
}
