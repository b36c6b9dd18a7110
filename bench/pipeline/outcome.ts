/** What a contestant made: the files, and sums over all projects by which to see that it did the work. */
export interface Outcome {
  readonly files: readonly Uint8Array[];
  readonly kwh: number;
  readonly gco2eq: number;
}

/** What is told of it. */
export interface Sums extends Omit<Outcome, "files"> {
  readonly files: number;
}

/** Ends the benchmark where a contestant came to other sums than the first. */
export function expectSame(outcomes: ReadonlyMap<string, Sums>): void {
  const [first] = outcomes.values();
  for (const [who, { kwh, gco2eq, files }] of outcomes) {
    const error = Math.max(
      Math.abs(kwh / (first?.kwh ?? 0) - 1),
      Math.abs(gco2eq / (first?.gco2eq ?? 0) - 1),
    );
    if (!(error < 1e-9)) throw new Error(`${who} has ${kwh} kWh, ${gco2eq} g: not what the first has`);
    if (files === 0) throw new Error(`${who} wrote no file`);
  }
}
