import { badInput } from "../../usage/errors.js";
import { measurementOf } from "../../usage/measurement.js";
import {
  type HostProvenance,
  INTENSITY_KINDS,
  type IntensityProvenance,
  type Provenance,
} from "../../usage/provenance.js";
import { remembered } from "../../usage/remembered.js";
import type { Scope } from "../../usage/scope.js";
import { formatHost, parseHost } from "../kit/host-document.js";
import { aboutIntensity, marketDocument, marketSchema } from "../kit/intensity-document.js";
import { type Intensities, intensitiesOf, type StoredIntensities } from "../stored-intensities.js";
import type { Connection } from "./connection.js";
import { corrupt, understood } from "./failure.js";
import type { Sliced } from "./slices.js";
import { RowReader, readAll } from "./text.js";

const CONTENT = [
  ...["library", "model", "intensity_kind", "intensity_source", "intensity_basis", "intensity_updated_at"],
  ...["intensity_fetched_at", "intensity_settled", "market", "spread", "unsettled", "scrapes"],
];
const FIND = `SELECT provenance_id AS id FROM ada_carbon_provenance
WHERE ${CONTENT.map((column) => `${column} IS ?`).join(" AND ")}`;
const ADD = `INSERT INTO ada_carbon_provenance (${CONTENT.join(", ")}) VALUES (${CONTENT.map(() => "?").join(", ")})`;
const INTENSITY = `CAST(intensity_kind AS BLOB) AS kind, CAST(intensity_source AS BLOB) AS source,
  CAST(intensity_basis AS BLOB) AS basis, intensity_updated_at AS updated_at,
  intensity_fetched_at AS fetched_at, intensity_settled AS settled, CAST(market AS BLOB) AS market`;
const READ = `SELECT CAST(library AS BLOB) AS library, CAST(model AS BLOB) AS model, ${INTENSITY},
  spread, unsettled, scrapes
FROM ada_carbon_provenance WHERE provenance_id = ?`;
const READ_INTENSITIES = `SELECT DISTINCT ${INTENSITY}
FROM ada_carbon_scope JOIN ada_carbon_usage USING (scope_id) JOIN ada_carbon_provenance USING (provenance_id)
WHERE ada_carbon_scope.kind = ? AND name = ?`;
const FIND_HOST = "SELECT host_id AS id FROM ada_carbon_host WHERE document = ?";
const ADD_HOST = "INSERT INTO ada_carbon_host (document) VALUES (?)";
const READ_HOST = "SELECT document FROM ada_carbon_host WHERE host_id = ?";

/** What a row of usage refers to. */
export interface Reference {
  readonly provenance: number;
  /** Only of rows of kind `host`. */
  readonly host: number | null;
}

/**
 * The ids of provenances, which are added as they are needed. Good for one write transaction only: rolled
 * back, its ids mean nothing.
 */
export class ProvenanceIds {
  readonly #on: Connection;
  readonly #known: Map<Provenance, Reference> = new Map();
  readonly #hosts: Map<HostProvenance, number> = new Map();

  constructor(on: Connection) {
    this.#on = on;
  }

  referenceTo(provenance: Provenance): Reference {
    return remembered(this.#known, provenance, () => ({
      provenance: this.#findOrAdd(provenance),
      host: provenance.host === undefined ? null : this.#hostId(provenance.host),
    }));
  }

  #hostId(host: HostProvenance): number {
    return remembered(this.#hosts, host, () => {
      const document = formatHost(host);
      const found = this.#on.prepare(FIND_HOST).get(document)?.id;
      return Number(found ?? this.#on.prepare(ADD_HOST).run(document).lastInsertRowid);
    });
  }

  #findOrAdd({ library, model, intensity, market, spread, unsettled, scrapes }: Provenance): number {
    for (const text of [library, model, intensity?.source, intensity?.basis]) {
      if (text?.isWellFormed() === false) {
        const shown = JSON.stringify(text);
        throw badInput(`the provenance ${shown} is not valid Unicode; it cannot be stored`);
      }
    }
    const content = [
      library,
      model,
      intensity?.kind ?? null,
      intensity?.source ?? null,
      intensity?.basis ?? null,
      intensity?.updatedAt ?? null,
      intensity?.fetchedAt ?? null,
      intensity === null ? null : Number(intensity.settled),
      market === undefined ? null : JSON.stringify(marketDocument(market)),
      spread ?? null,
      unsettled === undefined ? null : 1,
      scrapes ?? null,
    ];
    const found = this.#on.prepare(FIND).get(...content)?.id;
    return Number(found ?? this.#on.prepare(ADD).run(...content).lastInsertRowid);
  }
}

/** The provenances behind references, one shared object for each. Good for one read. */
export class Provenances {
  readonly #on: Connection;
  readonly #where: string;
  readonly #known: Map<number, Provenance> = new Map();
  readonly #hosts: Map<number, HostProvenance> = new Map();
  readonly #ofHosts: Map<string, Provenance> = new Map();

  constructor(on: Connection, where: string) {
    this.#on = on;
    this.#where = where;
  }

  behind(id: number, hostId: number | null): Provenance {
    if (hostId === null) return this.#withoutHost(id);
    const key = `${id} ${hostId}`;
    return remembered(this.#ofHosts, key, () => ({ ...this.#withoutHost(id), host: this.#host(hostId) }));
  }

  #host(id: number): HostProvenance {
    return remembered(this.#hosts, id, () => {
      const host = parseHost(this.#on.prepare(READ_HOST).get(id)?.document);
      if (host !== undefined) return host;
      throw corrupt(this.#where, `what a row knows of its host, number ${id}, makes no sense`);
    });
  }

  #withoutHost(id: number): Provenance {
    return remembered(this.#known, id, () => {
      const row = this.#on.prepare(READ).get(id);
      if (row === undefined)
        throw corrupt(this.#where, `a row refers to provenance ${id}, which is not there`);
      const reader = new RowReader(row, this.#where);
      return {
        library: reader.text("library"),
        model: reader.textOrNull("model"),
        ...intensitiesIn(reader, this.#where),
        ...measurementOf({
          spread: reader.numberOrNull("spread"),
          unsettled: reader.numberOrNull("unsettled") === 1,
          scrapes: reader.numberOrNull("scrapes"),
        }),
      };
    });
  }
}

/** By which intensities the rows of a scope are. */
export function* intensitiesOfScope(
  on: Connection,
  where: string,
  { kind, name }: Scope,
): Sliced<StoredIntensities> {
  const rows = on.prepare(READ_INTENSITIES).iterate(kind, name);
  return intensitiesOf(yield* readAll(rows, where, (row) => intensitiesIn(row, where)));
}

function intensitiesIn(reader: RowReader, where: string): Intensities {
  const market = reader.textOrNull("market");
  return {
    intensity: intensityIn(reader, where),
    ...(market === null ? {} : { market: understood(where, () => marketSchema.parse(JSON.parse(market))) }),
  };
}

function intensityIn(reader: RowReader, where: string): IntensityProvenance | null {
  const name = reader.textOrNull("kind");
  if (name === null) return null;
  const kind = INTENSITY_KINDS.find((known) => known === name);
  if (kind === undefined) throw corrupt(where, `an intensity is of the unknown kind ${JSON.stringify(name)}`);
  return {
    kind,
    source: reader.text("source"),
    ...aboutIntensity(reader.textOrNull("basis"), reader.numberOrNull("updated_at")),
    fetchedAt: reader.numberOrNull("fetched_at"),
    settled: reader.number("settled") !== 0,
  };
}
