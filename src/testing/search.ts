/** The index of the first of some ascending numbers that is at least `wanted`; their count if none is. */
export function lowestAtLeast(ascending: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
