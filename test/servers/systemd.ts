import { requireServer } from "./prometheus.ts";

/** {@link requireServer} for systemd's check of units. */
export function requireSystemd(): boolean {
  return requireServer("systemd-analyze", [{ path: "systemd-analyze", variable: "PATH" }]);
}
