import { formatInstant, HOUR_MS } from "ada-carbon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SITUATIONS } from "../situations/index.js";
import { machinesOf } from "../situations/machines.js";
import { Measurement, type RunOutcome } from "../situations/measure.js";
import { SERVER_KINDS, type SituationServer } from "../situations/servers.js";
import type { Situation } from "../situations/situation.js";
import { stagesOf } from "../situations/stages.js";

// Situations measured hour by hour, five minutes after each, and once more at the end, beside one run at the end: the
// whole has the same hours, or says of the other one that it is not complete.

/** What nobody can know of an hour is not the same, however it is cut: a share of what its cpus can do. */
const SAME = 0.003;
const AFTER_MS = 5 * 60_000;

/**
 * Whose last run asks for no hour after the one in which a silent host is heard again: the hours of its silence are
 * measured again with that one.
 */
const HEARD_AGAIN_LATER = ["gap-over-the-end", "request-in-the-gap", "gap-with-reboot-over-the-end"];

const played = SITUATIONS.filter(
  ({ name, interval }) => interval.to - interval.from <= 8 * HOUR_MS && !HEARD_AGAIN_LATER.includes(name),
);

function hourly({ interval, runs }: Situation): number[] {
  const hours = Math.round((interval.to - interval.from) / HOUR_MS);
  const end = runs.at(-1) ?? Number.NaN;
  const each = Array.from({ length: hours }, (_, i) => interval.from + (i + 1) * HOUR_MS + AFTER_MS);
  return [...each.filter((now) => now < end), end];
}

describe("runs that are cut", () => {
  const { stages, remove } = stagesOf(
    played.map((situation): Situation => ({ ...situation, runs: [situation.runs.at(-1) ?? Number.NaN] })),
  );
  let server: SituationServer | undefined;
  beforeAll(async () => {
    server = SERVER_KINDS.find(({ name }) => name === "simulated")?.start();
    const [stage] = stages;
    if (server === undefined || stage === undefined) throw new Error("there is no simulated server");
    await server.load(stage);
  });
  afterAll(async () => {
    await server?.stop();
    remove();
  });

  const lastOf = async (situation: Situation, runs: readonly number[]): Promise<RunOutcome> => {
    const measurement = new Measurement(situation, () => server?.url ?? "");
    let last: RunOutcome | undefined;
    for (const now of runs) {
      server?.setNow(now);
      last = await measurement.run(now);
    }
    if (last === undefined) throw new Error("there was no run");
    return last;
  };

  it.each(played.map((situation) => [situation.name, situation] as const))("%s", async (_, situation) => {
    const runs = hourly(situation);
    const once = await lastOf(situation, runs.slice(-1));
    const cut = await lastOf(situation, runs);
    const machines = machinesOf(situation);
    const capacity = machines.reduce((sum, machine) => sum + machine.capacity, 0);
    const differing = once.ada.flatMap((row) => {
      const other = cut.ada.find(({ hour }) => hour === row.hour);
      const unknowable = machines
        .flatMap(({ hours }) => hours.filter(({ hour }) => hour === row.hour))
        .reduce((sum, hour) => sum + hour.unknowable, 0);
      const least = SAME * capacity + unknowable;
      const isSame =
        other !== undefined &&
        Math.abs((other.busy || 0) - (row.busy || 0)) <= least &&
        Math.abs((other.idle || 0) - (row.idle || 0)) <= least;
      if (other?.status !== "processed" || isSame) return [];
      return [
        `${formatInstant(row.hour)}: ${other.busy} busy and ${other.idle} idle, in one run ${row.busy} and ${row.idle}`,
      ];
    });
    expect(differing).toEqual([]);
  });
});
