import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import type { HostSelection } from "./queries.js";

/** A server, and the hosts that it is asked about. */
export interface HostServer {
  readonly client: PrometheusClient;
  readonly selection: HostSelection;
  readonly call: PrometheusCallOptions;
}
