import type { Provenance } from "../../usage/provenance.js";
import type { Database, Session } from "./database.js";
import { DayRows } from "./days.js";
import type { Row } from "./driver.js";
import { FactRows } from "./facts.js";
import type { Owned, Stretch } from "./owned.js";
import { Statement } from "./statement.js";
import type { KindTables } from "./tables.js";

/** Hours in one statement: enough that its cost does not show, and some hundred kilobytes. */
const CHUNK_HOURS = 2048;

/** Rows of any kinds that are written by one statement. Made once and filled again for every one. */
class Chunk {
  readonly #kinds: Map<KindTables, { readonly facts: FactRows; readonly days: DayRows }> = new Map();
  hours = 0;

  add(owned: Owned, stretch: Stretch, provenances: ReadonlyMap<Provenance, number>): void {
    const { facts, days } = this.#of(owned.tables);
    for (let i = stretch.from; i < stretch.to; i++) facts.add(owned, i);
    days.add(owned, stretch, provenances);
    this.hours += stretch.to - stretch.from;
  }

  #of(tables: KindTables): { readonly facts: FactRows; readonly days: DayRows } {
    let rows = this.#kinds.get(tables);
    if (rows === undefined) {
      rows = { facts: new FactRows(tables), days: new DayRows(tables) };
      this.#kinds.set(tables, rows);
    }
    return rows;
  }

  statement(database: Database): Statement {
    const statement = new Statement();
    for (const { facts, days } of this.#kinds.values()) {
      facts.addTo(statement, database);
      days.addTo(statement, database);
    }
    return statement;
  }

  clear(): void {
    for (const { facts, days } of this.#kinds.values()) {
      facts.clear();
      days.clear();
    }
    this.hours = 0;
  }
}

/** Sends rows a chunk at a time, and takes in the next one while the server is at work. */
export class ChunkWriter {
  readonly #session: Session;
  readonly #database: Database;
  readonly #provenances: ReadonlyMap<Provenance, number>;
  #filling: Chunk = new Chunk();
  #underWay: Chunk = new Chunk();
  #reply: Promise<Row[]> = Promise.resolve([]);
  // Listens from the start: a refusal that comes while rows are taken in is not one that nobody hears.
  #settled: Promise<unknown> = Promise.resolve();

  constructor(session: Session, database: Database, provenances: ReadonlyMap<Provenance, number>) {
    this.#session = session;
    this.#database = database;
    this.#provenances = provenances;
  }

  add(owned: Owned, stretch: Stretch): void {
    this.#filling.add(owned, stretch, this.#provenances);
  }

  /** Whether it is time for {@link send}. */
  get full(): boolean {
    return this.#filling.hours >= CHUNK_HOURS;
  }

  /** Sends what has been added, once the server is done with what was sent before. */
  async send(): Promise<void> {
    await this.#reply;
    const chunk = this.#filling;
    if (chunk.hours === 0) return;
    const { text, values } = chunk.statement(this.#database);
    this.#reply = this.#session.prepared(text, values);
    this.#settled = Promise.allSettled([this.#reply]);
    this.#filling = this.#underWay;
    this.#underWay = chunk;
    this.#filling.clear();
  }

  /** Resolves when the server is done with all that was sent, rejects if it refused some. */
  async done(): Promise<void> {
    await this.#reply;
  }

  /** Resolves when the server is done, whatever it said. */
  async settled(): Promise<void> {
    await this.#settled;
  }
}
