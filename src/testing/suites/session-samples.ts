import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { mix } from "../random.js";
import { SAMPLE_START } from "./samples.js";

const MINUTE = 60_000;

/** A valid session that goes on. The same arguments always give the same one. */
export function sampleSession(
  id: string,
  seed: number,
  change: Partial<WorkspaceSession> = {},
): WorkspaceSession {
  const draw = (part: number): number => mix(mix(seed, 77), part) / 0x1_0000_0000;
  const startedAt = SAMPLE_START + seed * MINUTE;
  return {
    id,
    site: "isis",
    instance: `host-172-16-100-${seed % 250}.nubes.stfc.ac.uk:9100`,
    project: "IDAaaS",
    machine: "Artemis (Matlab)",
    user: `user ${seed}`,
    group: "excitations",
    startedAt,
    endedAt: null,
    countedUntil: startedAt + 10 * MINUTE,
    runtimeSeconds: draw(1) * 600,
    unknownSeconds: draw(2) * 60,
    busyKwh: draw(3),
    idleKwh: draw(4) / 10,
    busyGco2eq: draw(5) * 200,
    idleGco2eq: draw(6) * 20,
    kwhWithoutCarbon: draw(7) / 100,
    ...change,
  };
}

/** A session in which every quantity says `value`, so that a mixture of two shows. */
export function markedSession(
  id: string,
  value: number,
  change: Partial<WorkspaceSession> = {},
): WorkspaceSession {
  return sampleSession(id, 1, {
    countedUntil: SAMPLE_START + value,
    runtimeSeconds: value,
    unknownSeconds: value,
    busyKwh: value,
    idleKwh: value,
    busyGco2eq: value,
    idleGco2eq: value,
    kwhWithoutCarbon: value,
    ...change,
  });
}
