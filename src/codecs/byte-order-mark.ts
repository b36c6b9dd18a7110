/** A text without the mark that some editors put before it, which is no JSON. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
