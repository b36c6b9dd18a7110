import {
  byteAt,
  CLOSE_ARRAY,
  COMMA,
  closingQuote,
  DOT,
  OPEN_ARRAY,
  QUOTE,
  SPACE,
  textOf,
  ZERO,
} from "./bytes.js";
import type { StepGrid } from "./matrix.js";
import { MOST_PLACES, MOST_SHIFT, POWERS, quotient } from "./quotient.js";
import { stepAt, type TimeWords, timeWords } from "./step-times.js";

/** Where samples go. */
export interface SampleSink {
  /** The numbers of some series, and where in them those of this one start: one a step. */
  readonly block: Float64Array;
  readonly start: number;
  /** Takes a sample whose value is no plain decimal number, or whose time is not on the grid. */
  sample(seconds: number, text: string): void;
}

/**
 * Reads the samples of a series, `[1757462400,"43200.125"],...`, as Prometheus writes them: no blanks but one
 * space after a comma, no escapes. It stops at whatever else it meets.
 */
export class SampleReader {
  readonly #grid: StepGrid;
  readonly #times: TimeWords;
  /** Whether no sample of the series has been read. */
  #isFirst = true;
  /** The step expected next; -1 for none on the grid. */
  #next = 0;
  /** The time read by `#time`. */
  #seconds = Number.NaN;

  constructor(grid: StepGrid) {
    this.#grid = grid;
    this.#times = timeWords(grid);
  }

  /** A series begins. */
  begin(): void {
    this.#isFirst = true;
    this.#next = 0;
  }

  /**
   * Reads samples from `from` on, and the commas between them; returns the position after the last one. That may
   * be called again from there when more bytes have come. Zeros must stand behind `end`, as in `UnreadBytes`.
   */
  run(bytes: Uint8Array, words: DataView, from: number, end: number, sink: SampleSink): number {
    let done = from;
    let p = this.#isFirst ? from : nextSample(bytes, from);
    while (p >= 0 && p < end) {
      let after = this.#plain(bytes, words, p, -1, end, sink);
      if (after < 0) {
        const value = this.#time(bytes, p);
        if (value < 0) return done;
        if (this.#next >= 0) after = this.#plain(bytes, words, p, value, end, sink);
        if (after < 0) after = this.#anyText(bytes, value, end, sink);
        if (after < 0) return done;
      }
      this.#isFirst = false;
      done = after;
      p = nextSample(bytes, done);
    }
    return done;
  }

  /**
   * Samples at the times expected whose values are plain decimal numbers: what millions of them are. `value`
   * is where the first one's value is if its time has been read already, else -1. Returns the position after
   * the last one, or -1.
   */
  #plain(
    bytes: Uint8Array,
    words: DataView,
    from: number,
    value: number,
    limit: number,
    sink: SampleSink,
  ): number {
    // Nothing is called here and constants are local: an import would be looked up each time.
    const quote = 0x22;
    const comma = 0x2c;
    const space = 0x20;
    const powers = POWERS;
    const { block, start } = sink;
    const { words: times } = this.#times;
    // Small whole numbers, said so once; and one look at each array before the loop spares its check in it.
    const count = this.#times.count | 0;
    const stop = limit | 0;
    const base = start | 0;
    let step = this.#next | 0;
    let done = -1;
    let p = (value >= 0 ? value : from) | 0;
    if (step < 0 || (bytes[p] as number) < 0 || words.getInt32(p, true) === 0) return -1;
    if (
      (powers[0] as number) < 1 ||
      (times[0] as number) === 0 ||
      (block[base] as number) === Number.POSITIVE_INFINITY
    )
      return -1;
    let timed = value >= 0;
    while (p < stop) {
      if (timed) timed = false;
      else {
        const time = Math.imul(3, step);
        if (
          step >= count ||
          words.getInt32(p, true) !== times[time] ||
          words.getInt32((p + 4) | 0, true) !== times[(time + 1) | 0] ||
          words.getInt32((p + 8) | 0, true) !== times[(time + 2) | 0]
        ) {
          break;
        }
        p = (p + 12) | 0;
      }
      if (bytes[p] === space) p = (p + 1) | 0;
      if (bytes[p] !== quote) break;
      p = (p + 1) | 0;
      const negative = bytes[p] === 0x2d;
      if (negative) p = (p + 1) | 0;

      // Four digits at once, in a word whose lowest byte is the first of them. They go to `high` while it is
      // sure to stay under 10^15, then to `low`.
      const first = p;
      let high = 0;
      let digits = 0;
      let low = 0;
      let shift = 0;
      let point = -1;
      for (;;) {
        const word = words.getInt32(p, true) ^ 0x30303030;
        // The top bit of each byte that is no digit; `few` is how many come before the first such.
        const marks = (((word & 0x7f7f7f7f) + 0x76767676) | word) & 0x80808080;
        if (marks === 0) {
          const pairs = (Math.imul(word, 10) + (word >> 8)) & 0x00ff00ff;
          const number = (Math.imul(pairs & 0xff, 100) + (pairs >> 16)) | 0;
          p = (p + 4) | 0;
          if (shift === 0 && digits <= 11) {
            high = high * 10_000 + number;
            digits = (digits + 4) | 0;
            continue;
          }
          low = low * 10_000 + number;
          shift = (shift + 4) | 0;
          if (shift <= 8) continue;
          break;
        }
        const few = (31 - Math.clz32(marks & -marks)) >> 3;
        // Those, moved up behind zeros; then neighbours are put together, twice.
        const led = (word << 8) << (24 - (few << 3));
        const pairs = (Math.imul(led, 10) + (led >> 8)) & 0x00ff00ff;
        const number = (Math.imul(pairs & 0xff, 100) + (pairs >> 16)) | 0;
        const power = powers[few] as number;
        if (shift === 0 && digits + few <= 15) {
          high = high * power + number;
          digits = (digits + few) | 0;
        } else {
          low = low * power + number;
          shift = (shift + few) | 0;
        }
        p = (p + few) | 0;
        if (point >= 0 || bytes[p] !== 0x2e || p === first) break;
        point = p;
        p = (p + 1) | 0;
      }
      const places = point < 0 ? 0 : p - point - 1;
      if (p === first || shift > MOST_SHIFT || places > MOST_PLACES) break;
      if (bytes[p] !== quote || bytes[(p + 1) | 0] !== 0x5d) break;

      // Up to 2^53 above and 10^22 below, both are exact, and so one division gives the nearest.
      const divisor = powers[places] as number;
      const size = shift === 0 ? high / divisor : quotient(high, low, powers[shift] as number, divisor);
      if (!(size >= 0)) break;
      block[(base + step) | 0] = negative ? -size : size;
      step = (step + 1) | 0;
      p = (p + 2) | 0;
      done = p;
      if (bytes[p] !== comma) break;
      p = (p + 1) | 0;
      if (bytes[p] === space) p = (p + 1) | 0;
    }
    // The steps of the samples that are done, not of one that was given up.
    if (done >= 0) this.#next = step;
    return done;
  }

