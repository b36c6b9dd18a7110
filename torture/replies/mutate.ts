import type { Dice } from "./dice.js";

// Replies as faulty servers, proxies and networks make them of good ones.

/** Values that stand where others should. `JSON.stringify` writes them all. */
const ODD_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    {},
    [],
    [[]],
    "",
    " ",
    "x",
    "NaN",
    "+Inf",
    "-Inf",
    "1e999",
    "0x10",
    "1,5",
    "\u0000\u001b[2J",
  ],
  ...[
    0,
    -1,
    -0,
    1,
    130,
    5000,
    1e21,
    -1e-9,
    1757462400,
    1757462400.5,
    2 ** 53,
    "2025-09-10T00:00Z",
    "2025-13-45",
  ],
  ..."😀\ud83d".repeat(3).split(""),
  "x".repeat(5000),
  { metric: {}, values: [] },
  { from: "2025-09-10T00:00Z", to: "2025-09-10T00:30Z", intensity: { forecast: 1e9, actual: -7 } },
];
const ODD_BYTES = [
  0, 9, 10, 32, 34, 44, 45, 46, 48, 57, 58, 91, 92, 93, 101, 123, 125, 0x80, 0xc3, 0xef, 0xff,
];
const encoder = new TextEncoder();

/** The text that a document is sent as. */
export type Writing = (document: unknown, dice: Dice) => string;
const json: Writing = (document, dice) => JSON.stringify(document, null, dice.oneIn(8) ? 1 : 0) ?? "";

/** The body of a document, with faults in what it says, in how it is written, in both or in none. */
export function hostileBody(document: unknown, dice: Dice, write: Writing = json): Uint8Array {
  let changed = structuredClone(document);
  for (let faults = dice.below(4); faults > 0; faults--) changed = withOddPart(changed, dice);
  const body = encoder.encode(write(changed, dice));
  return dice.oneIn(3) ? withOddBytes(body, dice) : body;
}

/** Replaces, removes or doubles a part, at any depth. */
function withOddPart(root: unknown, dice: Dice): unknown {
  const holder = { root };
  let parent: Record<string, unknown> | unknown[] = holder;
  let key = "root";
  for (;;) {
    const value: unknown = Reflect.get(parent, key);
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (keys.length === 0 || dice.oneIn(6)) break;
    parent = value as Record<string, unknown> | unknown[];
    key = dice.pick(keys);
  }
  const fault = dice.below(4);
  if (fault === 0 && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (fault === 0 && parent !== holder) Reflect.deleteProperty(parent, key);
  else if (fault === 1 && Array.isArray(parent))
    parent.splice(dice.below(parent.length), 0, structuredClone(Reflect.get(parent, key)));
  else if (fault === 1 && typeof Reflect.get(parent, key) === "number")
    Reflect.set(parent, key, Reflect.get(parent, key) * dice.pick([-1, 0, 0.5, 10, 100]));
  else Reflect.set(parent, key, structuredClone(dice.pick(ODD_VALUES)));
  return holder.root;
}

function withOddBytes(body: Uint8Array, dice: Dice): Uint8Array {
  const from = dice.below(body.length + 1);
  const to = Math.min(body.length, from + dice.below(30));
  switch (dice.below(7)) {
    case 0:
      return body.slice(0, from);
    case 1:
      return joined(body.subarray(0, from), body.subarray(to));
    case 2:
      return joined(body.subarray(0, to), body.subarray(from));
    case 3:
      return joined(body.subarray(0, from), Uint8Array.of(dice.pick(ODD_BYTES)), body.subarray(from));
    case 4:
      return joined(
        dice.pick([Uint8Array.of(0xef, 0xbb, 0xbf), Uint8Array.of(0xff, 0xfe), encoder.encode("\n\n")]),
        body,
      );
    case 5:
      return dice.pick([new Uint8Array(0), encoder.encode("<html>Sign in</html>"), joined(body, body)]);
    default: {
      const changed = body.slice();
      if (changed.length > 0) changed[dice.below(changed.length)] = dice.pick(ODD_BYTES);
      return changed;
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
