import { memoryWorkspaceStore } from "ada-carbon/memory";
import { describe, expect, it } from "vitest";
import { HOUR, KWH_A_MINUTE, kwh, Lab, MINUTE, pollAt, T } from "../../test/support/workspace-lab.js";

describe("sessions", () => {
  it("start at the boot, and end when the host was last seen, after a grace", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ graceMs: 3 * MINUTE });
    const [first] = await pollAt(lab, tracker, 0, 1);
    expect(first).toMatchObject({
      hosts: 1,
      opened: 1,
      closed: 0,
      untrackedSeconds: 3 * 3600,
      unknownSeconds: 0,
    });
    lab.hosts = [];
    const [, , waiting, over] = await pollAt(lab, tracker, 2, 3, 4, 4.5);
    expect(waiting).toMatchObject({ absent: 1, closed: 0, workspaces: [{ seen: false, watts: null }] });
    expect(over).toMatchObject({ absent: 0, closed: 1, workspaces: [] });
    expect(await lab.only()).toMatchObject({ startedAt: T - 3 * HOUR, endedAt: T + MINUTE });
  });

  it("do not end while the source cannot know: partial answers, or it was away itself", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0);
    lab.hosts = [];
    lab.watching = false;
    await pollAt(lab, tracker, 60);
    lab.watching = true;
    lab.warnings = ["a store is missing"];
    const [partial] = await pollAt(lab, tracker, 61);
    expect(partial?.warnings).toContain("a store is missing");
    expect((await lab.only()).endedAt).toBeNull();
    lab.warnings = [];
    await pollAt(lab, tracker, 62);
    expect((await lab.only()).endedAt).toBe(T);
  });

  it("go on when the same owner is back without a reboot, also after they had ended", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    const original = lab.hosts;
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 20);
    expect((await lab.only()).endedAt).toBe(T + MINUTE);
    lab.hosts = original;
    const [back] = await pollAt(lab, tracker, 30);
    expect(back).toMatchObject({ opened: 0, resumed: 1, unknownSeconds: 24 * 60 });
    expect(await lab.only()).toMatchObject({ endedAt: null, unknownSeconds: 3 * 3600 + 24 * 60 });
    expect(kwh(await lab.only())).toBeCloseTo(6 * KWH_A_MINUTE, 12);
  });

  it("go on over a reboot, whose time down costs nothing and is known", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 2, 3);
    lab.hosts = [{ bootedAt: T + 3.5 * MINUTE }];
    await pollAt(lab, tracker, 4, 5);
    const session = await lab.only();
    expect(kwh(session)).toBeCloseTo(2.5 * KWH_A_MINUTE, 12);
    expect(session.unknownSeconds).toBe(3 * 3600 + 30);
  });

  it("count as unknown what was before a reboot that nobody saw", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T }];
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ bootedAt: T + 59 * MINUTE }];
    await pollAt(lab, lab.tracker(), 60);
    expect(await lab.only()).toMatchObject({ unknownSeconds: 58 * 60 });
    expect(kwh(await lab.only())).toBeCloseTo(2 * KWH_A_MINUTE, 12);
  });

  it("start anew at a reboot where that is wanted", async () => {
    const lab = new Lab();
    const tracker = lab.tracker({ onReboot: "new-session" });
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ bootedAt: T + 90_000 }];
    const [rebooted] = await pollAt(lab, tracker, 2, 3);
    expect(rebooted).toMatchObject({ opened: 1, closed: 1 });
    const [before, after] = await lab.sessions();
    expect(before).toMatchObject({ endedAt: T + MINUTE });
    expect(after).toMatchObject({ startedAt: T + 90_000, endedAt: null, unknownSeconds: 0 });
    expect(kwh(after ?? { busyKwh: 0, idleKwh: 0 })).toBeCloseTo(1.5 * KWH_A_MINUTE, 12);
  });

  it("change with the owner, without a gap and without an overlap, and change back into a third", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [{ user: "bjorn" }];
    await pollAt(lab, tracker, 2, 3);
    lab.hosts = [{ user: "amara" }];
    await pollAt(lab, tracker, 4);
    const sessions = await lab.sessions();
    expect(
      sessions.map(({ user, startedAt, endedAt }) => [user, startedAt - T, endedAt && endedAt - T]),
    ).toEqual([
      ["amara", -3 * HOUR, MINUTE],
      ["bjorn", MINUTE, 3 * MINUTE],
      ["amara", 3 * MINUTE, null],
    ]);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(3);
    expect(sessions.reduce((sum, session) => sum + kwh(session), 0)).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("of a new owner do not reach back over the old one's that ended long ago", async () => {
    const lab = new Lab();
    const tracker = lab.tracker();
    await pollAt(lab, tracker, 0, 1);
    lab.hosts = [];
    await pollAt(lab, tracker, 20);
    lab.hosts = [{ user: "bjorn" }];
    await pollAt(lab, tracker, 30, 31);
    const [, after] = await lab.sessions();
    expect(after).toMatchObject({ user: "bjorn", startedAt: T + 30 * MINUTE, unknownSeconds: 0 });
  });

  it("have the owner that tenures name, and nobody where they name none", async () => {
    const lab = new Lab();
    const tenures = {
      id: "list",
      tenures: async () => [
        { host: "a", from: 0, to: T + 90_000, user: "bjorn", group: "muons" },
        { host: "a", from: T - 1, to: T + 90_000, user: "chidi" },
      ],
    };
    await pollAt(lab, lab.tracker({ tenures }), 0, 1, 2);
    const sessions = await lab.sessions();
    expect(sessions.map(({ user, group }) => [user, group])).toEqual([
      ["chidi", "IDAaaS"],
      [null, "IDAaaS"],
    ]);
  });

  it("are carried on from the store by a tracker that starts anew, also those of another tool", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.tracker(), 0, 1);
    await pollAt(lab, lab.tracker(), 2);
    await pollAt(lab, lab.tracker(), 3);
    expect(kwh(await lab.only())).toBeCloseTo(3 * KWH_A_MINUTE, 12);

    const foreign = {
      ...(await lab.only()),
      id: "theirs",
      project: null,
      user: null,
      group: null,
      machine: null,
    };
    lab.store = memoryWorkspaceStore();
    await lab.store.save([foreign]);
    await pollAt(lab, lab.tracker(), 4);
    expect(await lab.only()).toMatchObject({ id: "theirs", user: "amara", machine: "Muon" });
    expect(kwh(await lab.only())).toBeCloseTo(4 * KWH_A_MINUTE, 12);
  });

  it("keep labels whatever is in them", async () => {
    const names = [
      "<script>alert(1)</script>",
      "../../x",
      "a/b",
      "a%2Fb",
      "__proto__",
      'q"\n\u0000',
      "ü\u202e",
    ];
    const lab = new Lab();
    lab.hosts = names.flatMap((user) => names.map((instance) => ({ user, instance })));
    // One host at a time has one owner: each pair is another host by its project.
    lab.hosts = lab.hosts.map((host, i) => ({ ...host, project: `${names[i % names.length]}${i}` }));
    await pollAt(lab, lab.tracker(), 0, 1);
    const sessions = await lab.sessions();
    expect(sessions).toHaveLength(names.length ** 2);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(names.length ** 2);
    expect(new Set(sessions.map(({ user }) => user))).toEqual(new Set(names));
    for (const session of sessions) expect(kwh(session)).toBeCloseTo(KWH_A_MINUTE, 12);
  });
});
