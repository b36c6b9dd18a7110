import { byCodeUnit } from "./code-units.js";
/** What a CPU mode counts as. */
export type ModeUse = "busy" | "idle" | "ignored";

/**
 * Which modes of `node_cpu_seconds_total` are busy and which idle. Modes not named are busy.
 * `guest` and `guest_nice` are never counted: their time is inside `user` and `nice` already.
 */
export type ModePolicy = Readonly<Record<string, ModeUse>>;

/** Time of guests is inside `user` and `nice` already. Exporters that report it as modes would have it counted twice. */
export const MODES_WITHIN_OTHERS: readonly string[] = ["guest", "guest_nice"];

/** Idle is mode `idle`, everything else is busy: the source documents' reading, and the default. */
export const ADA_MODES: ModePolicy = { idle: "idle" };

/** Waiting for a disk or for the hypervisor is not work: the reading of node-mixin and CEEMS. */
export const WAITING_IS_IDLE: ModePolicy = { idle: "idle", iowait: "idle", steal: "idle" };

/** A policy in one canonical line, for provenance: `idle=idle,iowait=idle`. */
export function formatModes(policy: ModePolicy): string {
  return Object.entries(policy)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([mode, use]) => `${mode}=${use}`)
    .join(",");
}
