/** Powers of ten that a double holds exactly. */
export const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
export const MOST_PLACES = 22;
/** The most digits that `low` may have below. */
export const MOST_SHIFT = 11;

const EXACT = 2 ** 53;
const SPLITTER = 2 ** 27 + 1;

/**
 * The double nearest to `(high * scale + low) / divisor`, or NaN where that cannot be told for sure. All of
 * them are whole: `high` < 10^15, `low` < `scale` <= 10^11, `divisor` <= 10^22, the last two powers of ten.
 *
 * Up to 2^53 both sides of the division are exact, and IEEE division rounds correctly. Above it the
 * numerator is kept as a sum of two doubles, and the quotient as `q + c`. What a division leaves over is
 * always a double, so that `c` is wrong by three roundings at most: less than 2^-51 of itself. When the least
 * and the most that it can be give the same sum, that sum is the nearest. What remains are near ties, about
 * one number in 2^49.
 */
export function quotient(high: number, low: number, scale: number, divisor: number): number {
  const product = high * scale;
  const sum = product + low;
  if (sum <= EXACT) return sum / divisor;

  // What rounding took from `product` (Veltkamp and Dekker; 5^11 has 26 bits, so `scale` needs no halving),
  // and from `sum` (Knuth). Both are whole and far below 2^53, so that they add up exactly.
  const highSplit = high * SPLITTER;
  const highTop = highSplit - (highSplit - high);
  const productRest = highTop * scale - product + (high - highTop) * scale;
  const back = sum - product;
  const sumRest = product - (sum - back) + (low - back);

  // What is left over when `q` is taken out.
  const q = sum / divisor;
  const whole = q * divisor;
  const qSplit = q * SPLITTER;
  const qTop = qSplit - (qSplit - q);
  const qLow = q - qTop;
  const divisorSplit = divisor * SPLITTER;
  const divisorTop = divisorSplit - (divisorSplit - divisor);
  const divisorLow = divisor - divisorTop;
  const wholeRest = qLow * divisorLow - (whole - qTop * divisorTop - qLow * divisorTop - qTop * divisorLow);
  const left = sum - whole - wholeRest + (productRest + sumRest);

  const c = left * (1 / divisor);
  const doubt = c * 2 ** -50;
  const least = q + (c - doubt);
  return least === q + (c + doubt) ? least : Number.NaN;
}
