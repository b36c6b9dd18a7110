/** The values of a statement and where they stand in it, put together piece by piece. */
export class Statement {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  /** A parameter that stands for the value. */
  parameter(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** One of the statements that this one consists of. They change different tables, or different rows. */
  add(sql: string): void {
    this.#parts.push(sql);
  }

  get text(): string {
    const parts = this.#parts.slice(0, -1).map((part, i) => `part_${i} AS (${part})`);
    return `${parts.length === 0 ? "" : `WITH ${parts.join(",\n")}\n`}${this.#parts.at(-1) ?? ""}`;
  }
}
