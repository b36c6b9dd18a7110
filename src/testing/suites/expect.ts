import { type ErrorCode, isAdaCarbonError } from "../../usage/errors.js";

// Assertions of our own, because the suites run wherever JavaScript does, under any runner.

/** Throws unless the two are equal all the way down; numbers to a relative error of `tolerance`. */
export function expectEqual(actual: unknown, expected: unknown, what: string, tolerance = 0): void {
  const found = difference(actual, expected, tolerance, "");
  if (found !== undefined) throw new Error(`${what}: ${found}`);
}

/** Throws unless it holds. */
export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Throws unless the call rejects with an error of ours of that code, whose message is one line. */
export async function expectCode(call: () => Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const failure = await failureOf(call);
  if (failure === undefined) throw new Error(`${what}: should be refused with ${code}, but succeeded`);
  if (!isAdaCarbonError(failure.error, code)) {
    throw new Error(`${what}: should be refused with ${code}, but: ${String(failure.error)}`, {
      cause: failure.error,
    });
  }
  expectThat(!/[\r\n]/.test(failure.error.message), `${what}: the message is longer than one line`);
}

/** Throws unless the call rejects with exactly this value. */
export async function expectReason(
  call: () => Promise<unknown>,
  reason: unknown,
  what: string,
): Promise<void> {
  const failure = await failureOf(call);
  if (failure === undefined) throw new Error(`${what}: should reject, but succeeded`);
  if (failure.error === reason) return;
  throw new Error(`${what}: should reject with the signal's own reason, but: ${String(failure.error)}`, {
    cause: failure.error,
  });
}

/** What the call rejects with, if it does. */
export async function failureOf(
  call: () => Promise<unknown>,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** The first place where the two differ, in words. */
function difference(actual: unknown, expected: unknown, tolerance: number, path: string): string | undefined {
  if (typeof actual === "number" && typeof expected === "number") {
    return sameNumber(actual, expected, tolerance) ? undefined : differs(actual, expected, path);
  }
  if (!isObject(actual) || !isObject(expected)) {
    return Object.is(actual, expected) ? undefined : differs(actual, expected, path);
  }
  if (isList(actual) || isList(expected)) {
    if (!isList(actual) || !isList(expected)) return differs(actual, expected, path);
    if (actual.length !== expected.length) return differs(actual.length, expected.length, `${path}.length`);
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const found = difference(
      Reflect.get(actual, key),
      Reflect.get(expected, key),
      tolerance,
      `${path}.${key}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** NaN is itself, and a zero is a zero whatever its sign. */
function sameNumber(actual: number, expected: number, tolerance: number): boolean {
  if (actual === expected || Object.is(actual, expected)) return true;
  return Math.abs(actual - expected) <= tolerance * Math.abs(expected);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isList(value: object): value is ArrayLike<unknown> & object {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function differs(actual: unknown, expected: unknown, path: string): string {
  return `${path === "" ? "it" : path.slice(1)} is ${shown(actual)}, not ${shown(expected)}`;
}

function shown(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (!isObject(value)) return String(value);
  return isList(value) ? `a list of ${value.length}` : "an object";
}
