export { type PrometheusCallOptions, PrometheusClient } from "./client.js";
export { type PrometheusCpuOptions, prometheusCpuSource } from "./cpu-source.js";
export { ADA_SITES, type SiteProjects } from "./host-sites.js";
export { type PrometheusHostOptions, prometheusHostSource } from "./host-source.js";
export type { Labels, Matrix, StepGrid, VectorEntry } from "./matrix.js";
export { type Matcher, oneOf, quote, quoteRegex, selector } from "./promql.js";
export { ADA_LABELS, type HostSelection, type LabelNames } from "./queries.js";
export type { PrometheusReply } from "./reply.js";
