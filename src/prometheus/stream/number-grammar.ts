import { DOT, MINUS, PLUS, ZERO } from "./bytes.js";

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? as a machine of states.

export const NUMBER_START = 0;
const AFTER_MINUS = 1;
const AFTER_ZERO = 2;
const IN_INTEGER = 3;
const AFTER_POINT = 4;
const IN_FRACTION = 5;
const AFTER_E = 6;
const AFTER_E_SIGN = 7;
const IN_EXPONENT = 8;

/** The state after one more byte, or -1 if the byte is not part of the number. */
export function numberState(state: number, byte: number): number {
  const isDigit = byte >= ZERO && byte <= ZERO + 9;
  switch (state) {
    case NUMBER_START:
      if (byte === MINUS) return AFTER_MINUS;
      return firstDigit(byte, isDigit);
    case AFTER_MINUS:
      return firstDigit(byte, isDigit);
    case AFTER_ZERO:
      return afterInteger(byte);
    case IN_INTEGER:
      return isDigit ? IN_INTEGER : afterInteger(byte);
    case AFTER_POINT:
      return isDigit ? IN_FRACTION : -1;
    case IN_FRACTION:
      if (isDigit) return IN_FRACTION;
      return isE(byte) ? AFTER_E : -1;
    case AFTER_E:
      if (byte === PLUS || byte === MINUS) return AFTER_E_SIGN;
      return isDigit ? IN_EXPONENT : -1;
    default:
      return isDigit ? IN_EXPONENT : -1;
  }
}

/** Whether a number may end in this state. */
export function numberEnds(state: number): boolean {
  return state === AFTER_ZERO || state === IN_INTEGER || state === IN_FRACTION || state === IN_EXPONENT;
}

function firstDigit(byte: number, isDigit: boolean): number {
  if (!isDigit) return -1;
  return byte === ZERO ? AFTER_ZERO : IN_INTEGER;
}

function afterInteger(byte: number): number {
  if (byte === DOT) return AFTER_POINT;
  return isE(byte) ? AFTER_E : -1;
}

function isE(byte: number): boolean {
  return (byte | 0x20) === 0x65;
}
