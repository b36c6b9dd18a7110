import { messageOf } from "../../usage/errors.js";
import { badQuery, unsupported } from "./errors.js";

/** Escapes that mean the same in RE2 and in JavaScript. */
const SHARED_ESCAPES = "dDwWsSbBnrtfv";
/** Characters that JavaScript wants escaped under the `u` flag; RE2 allows any punctuation to be. */
const SYNTAX = "^$\\.*+?()[]{}|/";

/**
 * An RE2 pattern as Prometheus uses it, anchored at both ends, as a JavaScript regular expression.
 * What RE2 refuses (look-around, back-references, escaped letters without a meaning) is refused here too;
 * what JavaScript has no equivalent of is refused as unsupported.
 */
export function compileRegex(pattern: string): RegExp {
  const translated = translate(pattern);
  try {
    return new RegExp(`^(?:${translated})$`, "u");
  } catch (error) {
    throw badQuery(`error parsing regexp: ${messageOf(error)}`);
  }
}

function translate(pattern: string): string {
  let out = "";
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const rest = pattern.slice(i);
    const character = rest.charAt(0);
    if (character === "\\") {
      out += translateEscape(pattern, rest.charAt(1), inClass);
      i++;
    } else if (inClass) {
      if (rest.startsWith("[:")) throw unsupported(`named character classes in ${JSON.stringify(pattern)}`);
      inClass = character !== "]";
      out += character === "[" ? "\\[" : character;
    } else if (rest.startsWith("(?P<")) {
      out += "(?<";
      i += 3;
    } else if (rest.startsWith("(?") && !rest.startsWith("(?:")) {
      throw unsupported(`${JSON.stringify(rest.slice(0, 3))} in the regexp ${JSON.stringify(pattern)}`);
    } else {
      inClass = character === "[";
      out += character;
    }
  }
  return out;
}

function translateEscape(pattern: string, escaped: string, inClass: boolean): string {
  if (escaped === "")
    throw badQuery(`error parsing regexp: trailing backslash in ${JSON.stringify(pattern)}`);
  if (SYNTAX.includes(escaped) || SHARED_ESCAPES.includes(escaped)) return `\\${escaped}`;
  if (/[A-Za-z0-9]/.test(escaped)) throw unsupported(`\\${escaped} in the regexp ${JSON.stringify(pattern)}`);
  return inClass && escaped === "-" ? "\\-" : escaped;
}

/**
 * What `template` gives for a match: `$1`, `${1}`, `$name`, `${name}` and `$$`, as Go's `Regexp.Expand`
 * reads them. `$1x` is the group named `1x`, which does not exist and gives nothing.
 */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    const group = bare ?? braced;
    if (group === undefined) return whole === "$$" ? "$" : whole;
    return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? "";
  });
}
