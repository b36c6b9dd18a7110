import { withoutByteOrderMark } from "../../codecs/byte-order-mark.js";
import { badInput, messageOf } from "../../usage/errors.js";
import { assertArgument, TEXT } from "../../usage/options.js";

/**
 * JSON, and the two faults that the source documents themselves have, read as what they evidently mean:
 *
 * - quotes inside a string that were not escaped, `"instance": "instance="host-1:9100""`;
 * - a comma missing at the end of a line before the next `"name":`.
 *
 * Valid JSON is never changed: the faults are looked for only in text that is not.
 *
 * @param where Where the text is from, for messages: a path or URL.
 * @throws {AdaCarbonError} `bad-input` if it is not JSON even so.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseLenientJson } from "ada-carbon/timeseries";
 *
 * const text = '{\n "instance": "instance="host-1:9100"",\n "idle_kwh": 0\n "started_at": "2025-09-11T10:30:00Z"\n}';
 * assert.deepEqual(parseLenientJson(text, "workspace.json"), {
 *   instance: 'instance="host-1:9100"', idle_kwh: 0, started_at: "2025-09-11T10:30:00Z",
 * });
 */
export function parseLenientJson(text: string, where: string): unknown {
  assertArgument("parseLenientJson", "text", text, TEXT);
  try {
    return JSON.parse(withoutByteOrderMark(text));
  } catch (cause) {
    try {
      return JSON.parse(withCommas(withEscapedInstance(text)));
    } catch {
      // What is wrong with the text as it stands is what its writer can look up.
      const [reason] = messageOf(cause).split("\n");
      throw badInput(`${where} is not JSON: ${reason}`, cause);
    }
  }
}

/** `"instance="host""` is a string that quotes the host, as a label of Prometheus does. */
function withEscapedInstance(text: string): string {
  return text.replace(/("instance"\s*:\s*)"instance="([^"\n]*)""/g, '$1"instance=\\"$2\\""');
}

/** A value at the end of a line and a name on the next. No string of JSON holds a line break, so both are outside of any. */
function withCommas(text: string): string {
  return text.replace(/(["\d}\]el])([ \t]*\r?\n\s*)(?="(?:[^"\\\n]|\\.)*"\s*:)/g, "$1,$2");
}
