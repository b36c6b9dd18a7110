import { type AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import type { Labels } from "./matrix.js";
import type { ResultReader, ResultType } from "./reply-decoder.js";
import { UNUSUAL } from "./reply-reader.js";
import { Room } from "./room.js";

/** What is expected in `data.result`, and what is kept of it. */
export interface ListOf<Kept> {
  readonly resultType: ResultType;
  /** `bad-reply` if the element is not what it should be. */
  readonly read: (element: unknown, index: number, where: string) => Kept;
  readonly labelsOf: (kept: Kept) => Labels;
  /** What its numbers take in memory. */
  readonly valueBytes: (kept: Kept) => number;
}

/** Keeps what is made of each element of a reply. */
export class ListReader<Kept> implements ResultReader<Kept[]> {
  readonly #of: ListOf<Kept>;
  readonly #where: string;
  readonly #room: Room;
  readonly #list: Kept[] = [];
  #wrong: AdaCarbonError | undefined;

  constructor(of: ListOf<Kept>, where: string) {
    this.#of = of;
    this.#where = where;
    this.#room = new Room(where);
  }

  readPlain(): number {
    return UNUSUAL;
  }

  take(element: unknown): void {
    if (this.#wrong !== undefined) return;
    const kept = this.#readOrNote(element);
    if (kept === undefined) return;
    this.#room.takeSeries(charactersIn(this.#of.labelsOf(kept)), this.#of.valueBytes(kept));
    this.#list.push(kept);
  }

  result(): Kept[] {
    if (this.#wrong !== undefined) throw this.#wrong;
    return this.#list;
  }

  #readOrNote(element: unknown): Kept | undefined {
    try {
      return this.#of.read(element, this.#list.length, this.#where);
    } catch (error) {
      if (!isAdaCarbonError(error)) throw error;
      this.#wrong = error;
      return undefined;
    }
  }
}

function charactersIn(labels: Labels): number {
  let characters = 0;
  for (const label in labels) characters += label.length + (labels[label]?.length ?? 0);
  return characters;
}
