import { describe, expect, it } from "vitest";
import { KWH_A_MINUTE, kwh, Lab, MINUTE, pollAt, T } from "../../test/support/workspace-lab.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";

describe("two trackers on one store", () => {
  it("count no energy twice when they take turns", async () => {
    const lab = new Lab();
    const [one, other] = [lab.tracker(), lab.tracker()];
    for (let tick = 0; tick <= 20; tick++)
      await pollAt(lab, tick % 3 === 0 ? one : other, tick / 2, tick / 2 + 0.1);
    expect(kwh(await lab.only())).toBeCloseTo(10.1 * KWH_A_MINUTE, 12);
  });

  it("count no energy twice when they poll at the same time", async () => {
    const lab = new Lab();
    const [one, other] = [lab.tracker(), lab.tracker()];
    for (let tick = 0; tick <= 10; tick++) {
      lab.now = T + tick * MINUTE;
      await Promise.all([one.poll(), other.poll()]);
    }
    expect(kwh(await lab.only())).toBeCloseTo(10 * KWH_A_MINUTE, 12);
  });

  it("count no energy twice when one of them writes what it read long ago", async () => {
    const lab = new Lab();
    const slow = Promise.withResolvers<void>();
    const stale: WorkspaceStore = {
      ...lab.store,
      save: async (sessions) => {
        await slow.promise;
        return lab.store.save(sessions);
      },
    };
    await pollAt(lab, lab.tracker(), 0, 1);
    lab.now = T + 1.5 * MINUTE;
    const late = lab.tracker({ store: stale }).poll();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await pollAt(lab, lab.tracker(), 2, 3);
    slow.resolve();
    await late;
    expect(kwh(await lab.only())).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
    await pollAt(lab, lab.tracker(), 4);
    expect(kwh(await lab.only())).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("that opened a session each keep the first and empty the other", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: null }];
    await pollAt(lab, lab.tracker(), 0);
    const [session] = await lab.sessions();
    if (session === undefined) throw new Error("no session");
    const double = { ...session, id: "double", startedAt: T + 1000, countedUntil: T + MINUTE, busyKwh: 1 };
    await lab.store.save([double]);
    const [report] = await pollAt(lab, lab.tracker(), 2);
    expect(report).toMatchObject({ hosts: 1, closed: 1, opened: 0 });
    const sessions = await lab.sessions();
    expect(sessions.map(({ id, endedAt }) => [id, endedAt])).toEqual([
      [session.id, null],
      ["double", T + 1000],
    ]);
    expect(sessions.reduce((sum, one) => sum + kwh(one), 0)).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });
});
