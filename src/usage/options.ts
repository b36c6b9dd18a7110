import { badInput } from "./errors.js";
import { nearestFirst } from "./nearest-name.js";
import { kindOf, shown } from "./shown.js";

// What untyped callers hand over is checked here: a function that is exported says by rules what each of its options
// must be, and whoever calls it is told which one is not. It is not done with zod, which the root would load for it.

/** What an option must be: a test, and the words for it. */
export interface Rule {
  readonly allowed: string;
  readonly mayBeMissing?: boolean;
  holds(value: unknown): boolean;
}

/** A rule for each option; one that is added to the type and has none does not compile. */
export type Rules<Options> = { readonly [Name in keyof Required<Options>]: Rule };

/**
 * Refuses (`bad-input`) options that are no object, have a name that is not known, or a value that cannot be.
 *
 * @param caller What takes the options, for the message.
 */
export function assertOptions<Options>(caller: string, options: Options, rules: Rules<Options>): void {
  const fault = faultOf(options, rules);
  if (fault !== undefined) throw badInput(`${caller}${fault}`);
}

/** Whether a value that is an option itself meets such rules. */
export function meetsRules<Options>(value: unknown, rules: Rules<Options>): boolean {
  return faultOf(value, rules) === undefined;
}

function faultOf(options: unknown, rules: Readonly<Record<string, Rule>>): string | undefined {
  const known = Object.keys(rules);
  if (!isOptionsObject(options)) {
    const given = options === undefined ? "nothing" : shown(options);
    return ` needs an object with ${known.join(", ")}, and was given ${given}`;
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name)) continue;
    const [nearest] = nearestFirst(name, known);
    return ` has no ${shown(name)}; did you mean ${nearest}? There are ${known.join(", ")}`;
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = options[name];
    if (rule.holds(value) || (value === undefined && rule.mayBeMissing === true)) continue;
    return `: ${name} is ${shown(value)}; it must be ${rule.allowed}`;
  }
  return undefined;
}

/** Refuses (`bad-input`) an argument that is not what it must be. */
export function assertArgument(caller: string, name: string, value: unknown, rule: Rule): void {
  if (rule.holds(value)) return;
  throw badInput(`${caller}: ${name} is ${shown(value)}; it must be ${rule.allowed}`);
}

/** What each argument of a call must be, in their order. */
export type ArgumentRules = Readonly<Record<string, Rule>>;

/** Refuses (`bad-input`) what is given for one of the arguments and is not what it must be. */
export function assertArguments(caller: string, given: readonly unknown[], rules: ArgumentRules): void {
  for (const [i, [name, rule]] of Object.entries(rules).entries())
    if (given[i] !== undefined || rule.mayBeMissing !== true) assertArgument(caller, name, given[i], rule);
}

/**
 * The object, with calls that reject (`bad-input`) if an argument is not what it must be, before anything is done.
 *
 * @param rules For each of its calls that gives a promise.
 */
export function checkedCalls<Calls extends object>(
  caller: string,
  object: Calls,
  rules: { readonly [Name in keyof Calls]?: ArgumentRules },
): Calls {
  const calls = Object.entries<ArgumentRules>(rules as Record<string, ArgumentRules>).flatMap(
    ([name, ofCall]) => {
      const call: unknown = Reflect.get(object, name);
      if (typeof call !== "function") return [];
      const checked = async (...given: unknown[]): Promise<unknown> => {
        assertArguments(`${name} of ${caller}`, given, ofCall);
        return Reflect.apply(call, object, given);
      };
      return [[name, checked]];
    },
  );
  return { ...object, ...Object.fromEntries(calls) };
}

/** An object of somebody's class will do, but no `Map`, list or `Date`. */
function isOptionsObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && kindOf(value) === "Object";
}

/** Options that meet such rules. */
export function optionsBy<Options>(rules: Rules<Options>): Rule {
  return {
    allowed: `an object with ${Object.keys(rules).join(", ")}`,
    holds: (value) => meetsRules(value, rules),
  };
}

/** A list of objects that meet such rules. */
export function listOf<Element>(rules: Rules<Element>): Rule {
  return {
    allowed: `a list of objects with ${Object.keys(rules).join(", ")}`,
    holds: (value) => Array.isArray(value) && value.every((element) => meetsRules(element, rules)),
  };
}

export function optional(rule: Rule): Rule {
  return { ...rule, mayBeMissing: true };
}

/** For what is looked at where it is used, and told by name there. */
export const ANYTHING: Rule = { allowed: "anything", holds: () => true };
export const TEXT: Rule = { allowed: "a text", holds: (value) => typeof value === "string" };
export const FLAG: Rule = { allowed: "true or false", holds: (value) => typeof value === "boolean" };
export const CALLBACK: Rule = { allowed: "a function", holds: (value) => typeof value === "function" };
export const OBJECT: Rule = { allowed: "an object", holds: isOptionsObject };
export const SIGNAL: Rule = {
  allowed: "an AbortSignal",
  holds: (value) => typeof value === "object" && value !== null && "aborted" in value,
};
export const TEXTS: Rule = {
  allowed: "a list of texts",
  holds: (value) => Array.isArray(value) && value.every((element) => typeof element === "string"),
};
export const LIST: Rule = { allowed: "a list", holds: Array.isArray };
export const REQUEST: Rule = {
  allowed: "a Request of the Fetch standard",
  holds: (value) => typeof value === "object" && value !== null && "url" in value && "headers" in value,
};
/** A list, a `Set`, or whatever else gives one after the other; no text, which gives letters. */
export const ITERABLE: Rule = {
  allowed: "a list, or what gives one after the other",
  holds: (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
};

/** A number that is finite, and not less or more than what is given. */
export function numberFrom(least: number, most: number = Number.MAX_VALUE): Rule {
  const allowed =
    most === Number.MAX_VALUE ? `a number of at least ${least}` : `a number, ${least} to ${most}`;
  return { allowed, holds: (value) => typeof value === "number" && value >= least && value <= most };
}

/** Any number that is finite. */
export const NUMBER: Rule = { allowed: "a number", holds: Number.isFinite };
export const AMOUNT: Rule = numberFrom(0);
export const POSITIVE: Rule = {
  allowed: "a number above 0",
  holds: (value) => typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY,
};

export function oneOf(values: readonly unknown[]): Rule {
  return { allowed: `one of ${values.map(shown).join(", ")}`, holds: (value) => values.includes(value) };
}

/**
 * An object that can do what a port asks for.
 *
 * @param text What it is named by: a text that is not empty.
 */
export function port(name: string, calls: readonly string[], text?: string): Rule {
  return {
    allowed: `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}, which has ${text === undefined ? "" : `the text ${text}, and `}${calls.join(", ")}`,
    holds: (value) => {
      if (typeof value !== "object" || value === null) return false;
      if (text !== undefined && !isNamedBy(Reflect.get(value, text))) return false;
      return calls.every((call) => typeof Reflect.get(value, call) === "function");
    },
  };
}

function isNamedBy(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** What an option must be that is a `Logger`. */
export const LOGGER: Rule = port("Logger", ["debug", "info", "warn", "error"]);

/** What an option must be that is a `Tracer`. */
export const TRACER: Rule = port("Tracer", ["startActiveSpan"]);
