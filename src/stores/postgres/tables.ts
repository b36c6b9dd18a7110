import { SCOPE_KINDS, type ScopeKind } from "../../usage/scope.js";

/** Where the names of a kind are. */
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
  /** One row an hour, as the source documents have it. */
  readonly fact: string;
  /** One row a day, with what they lack. */
  readonly day: string;
  /** Columns of the primary key before the time. */
  readonly key: readonly string[];
}

export const PROJECT: Dimension = { table: "dim_project", id: "project_id", name: "cloud_project_name" };
export const MACHINE: Dimension = { table: "dim_machine", id: "machine_id", name: "machine_name" };
export const USER: Dimension = { table: "dim_user", id: "user_id", name: "ext_user_id" };
export const GROUP: Dimension = { table: "dim_group", id: "group_id", name: "group_name" };
export const EXPERIMENT: Dimension = {
  table: "dim_experiment",
  id: "experiment_id",
  name: "experiment_name",
};
export const INSTANCE: Dimension = { table: "dim_instance", id: "instance_id", name: "hostname" };

const DIMENSIONS: Readonly<Record<ScopeKind, Dimension | null>> = {
  ada: null,
  project: PROJECT,
  machine: MACHINE,
  user: USER,
  group: GROUP,
  experiment: EXPERIMENT,
  host: INSTANCE,
};

/** The tables of a kind: `fact_usage_project`, `usage_day_project` and so on. */
export function tablesOf(kind: ScopeKind): KindTables {
  const dimension = DIMENSIONS[kind];
  return {
    kind,
    dimension,
    fact: `fact_usage_${kind}`,
    day: `usage_day_${kind}`,
    key: dimension === null ? [] : [dimension.id],
  };
}

/** The tables of every kind, in the order in which all writers take them. */
export const ALL_KINDS: readonly KindTables[] = SCOPE_KINDS.map(tablesOf);

/** The columns of the six quantities and the intensity, in the order of `FACT_VALUES`. */
export const FACT_COLUMNS = [
  "busy_cpu_seconds_total",
  "idle_cpu_seconds_total",
  "busy_kwh",
  "idle_kwh",
  "busy_gco2eq",
  "idle_gco2eq",
  "intensity_gco2eq_per_kwh",
] as const;

/** What {@link FACT_COLUMNS} hold. */
export const FACT_VALUES = [
  "busyCpuSeconds",
  "idleCpuSeconds",
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
  "gco2eqPerKwh",
] as const;
