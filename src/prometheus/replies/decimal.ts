import { byteAt, DOT, ZERO } from "./bytes.js";
import { MOST_PLACES, MOST_SHIFT, POWERS, quotient } from "./quotient.js";

/** The position after a number of JSON without sign or exponent, or -1. */
export function afterNumber(bytes: Uint8Array, from: number): number {
  const whole = afterDigits(bytes, from);
  if (whole === from || (byteAt(bytes, from) === ZERO && whole > from + 1)) return -1;
  if (byteAt(bytes, whole) !== DOT) return whole;
  const end = afterDigits(bytes, whole + 1);
  return end === whole + 1 ? -1 : end;
}

function afterDigits(bytes: Uint8Array, from: number): number {
  let p = from;
  while (byteAt(bytes, p) >= ZERO && byteAt(bytes, p) <= ZERO + 9) p++;
  return p;
}

/** The double nearest to a text of digits with or without a point in it, where that can be told for sure. */
export function decimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  let high = 0;
  let low = 0;
  let shift = 0;
  let point = to;
  for (let p = from; p < to; p++) {
    const digit = byteAt(bytes, p) - ZERO;
    if (digit >= 0 && digit <= 9) {
      // Up to 15 digits are whole in a double; those behind are kept apart.
      if (high < 1e14) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        shift++;
      }
    } else if (digit === DOT - ZERO && point === to) point = p;
    else return undefined;
  }
  const places = point === to ? 0 : to - point - 1;
  if (from === to || point === from || shift > MOST_SHIFT || places > MOST_PLACES) return undefined;
  const value = quotient(high, low, POWERS[shift] ?? 1, POWERS[places] ?? 1);
  return Number.isNaN(value) ? undefined : value;
}
