import type { WorkspaceSession } from "ada-carbon";

const START = Date.UTC(2025, 8, 10, 8);
const MACHINES = ["Muon", "Artemis (Matlab)", "Excitations", "Mantid", "Sans"];

/** A workspace of a user of its own; of two, the one with the higher number uses more. */
export function workspaceAtStart(n: number): WorkspaceSession {
  return {
    id: `isis/host-${n}.nubes.stfc.ac.uk:9100/user${n}/${START}`,
    site: "isis",
    instance: `host-${n}.nubes.stfc.ac.uk:9100`,
    project: "IDAaaS",
    machine: MACHINES[n % MACHINES.length] ?? null,
    user: `user${n}`,
    group: `group${n % 40}`,
    startedAt: START + 1000 * (n % 3600),
    endedAt: null,
    countedUntil: START + 3_600_000,
    runtimeSeconds: 600 + (n % 777) / 7,
    unknownSeconds: 0,
    busyKwh: 0.02 + n * 1.00001e-6,
    idleKwh: 0.01 + n * 1.0003e-6,
    busyGco2eq: 2 + n * 1.7e-4,
    idleGco2eq: 1 + n * 1.3e-4,
    kwhWithoutCarbon: 0,
  };
}

/** The same after another poll: all numbers of all workspaces are others. */
export function workspaceAfter(session: WorkspaceSession, polls: number): WorkspaceSession {
  const share = 1 + (polls % 7) / 10;
  return {
    ...session,
    countedUntil: session.countedUntil + 60_000,
    runtimeSeconds: session.runtimeSeconds + 31 * share,
    busyKwh: session.busyKwh + 0.000_412_3 * share,
    idleKwh: session.idleKwh + 0.000_121_7 * share,
    busyGco2eq: session.busyGco2eq + 0.0811 * share,
    idleGco2eq: session.idleGco2eq + 0.0233 * share,
  };
}
