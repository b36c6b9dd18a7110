import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SITUATIONS } from "./index.js";
import type { Verdict } from "./judge.js";
import { playSituations } from "./run.js";
import { differences } from "./same-hours.js";
import { SERVER_KINDS, type ServerKind } from "./servers.js";
import { stagesOf } from "./stages.js";

/** What a Thanos querier gives of two replicas is one of them at a time. */
const CHOOSES_REPLICAS = "thanos";

/**
 * Holds the measurement to its truth in every situation, on servers of these names, and the hours of the others to
 * those of the first. The truth and the blocks are made once.
 */
export function holdSituations(names: readonly string[]): void {
  const verdicts = new Map<ServerKind, readonly Verdict[]>();
  const { stages, remove } = stagesOf(SITUATIONS);
  afterAll(remove);

  const kinds = SERVER_KINDS.filter(({ name }) => names.includes(name));
  describe.each(kinds)("$title", (kind) => {
    const { name, start } = kind;
    const available = kind.available();
    beforeAll(async () => {
      if (!available) return;
      const server = start();
      try {
        verdicts.set(kind, await playSituations(server, stages));
      } finally {
        await server.stop();
      }
    });

    it.runIf(available).each(SITUATIONS.map(({ name, what }, i) => ({ name, what, i })))(
      "$name: $what",
      ({ i }) => {
        expect(verdicts.get(kind)?.[i]?.problems).toEqual([]);
      },
    );

    const seenLive = SITUATIONS.flatMap(({ name, what, live }, i) =>
      live === undefined ? [] : [{ name, what, i }],
    );
    it.runIf(available).each(seenLive)("$name, seen live: $what", ({ i }) => {
      expect(verdicts.get(kind)?.[i]?.liveProblems).toEqual([]);
    });

    it.runIf(available && kind !== kinds[0])(`gives the same hours as ${kinds[0]?.title}`, () => {
      const [reference, own] = [verdicts.values().next().value ?? [], verdicts.get(kind) ?? []];
      const differing = reference.flatMap((verdict, i) => {
        const twin = own[i];
        const texts =
          twin === undefined ? ["was not played"] : differences(verdict, twin, name === CHOOSES_REPLICAS);
        return texts.map((one) => `${verdict.situation.name}: ${one}`);
      });
      expect(differing).toEqual([]);
    });
  });
}
