import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { SessionHour, WorkspaceSession } from "../../stores/workspace-store.js";
import { HOUR_MS } from "../../usage/hour.js";
import { assertArgument, NUMBER, OBJECT, TEXT } from "../../usage/options.js";
import { recordOf } from "../../usage/record-of.js";
import { mix } from "../random.js";
import { SAMPLE_START } from "./samples.js";

const MINUTE_MS = 60_000;

/** A valid session that goes on. The same arguments always give the same one. */
export function sampleSession(
  id: string,
  seed: number,
  change: Partial<WorkspaceSession> = {},
): WorkspaceSession {
  assertArgument("sampleSession", "id", id, TEXT);
  assertArgument("sampleSession", "seed", seed, NUMBER);
  assertArgument("sampleSession", "change", change, OBJECT);
  const draw = (part: number): number => mix(mix(seed, 77), part) / 0x1_0000_0000;
  const startedAt = SAMPLE_START + seed * MINUTE_MS;
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
    countedUntil: startedAt + 10 * MINUTE_MS,
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
  assertArgument("markedSession", "value", value, NUMBER);
  assertArgument("markedSession", "change", change, OBJECT);
  return sampleSession(id, 1, {
    countedUntil: SAMPLE_START + value,
    ...recordOf(SESSION_QUANTITIES, () => value),
    ...change,
  });
}

/** Hours of a session, one after the other. The same arguments always give the same ones. */
export function sampleSessionHours(count: number, seed: number): SessionHour[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = (part: number): number => mix(mix(seed, 99 + i), part) / 0x1_0000_0000;
    const hour = SAMPLE_START + i * HOUR_MS;
    return {
      hour,
      busyCpuSeconds: draw(1) * 7200,
      idleCpuSeconds: draw(2) * 7200,
      unknownCpuSeconds: i % 2 === 0 ? 0 : draw(3),
      busyKwh: draw(4) / 7,
      idleKwh: draw(5) / 70,
      busyGco2eq: draw(6) * 20,
      idleGco2eq: draw(7),
      kwhWithoutCarbon: i % 3 === 0 ? 0 : draw(8),
      upFrom: hour + Math.floor(draw(9) * 1000),
      upTo: hour + HOUR_MS - Math.floor(draw(10) * 1000),
      model: `workspace/1 "${seed}" \u00fc \u{1f600} {}[]\\`,
      intensity:
        i % 4 === 1 ? null : { kind: "forecast", source: "grid/'1'", fetchedAt: i === 2 ? null : hour },
      stored: i % 2 === 1,
    };
  });
}
