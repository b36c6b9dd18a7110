/** The first hexadecimal digits of the SHA-256 of a text or of bytes, which name it: 16 in the `id` of a model. */
export async function shortDigest(content: string | Uint8Array<ArrayBuffer>, digits = 16): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return hexadecimal(await crypto.subtle.digest("SHA-256", bytes)).slice(0, digits);
}

export function hexadecimal(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