  /** A value of any text without escapes, as the time before it has been read. The position after it, or -1. */
  #anyText(bytes: Uint8Array, from: number, end: number, sink: SampleSink): number {
    const start = byteAt(bytes, from) === SPACE ? from + 1 : from;
    if (byteAt(bytes, start) !== QUOTE) return -1;
    const close = closingQuote(bytes, start + 1, end);
    if (close < 0 || byteAt(bytes, close + 1) !== CLOSE_ARRAY) return -1;
    sink.sample(this.#seconds, textOf(bytes, start + 1, close));
    if (this.#next >= 0) this.#next++;
    return close + 2;
  }

  /** Reads a time, `[1757462400.5,`, into `#seconds` and `#next`; the position after it, or -1. */
  #time(bytes: Uint8Array, from: number): number {
    if (byteAt(bytes, from) !== OPEN_ARRAY || byteAt(bytes, from + 1) === ZERO) return -1;
    let p = from + 1;
    let seconds = 0;
    let places = 0;
    for (; isDigit(byteAt(bytes, p)); p++) seconds = seconds * 10 + byteAt(bytes, p) - ZERO;
    let digits = p - from - 1;
    if (digits === 0) return -1;
    if (byteAt(bytes, p) === DOT) {
      const point = p++;
      for (; isDigit(byteAt(bytes, p)); p++) seconds = seconds * 10 + byteAt(bytes, p) - ZERO;
      places = p - point - 1;
      if (places === 0) return -1;
      digits += places;
    }
    if (digits > 15 || byteAt(bytes, p) !== COMMA) return -1;
    this.#seconds = seconds / (POWERS[places] as number);
    this.#next = stepAt(this.#grid, Math.round(this.#seconds * 1000)) ?? -1;
    return p + 1;
  }
}

/** Where the sample after the one that ends at `done` starts, or -1. */
function nextSample(bytes: Uint8Array, done: number): number {
  if (byteAt(bytes, done) !== COMMA) return -1;
  return byteAt(bytes, done + 1) === SPACE ? done + 2 : done + 1;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
