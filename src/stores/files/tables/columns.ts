import { EIGHT_COLUMNS, type ParquetColumn } from "../../../timeseries/parquet/columns.js";
import type { ScopeKind } from "../../../usage/scope.js";

const EVERY_KIND: readonly ParquetColumn[] = [
  { name: "name", type: "text", required: true },
  ...EIGHT_COLUMNS,
  { name: "coverage", type: "double" },
  { name: "intensity_gco2eq_per_kwh", type: "double" },
  { name: "intensity_kind", type: "text" },
  { name: "intensity_source", type: "text" },
  { name: "intensity_basis", type: "text", later: true },
  { name: "intensity_updated_at", type: "time", later: true },
  { name: "intensity_fetched_at", type: "time" },
  { name: "intensity_settled", type: "flag" },
  { name: "market_gco2eq_per_kwh", type: "double", later: true },
  { name: "market_busy_usage_gCO2eq", type: "double", later: true },
  { name: "market_idle_usage_gCO2eq", type: "double", later: true },
  { name: "market_intensity", type: "text", later: true },
  { name: "model", type: "text" },
  { name: "library", type: "text", required: true },
  { name: "spread", type: "double" },
  { name: "unsettled", type: "flag" },
  { name: "scrapes", type: "count" },
];

/** What only rows of hosts have. `up_from` and `up_to` are UTC milliseconds and may lie between two of them. */
const HOSTS_ONLY: readonly ParquetColumn[] = [
  { name: "expected_cpu_seconds", type: "double" },
  { name: "up_from", type: "double" },
  { name: "up_to", type: "double" },
  { name: "label_project", type: "text" },
  { name: "label_machine", type: "text" },
  { name: "label_user", type: "text" },
  { name: "attributed_by", type: "text" },
  { name: "notes", type: "text" },
  { name: "owners", type: "text" },
];

/** The columns of a kind's tables, in their order. `notes` and `owners` are lists as JSON, `market_intensity` an object. */
export function columnsOfKind(kind: ScopeKind): readonly ParquetColumn[] {
  return kind === "host" ? [...EVERY_KIND, ...HOSTS_ONLY] : EVERY_KIND;
}
