/** The most characters of a text that a message shows. */
const LONGEST = 80;

/** What somebody handed over, in a word or two for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string")
    return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const name = kindOf(value);
  return name === "Object" ? "an object" : `a ${name}`;
}

/** What kind of built-in an object is, such as `Map` or `Temporal.PlainDate`; `Object` for all others. */
export function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
