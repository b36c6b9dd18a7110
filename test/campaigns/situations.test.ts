import { holdSituations } from "../situations/hold.js";
import { SERVER_KINDS } from "../situations/servers.js";

// The simulation's own server, and all that answer as Prometheus does, beside each other.
holdSituations(SERVER_KINDS.map(({ name }) => name));
