/** The index, from `first` on, of the first of ascending numbers that is at least `wanted`; their count if none is. */
export function lowestAtLeast(ascending: ArrayLike<number>, wanted: number, first = 0): number {
  let [low, high] = [first, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
