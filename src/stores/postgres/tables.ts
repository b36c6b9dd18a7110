import { SCOPE_KINDS, type ScopeKind } from "../../usage/scope.js";
import { COLUMNS, type Column } from "../../usage/series.js";
import { QUANTITY_COLUMNS } from "../kit/quantity-columns.js";

/** A table of names: projects, machines and so on. */
export interface Dimension {
  readonly table: string;
  readonly id: string;
  readonly name: string;
}

/** The tables of one kind of scope. */
export interface KindTables {
  readonly kind: ScopeKind;
  /** `null` for the one scope that needs no name. */
  readonly dimension: Dimension | null;
  /** The source documents' table: an hour with all its numbers a row. */
  readonly fact: string;
  /** Ours: what is known of every hour besides, and the numbers of those that the fact table cannot hold. */
  readonly hours: string;
  /** Columns of the primary key of both. */
  readonly key: readonly string[];
}

export const PROJECT: Dimension = { table: "dim_project", id: "project_id", name: "cloud_project_name" };
export const MACHINE: Dimension = { table: "dim_machine", id: "machine_id", name: "machine_name" };
export const USER: Dimension = { table: "dim_user", id: "user_id", name: "ext_user_id" };
export const GROUP: Dimension = { table: "dim_group", id: "group_id", name: "group_name" };
export const INSTANCE: Dimension = { table: "dim_instance", id: "instance_id", name: "hostname" };
const EXPERIMENT: Dimension = { table: "dim_experiment", id: "experiment_id", name: "experiment_name" };

const DIMENSIONS: Readonly<Record<ScopeKind, Dimension | null>> = {
  ada: null,
  project: PROJECT,
  machine: MACHINE,
  user: USER,
  group: GROUP,
  experiment: EXPERIMENT,
  host: INSTANCE,
};

/** The tables of a kind: `fact_usage_project`, `usage_hour_project` and so on. */
export function tablesOf(kind: ScopeKind): KindTables {
  const dimension = DIMENSIONS[kind];
  return {
    kind,
    dimension,
    fact: `fact_usage_${kind}`,
    hours: `usage_hour_${kind}`,
    key: dimension === null ? ["timestamp_utc"] : [dimension.id, "timestamp_utc"],
  };
}

/** The tables of every kind. */
export const ALL_KINDS: readonly KindTables[] = SCOPE_KINDS.map(tablesOf);

/** What a fact table holds of an hour: the six quantities and the intensity. */
export const FACT_VALUES: readonly Column[] = COLUMNS.filter((column) => column !== "coverage");

/** The columns of {@link FACT_VALUES}. */
export const FACT_COLUMNS: readonly string[] = FACT_VALUES.map((column) => QUANTITY_COLUMNS[column]);
