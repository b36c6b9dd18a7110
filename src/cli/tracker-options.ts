import { type Command, Option } from "commander";
import type { MachineWatts } from "../machines/machine-watts.js";
import type { PowerModel } from "../power/model.js";
import type { WorkspaceModel } from "../power/workspace-model.js";
import { given } from "../usage/given.js";
import type { HostSource } from "../usage/host-source.js";
import type { SiteProjects } from "../usage/site-projects.js";
import type { Io } from "./io.js";
import { number } from "./parse.js";
import { liveMachineModel } from "./power-options.js";
import { joined, type PrometheusServer } from "./prometheus-servers.js";
import type { OpenStores } from "./stores.js";
import { ofFlags } from "./usage-error.js";

/** How live hosts are followed: what `workspaces` and `serve` do alike. */
export interface TrackerFlags {
  readonly cpuTdpW?: number;
  readonly ramW?: number;
  readonly otherW?: number;
  readonly machines?: string;
  readonly window: number;
  readonly maxElapsed: number;
  readonly grace: number;
  readonly onReboot: "continue" | "new-session";
}

/** Watts of hosts that no catalogue of machines knows. */
export function addTrackerPowerOptions(command: Command): Command {
  return command
    .option("--cpu-tdp-w <w>", "power of a fully busy core (12 without)", number(0, "watts"))
    .option("--ram-w <w>", "power of memory that is all active (6 without)", number(0, "watts"))
    .option("--other-w <w>", "power that is always there (5 without)", number(0, "watts"));
}

/** Times of the tracker. */
export function addTrackerTimeOptions(command: Command): Command {
  return command
    .option(
      "--window <seconds>",
      "time over which the idle fraction is taken; twice the scrape interval",
      number(1, "seconds"),
      120,
    )
    .option(
      "--max-elapsed <seconds>",
      "longest time that one poll counts; more is unknown",
      number(1, "seconds"),
      300,
    )
    .option(
      "--grace <seconds>",
      "how long a host must be gone for its session to end",
      number(1, "seconds"),
      300,
    )
    .addOption(
      new Option("--on-reboot <what>", "whether a host that reboots goes on in its session")
        .choices(["continue", "new-session"])
        .default("continue"),
    );
}

/** The live hosts of all servers as one source. */
export async function hostSourceOf(
  servers: readonly PrometheusServer[],
  { window }: TrackerFlags,
  sites: SiteProjects,
): Promise<HostSource> {
  const { prometheusHostSource, severalHostSources } = await import("../prometheus/index.js");
  const options = { windowMs: window * 1000, sites };
  return ofFlags(() =>
    joined(servers, ({ endpoint }) => prometheusHostSource({ ...endpoint, ...options }), severalHostSources),
  );
}

/** The flags' times as the tracker takes them. */
export function trackerTimes({ maxElapsed, grace, onReboot }: TrackerFlags): {
  maxElapsedMs: number;
  graceMs: number;
  onReboot: TrackerFlags["onReboot"];
} {
  return { maxElapsedMs: maxElapsed * 1000, graceMs: grace * 1000, onReboot };
}

/**
 * The tracker's power model beside an hourly one: the same, so that what is live adds up to hours, unless the watts of
 * the documents' model are given.
 */
export async function liveModelOf(
  flags: TrackerFlags,
  hourly: PowerModel,
  stores: OpenStores,
  io: Io,
): Promise<WorkspaceModel> {
  const { cpuTdpW, ramW, otherW } = flags;
  if ([cpuTdpW, ramW, otherW].some((watts) => watts !== undefined))
    return (await trackerModel(flags, stores, io)).model;
  const { liveModel } = await import("../power/live-model.js");
  return liveModel(hourly, io.clock);
}

/** The documents' power model of the tracker, and the catalogue in it: cores by TDP, memory, and what always runs. */
export async function trackerModel(
  { cpuTdpW, ramW, otherW, machines }: TrackerFlags,
  stores: OpenStores,
  io: Io,
): Promise<{ model: WorkspaceModel; machines: readonly MachineWatts[] }> {
  const { workspaceModel } = await import("../power/workspace-model.js");
  const fallback = workspaceModel(given({ cpuTdpW, ramW, otherW }));
  if (machines === undefined) return { model: fallback, machines: [] };
  return liveMachineModel(machines, fallback, stores, io);
}
