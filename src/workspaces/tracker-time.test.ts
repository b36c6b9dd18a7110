import { AdaCarbonError } from "ada-carbon";
import { describe, expect, it } from "vitest";
import { HOUR, KWH_A_MINUTE, kwh, Lab, MINUTE, pollAt, T } from "../../test/support/workspace-lab.js";

describe("time", () => {
  it("is measured: late, early and irregular polls count what passed", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.tracker(), 0, 1, 1.1, 3.7, 4, 8.9);
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(8.9 * KWH_A_MINUTE, 12);
    expect(session.busyKwh).toBeCloseTo(session.idleKwh, 12);
    expect(session.runtimeSeconds).toBeCloseTo((8.9 * 60) / 2, 9);
    expect(session.unknownSeconds).toBe(3 * 3600);
  });

  it("counts nothing twice when polls are doubled, or overlap, or the clock is set back", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1, 1);
    await Promise.all([tracker.poll(), tracker.poll(), tracker.poll()]);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE, 12);
    const [back] = await pollAt(lab, tracker, -59, -58);
    expect(back?.warnings).toEqual([expect.stringMatching(/clock was set back by 3600 s/)]);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE, 12);
    await pollAt(lab, tracker, 1, 2);
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
    expect((await lab.only()).endedAt).toBeNull();
  });

  it("counts up to the scrape, so that a host scraped no more uses no more", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0);
    lab.hosts = [{ seenAt: T + 30_000 }];
    await pollAt(lab, tracker, 1, 2, 3, 4);
    expect(kwh(await lab.only())).toBeCloseTo(KWH_A_MINUTE / 2, 12);
  });

  it("invents nothing for a poller that was suspended: beyond the bound is unknown", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T }];
    const [, woken] = await pollAt(lab, lab.tracker({ maxElapsedMs: 4 * MINUTE }), 0, 60);
    expect(woken).toMatchObject({ countedSeconds: 240, unknownSeconds: 56 * 60 });
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(4 * KWH_A_MINUTE, 12);
    expect(session).toMatchObject({ unknownSeconds: 56 * 60, endedAt: null });
  });

  it("makes up for a poll that failed, over the time that it missed", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.fails = new AdaCarbonError("unreachable", "gone");
    await expect(pollAt(lab, tracker, 2)).rejects.toThrow("gone");
    lab.fails = undefined;
    await pollAt(lab, tracker, 3);
    expect(lab.asked.at(-1)).toMatchObject({ idleOverMs: 2 * MINUTE, watchingAt: T - 2 * MINUTE });
    expect(kwh(await lab.only())).toBeCloseTo(3 * KWH_A_MINUTE, 12);
  });

  it("waits for a load that is not known yet, and then counts it from the boot", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T - 30_000, idleFraction: null }];
    const tracker = lab.tracker();
    const [first] = await pollAt(lab, tracker, 0);
    expect(first?.warnings).toEqual([expect.stringMatching(/1 of 1 hosts have no known load now/)]);
    expect(first?.workspaces).toMatchObject([{ watts: null, idleFraction: null, seen: true }]);
    lab.hosts = [{ bootedAt: T - 30_000 }];
    await pollAt(lab, tracker, 1);
    expect(kwh(await lab.only())).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
    expect((await lab.only()).unknownSeconds).toBe(0);
  });

  it("gives no energy to a host without CPU metrics, and says for how long", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T, cores: null, idleFraction: null }];
    await pollAt(lab, lab.tracker(), 0, 5, 10, 15);
    expect(await lab.only()).toMatchObject({ busyKwh: 0, idleKwh: 0, unknownSeconds: 600, endedAt: null });
  });

  it("takes a boot in the future for a wrong clock", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T + HOUR }];
    await pollAt(lab, lab.tracker({ onReboot: "new-session" }), 0, 1, 2);
    expect(await lab.only()).toMatchObject({ startedAt: T, unknownSeconds: 0 });
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });
});
