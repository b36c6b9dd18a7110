import { createHash } from "node:crypto";
import { assertName } from "../names.js";

/** Windows opens a device under these names, whatever extension follows. */
const DEVICE = /^(con|prn|aux|nul|clock\$|com\d|lpt\d)(?=\.|$)/i;
/** File names end at 255 bytes; this leaves room for the hash and the extension. */
const LONGEST = 200;
const KEPT = 120;
/** Marks a shortened name. It never appears in another, because names have theirs encoded. */
const HASH_MARK = "~";

/**
 * A scope's name as a file name without extension that Linux, macOS and Windows all take and that leads
 * nowhere else: percent-encoded as in a URL, so `Artemis (Matlab)` is `Artemis%20(Matlab)` and `../x` is
 * `%2E.%2Fx`. A very long name is cut and ends in `~` and its SHA-256.
 *
 * @throws {AdaCarbonError} `bad-input` for an empty name and for one that is not Unicode.
 */
export function encodeName(name: string): string {
  assertName(name, "the name");
  const encoded = encodeURIComponent(name)
    .replace(/[*~]/g, escapeCharacter)
    .replace(/^\.|\.$/g, escapeCharacter)
    .replace(DEVICE, (device) => `${escapeCharacter(device)}${device.slice(1)}`);
  if (encoded.length <= LONGEST) return encoded;
  const kept = encoded.slice(0, KEPT).replace(/%.?$/, "");
  return `${kept}${HASH_MARK}${createHash("sha256").update(name).digest("hex")}`;
}

/**
 * The name that {@link encodeName} made this of; `"hashed"` if it was shortened, so that only the file's
 * contents say; `undefined` if it is not a name that {@link encodeName} makes.
 */
export function decodeName(encoded: string): { readonly name: string } | "hashed" | undefined {
  if (new RegExp(`${HASH_MARK}[0-9a-f]{64}$`).test(encoded)) return "hashed";
  try {
    const name = decodeURIComponent(encoded);
    return encodeName(name) === encoded ? { name } : undefined;
  } catch {
    // A percent sign that starts no character: not one of our names.
    return undefined;
  }
}

/** The first character, which is ASCII, as `%` and two hex digits. */
function escapeCharacter(text: string): string {
  return `%${text.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
