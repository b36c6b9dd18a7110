/** One series of a reply. What is handed over is good only until the next one is. */
export interface FactSample {
  readonly value: number;
  /** Whether a label is exactly this text. It may be `false` of a text that is empty or beyond ASCII. */
  has(label: string, text: string): boolean;
  /** A label that is absent or empty is `null`. */
  text(label: string): string | null;
}
