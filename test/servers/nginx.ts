import { requireServer } from "./prometheus.ts";

/** {@link requireServer} for nginx. */
export function requireNginx(): boolean {
  return requireServer("nginx", [{ path: "nginx", variable: "PATH", versionFlag: "-v" }]);
}
