import { describe, expect, it } from "vitest";
import { Lab, minutes, pollAt, T } from "../../test/support/workspace-lab.js";
import type { AverageBasis } from "../intensity/basis.js";
import { formatBasis } from "../intensity/basis.js";
import { GB_BASIS } from "../intensity/gb-facts.js";
import type { IntensitySource } from "../intensity/port.js";
import { sumSessions } from "../stores/session-sums.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";

// The live tracker is held to the basis of its store of usage, and of what it had counted and not stored yet.

const LIFECYCLE: AverageBasis = { ...GB_BASIS, emissions: "lifecycle" };
const grid = (lab: Lab, basis: AverageBasis): IntensitySource => ({
  id: "grid",
  basis,
  hasActual: true,
  periods: () => lab.grid(),
});

describe("a tracker that is given a grid of another basis", () => {
  it("stores nothing where hours of the old one are stored, and says what to run", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.hourly({ intensity: grid(lab, GB_BASIS) }), ...minutes(0, 64));
    const before = await lab.sessions();
    const other = lab.hourly({ intensity: grid(lab, LIFECYCLE) });
    await expect(pollAt(lab, other, 65)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(
        /2025-09-10T12:00:00Z is stored by grid, average direct.*restate --again/,
      ),
    });
    expect(await lab.sessions()).toEqual(before);
    expect((await lab.rows("ada")).map(({ provenance }) => provenance.intensity?.basis)).toEqual([
      formatBasis(GB_BASIS),
    ]);
  });

  it("gives no carbon to an hour that the old one counted in part, and all of it to the next", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.hourly({ intensity: grid(lab, GB_BASIS) }), ...minutes(0, 30));
    await pollAt(lab, lab.hourly({ intensity: grid(lab, LIFECYCLE) }), ...minutes(31, 126));
    const [mixed, next] = await lab.rows("ada");
    expect(mixed).toMatchObject({ hour: T, status: "unprocessed", busyGco2eq: null });
    expect((mixed?.busyKwh ?? 0) + (mixed?.idleKwh ?? 0)).toBeCloseTo(0.1, 12);
    expect(mixed?.provenance.intensity).toBeNull();
    expect(next?.status).toBe("processed");
    expect(next?.provenance.intensity?.basis).toBe(formatBasis(LIFECYCLE));
    expect((next?.busyGco2eq ?? 0) + (next?.idleGco2eq ?? 0)).toBeCloseTo(0.1 * 200, 9);
  });

  it("adds no grams of the new one to those of sessions that go on, and none of both to a sum", async () => {
    const lab = new Lab();
    const track = (basis: AverageBasis) => lab.tracker({ intensity: grid(lab, basis) });
    await pollAt(lab, track(GB_BASIS), ...minutes(0, 4));
    const [before] = await lab.sessions();
    expect(before).toMatchObject({ basis: formatBasis(GB_BASIS), kwhWithoutCarbon: 0 });
    await pollAt(lab, track(LIFECYCLE), ...minutes(5, 8));
    const [after] = await lab.sessions();
    const kwh = (session: typeof before) => (session?.busyKwh ?? 0) + (session?.idleKwh ?? 0);
    expect(after).toMatchObject({ basis: before?.basis, busyGco2eq: before?.busyGco2eq });
    expect(kwh(after)).toBeGreaterThan(kwh(before));
    expect(after?.kwhWithoutCarbon).toBeCloseTo(kwh(after) - kwh(before), 12);
    const other = { ...after, id: "other", basis: formatBasis(LIFECYCLE) } as WorkspaceSession;
    expect(sumSessions([other, ...(after === undefined ? [] : [after])])).toMatchObject({
      ...{ sessions: 2, busyGco2eq: null, idleGco2eq: null },
      busyKwh: expect.any(Number),
    });
  });

  it("keeps hours waiting, and says why, where others store hours of another basis meanwhile", async () => {
    const lab = new Lab();
    const tracker = lab.hourly({ intensity: grid(lab, GB_BASIS) });
    await pollAt(lab, tracker, ...minutes(0, 64));
    const rows = await lab.usage.read({ kind: "ada", name: "ada" }, { from: T, to: T + 1 });
    const intensity = { ...rows.provenance[0]?.intensity, basis: formatBasis(LIFECYCLE) };
    const provenance = [{ ...rows.provenance[0], intensity }];
    await lab.usage.replace([{ ...rows, provenance } as typeof rows]);
    const [report] = (await pollAt(lab, tracker, ...minutes(65, 124))).slice(-1);
    expect(report?.warnings).toContainEqual(
      expect.stringMatching(/is not stored yet: grid is average direct/),
    );
    expect(await lab.rows("ada")).toHaveLength(1);
  });
});
