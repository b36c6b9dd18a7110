/** The first hexadecimal digits of the SHA-256 of a text, which name its content: 16 in the `id` of a model. */
export async function shortDigest(text: string, digits = 16): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, digits / 2), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
