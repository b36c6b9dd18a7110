import { InvalidArgumentError } from "commander";
import { isAdaCarbonError } from "../usage/errors.js";

/** A command line, or an environment, that the user must correct. */
export class UsageError extends Error {}

/** The value of a flag that the command cannot do without. */
export function needed<T>(value: T | undefined, flag: string, seeAlso: string): T {
  if (value !== undefined) return value;
  throw new UsageError(`${flag} is missing; see ${seeAlso}`);
}

/** What is made of flags alone: `bad-input` there is a wrong command line. `flag` says which, where there is one. */
export function ofFlags<T>(make: () => T, flag?: string): T {
  try {
    return make();
  } catch (cause) {
    if (isAdaCarbonError(cause, "bad-input"))
      throw new UsageError(flag === undefined ? cause.message : `${flag}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** The same for the reader of one flag's value, so that the message names the flag; `hint` is what it ends with. */
export function refusing<T>(
  read: (text: string) => T,
  hint: (text: string) => string = () => "",
): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (cause) {
      if (isAdaCarbonError(cause, "bad-input")) throw new InvalidArgumentError(cause.message + hint(text));
      throw cause;
    }
  };
}
