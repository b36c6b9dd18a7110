import type { ScopeKind } from "../../../usage/scope.js";
import { columnsOfKind } from "./columns.js";

/** Texts of some rows: an index in `words` for each row, -1 where there is none. */
export interface TextColumn {
  readonly codes: Int32Array;
  readonly words: readonly string[];
}

/** Rows of a table, column by column, sorted by name and hour. */
export interface TableRows {
  readonly kind: ScopeKind;
  readonly length: number;
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly texts: Readonly<Record<string, TextColumn>>;
}

/** Neighbouring rows of a table. */
export interface Stretch {
  readonly rows: TableRows;
  readonly from: number;
  readonly to: number;
}

export function numbersOf(rows: TableRows, name: string): Float64Array {
  const column = rows.numbers[name];
  if (column === undefined) throw new Error(`there is no number column ${name}`);
  return column;
}

export function textsOf(rows: TableRows, name: string): TextColumn {
  const column = rows.texts[name];
  if (column === undefined) throw new Error(`there is no text column ${name}`);
  return column;
}

export function textAt({ codes, words }: TextColumn, row: number): string | null {
  return words[codes[row] ?? -1] ?? null;
}

/** The rows of all stretches, one after the other. */
export function joined(kind: ScopeKind, stretches: readonly Stretch[]): TableRows {
  const length = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  const numbers: Record<string, Float64Array> = {};
  const texts: Record<string, TextColumn> = {};
  for (const { name, type } of columnsOfKind(kind)) {
    if (type === "text") texts[name] = joinedTexts(stretches, name, length);
    else numbers[name] = joinedNumbers(stretches, name, length);
  }
  return { kind, length, numbers, texts };
}

function joinedNumbers(stretches: readonly Stretch[], name: string, length: number): Float64Array {
  const all = new Float64Array(length);
  let next = 0;
  for (const { rows, from, to } of stretches) {
    all.set(numbersOf(rows, name).subarray(from, to), next);
    next += to - from;
  }
  return all;
}

/** The words of the first stretch keep their codes, so that most rows are copied as they are. */
function joinedTexts(stretches: readonly Stretch[], name: string, length: number): TextColumn {
  const codes = new Int32Array(length);
  const first = stretches[0]?.rows;
  const base = first === undefined ? [] : textsOf(first, name).words;
  const words = new Words(base);
  const translations = new Map<TableRows, Int32Array>();
  let next = 0;
  for (const { rows, from, to } of stretches) {
    const column = textsOf(rows, name);
    if (rows === first) codes.set(column.codes.subarray(from, to), next);
    else {
      const translation =
        translations.get(rows) ?? Int32Array.from(column.words, (word) => words.codeOf(word));
      translations.set(rows, translation);
      for (let row = from; row < to; row++)
        codes[next + row - from] = translation[column.codes[row] ?? -1] ?? -1;
    }
    next += to - from;
  }
  return { codes, words: words.all };
}

/** Words that get their codes in the order of first appearance, after those that have theirs already. */
export class Words {
  readonly all: string[];
  readonly #codes: Map<string, number>;

  constructor(known: readonly string[] = []) {
    this.all = [...known];
    this.#codes = new Map(known.map((word, code) => [word, code]));
  }

  codeOf(word: string | null): number {
    if (word === null) return -1;
    const known = this.#codes.get(word);
    if (known !== undefined) return known;
    const code = this.all.push(word) - 1;
    this.#codes.set(word, code);
    return code;
  }
}
