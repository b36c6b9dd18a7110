import { ADA, hourOf, isTracked, parseScope } from "ada-carbon";
import { machineMeans } from "ada-carbon/averages";
import { explain } from "ada-carbon/reports";
import { describe, expect, it } from "vitest";
import {
  conservationError,
  HOUR,
  KWH_A_MINUTE,
  kwh,
  Lab,
  MINUTE,
  MODEL,
  minutes,
  pendingIn,
  pollAt,
  sumOf,
  T,
} from "../../test/support/workspace-lab.js";

const total = (row: { busyKwh: number | null; idleKwh: number | null } | undefined): number =>
  (row?.busyKwh ?? Number.NaN) + (row?.idleKwh ?? Number.NaN);

describe("finished hours", () => {
  it("become rows of every scope when they are over, and not before", async () => {
    const lab = new Lab();
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 60));
    expect(await lab.rows("ada")).toEqual([]);
    const reports = await pollAt(lab, tracker, ...minutes(61, 64));
    expect(reports.flatMap(({ hours }) => hours.stored)).toEqual([T]);
    const [row, ...more] = await lab.rows("ada");
    expect(more).toEqual([]);
    expect(row).toMatchObject({ hour: T, status: "processed", coverage: 1 });
    expect(row?.gco2eqPerKwh).toBeCloseTo(200, 9);
    expect(total(row)).toBeCloseTo(60 * KWH_A_MINUTE, 12);
    expect(row?.busyCpuSeconds).toBeCloseTo(4 * 3600 * 0.5, 9);
    expect(row?.idleCpuSeconds).toBeCloseTo(4 * 3600 * 0.5, 9);
    expect(row?.provenance.model).toBe(`tracked/1 ${MODEL.id}`);
    expect(row?.provenance.intensity).toMatchObject({ kind: "forecast", source: "grid", settled: false });
    for (const scope of ["project:IDAaaS", "machine:Muon", "user:amara", "group:IDAaaS", "host:a:9100"])
      expect(await lab.rows(scope)).toMatchObject([{ hour: T, busyKwh: row?.busyKwh, status: "processed" }]);
    const [host] = await lab.rows("host:a:9100");
    expect(host?.provenance.host).toMatchObject({ project: "IDAaaS", user: "amara", by: "labels", up: null });
  });

  it("split what is counted over the hour, whatever the polls", async () => {
    const lab = new Lab();
    const tracker = lab.hourly();
    await pollAt(
      lab,
      tracker,
      0,
      3.3,
      7,
      11.9,
      15,
      19,
      23,
      27,
      31,
      35,
      39,
      43,
      47,
      51,
      55,
      58.5,
      62.5,
      66,
      70,
    );
    expect(total((await lab.rows("ada"))[0])).toBeCloseTo(60 * KWH_A_MINUTE, 12);
    const [session] = await lab.sessions();
    expect(session?.hours?.map(({ hour, stored }) => [hour - T, stored])).toEqual([
      [0, true],
      [HOUR, false],
    ]);
    expect(total(session?.hours?.[1])).toBeCloseTo(10 * KWH_A_MINUTE, 12);
  });

  it("say by their coverage what nobody saw, and are incomplete then", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T + 10 * MINUTE }];
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(20, 30), ...minutes(50, 63));
    const [row] = await lab.rows("ada");
    // Up for 50 minutes, of which 10 before it was seen and 15 of a gap of 20 are not known.
    expect(row?.coverage).toBeCloseTo(25 / 50, 12);
    expect(row?.status).toBe("download incomplete");
    expect(total(row)).toBeCloseTo(25 * KWH_A_MINUTE, 12);
    const [host] = await lab.rows("host:a:9100");
    expect(host?.provenance.host?.up).toEqual({ from: T + 20 * MINUTE - 10 * MINUTE, to: T + HOUR });
    expect(host?.provenance.host?.expectedCpuSeconds).toBeCloseTo(4 * 3000, 9);
  });

  it("of hosts that nobody could count are there, without numbers", async () => {
    const lab = new Lab();
    lab.hosts = [{ bootedAt: T, cores: null, idleFraction: null }];
    await pollAt(lab, lab.hourly(), ...minutes(0, 75));
    expect(await lab.rows("ada")).toMatchObject([{ status: "not downloaded", coverage: 0, busyKwh: null }]);
  });

  it("have the carbon of their polls, each at the intensity of its moment, and can be explained", async () => {
    const lab = new Lab();
    lab.hosts = [{}, { instance: "b:9100", user: null, machine: null, idleFraction: 0.9, cores: 16 }];
    let at = 0;
    lab.grid = async () => [
      {
        from: lab.now,
        to: lab.now + 6 * MINUTE,
        gco2eqPerKwh: 100 + 10 * at++,
        kind: at % 2 === 0 ? "actual" : "forecast",
        fetchedAt: lab.now,
      },
    ];
    const tracker = lab.hourly();
    const reports = [];
    for (const minute of minutes(0, 63)) {
      // A load that follows the intensity makes busy and idle energy differ in their means.
      lab.hosts = lab.hosts.map((host, i) => ({ ...host, idleFraction: i === 0 ? minute / 70 : 0.9 }));
      reports.push(...(await pollAt(lab, tracker, minute)));
    }
    const rows = await lab.rows("ada");
    const [session] = await lab.sessions();
    const pending = pendingIn(await lab.sessions());
    const reported = sumOf(reports);
    for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const)
      expect(sumOf(rows)[name] + pending[name]).toBeCloseTo(reported[name], 10);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
    expect(session?.hours?.[0]?.intensity?.kind).toBe("forecast");
    for (const scope of ["ada", "user:amara", "user:unattributed", "machine:Muon", "host:b:9100"]) {
      const explained = await explain(lab.usage, parseScope(scope), hourOf(T));
      expect(explained.recomputed?.error).toBeLessThan(1e-9);
      expect(isTracked(explained.provenance.model)).toBe(true);
    }
  });

  it("are without carbon where it was not known for a part, and never too low", async () => {
    const lab = new Lab();
    const known = lab.grid;
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 20));
    lab.grid = async () => [];
    lab.now += 2 * HOUR;
    await pollAt(lab, lab.hourly(), 21, 22);
    lab.grid = known;
    await pollAt(lab, lab.hourly(), ...minutes(23, 63));
    expect(await lab.rows("ada")).toMatchObject([
      { status: "unprocessed", busyGco2eq: null, gco2eqPerKwh: null, coverage: 1 },
    ]);
    expect(total((await lab.rows("ada"))[0])).toBeCloseTo(60 * KWH_A_MINUTE, 12);
  });

  it("in which a host changed hands are shared by energy", async () => {
    const lab = new Lab();
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 15));
    lab.hosts = [{ user: "bjorn", machine: "Mantid" }];
    await pollAt(lab, tracker, ...minutes(16, 63));
    expect(total((await lab.rows("user:amara"))[0])).toBeCloseTo(15 * KWH_A_MINUTE, 12);
    expect(total((await lab.rows("user:bjorn"))[0])).toBeCloseTo(45 * KWH_A_MINUTE, 12);
    expect(total((await lab.rows("machine:Mantid"))[0])).toBeCloseTo(45 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
    const { hosts, recomputed } = await explain(lab.usage, parseScope("user:bjorn"), hourOf(T));
    expect(hosts[0]?.busyShare).toBeCloseTo(0.75, 12);
    expect(recomputed?.error).toBeLessThan(1e-9);
  });

  it("have two machines where two projects use one address at once", async () => {
    const lab = new Lab();
    lab.hosts = [{}, { site: "clf", project: "CDAaaS", user: "chidi", cores: 8 }];
    await pollAt(lab, lab.hourly(), ...minutes(0, 63));
    const rows = await Promise.all(
      ["a:9100 (IDAaaS)", "a:9100 (CDAaaS)"].map(async (name) => (await lab.rows(`host:${name}`))[0]),
    );
    for (const row of rows) expect(total(row)).toBeCloseTo(60 * KWH_A_MINUTE, 12);
    expect(await lab.rows("host:a:9100")).toEqual([]);
    expect(total((await lab.rows("project:CDAaaS"))[0])).toBeCloseTo(60 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });

  it("have one machine where a host changed its project", async () => {
    const lab = new Lab();
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 30));
    lab.hosts = [{ site: "clf", project: "CDAaaS", user: "chidi" }];
    await pollAt(lab, tracker, ...minutes(31, 75));
    expect(await lab.rows("host:a:9100")).toHaveLength(1);
    expect((await lab.usage.scopes("host")).map(({ name }) => name)).toEqual(["a:9100"]);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });

  it("that were stored of one machine are stored anew when a second one is found at its address", async () => {
    const lab = new Lab();
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 63));
    expect(total((await lab.rows("host:a:9100"))[0])).toBeCloseTo(60 * KWH_A_MINUTE, 12);
    // Two trackers, each with a site of its own: the second one stores into the hour of the first.
    const other = lab.hourly({ sites: ["clf"] });
    lab.hosts = [{}, { site: "clf", project: "CDAaaS", user: "chidi", bootedAt: T - HOUR }];
    await pollAt(lab, tracker, ...minutes(64, 70));
    await pollAt(lab, other, ...minutes(71, 72));
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
    expect(total((await lab.rows("ada"))[0])).toBeCloseTo(60 * KWH_A_MINUTE, 12);
  });

  it("wait for hosts that are late, and for no longer than can be made up for", async () => {
    const lab = new Lab();
    lab.hosts = [{}, { instance: "b:9100" }];
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 58));
    lab.hosts = [{}, { instance: "b:9100", seenAt: T + 58 * MINUTE }];
    const waiting = await pollAt(lab, tracker, ...minutes(59, 62));
    expect(waiting.flatMap(({ hours }) => hours.stored)).toEqual([]);
    lab.hosts = [{}, { instance: "b:9100" }];
    const [, , there] = await pollAt(lab, tracker, 62.5, 63, 64);
    expect(there?.hours.stored).toEqual([]);
    expect(total((await lab.rows("ada"))[0])).toBeCloseTo(120 * KWH_A_MINUTE, 12);

    lab.hosts = [{}, { instance: "b:9100", seenAt: T + 118 * MINUTE }];
    const gone = await pollAt(lab, tracker, ...minutes(118, 132));
    expect(gone.flatMap(({ hours }) => hours.stored)).toEqual([T + HOUR]);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });

  it("are stored again when something late is added to them", async () => {
    const lab = new Lab();
    lab.hosts = [{}, { instance: "b:9100" }];
    const tracker = lab.hourly();
    await pollAt(lab, tracker, ...minutes(0, 58));
    lab.hosts = [{}];
    const polls = await pollAt(lab, tracker, ...minutes(59, 69));
    expect(polls.flatMap(({ hours }) => hours.stored)).toEqual([T]);
    expect(await lab.rows("ada")).toMatchObject([{ coverage: 1, status: "processed" }]);
    // It was up all the while: two minutes of the hour are not known.
    lab.hosts = [{}, { instance: "b:9100" }];
    const tail = await pollAt(lab, tracker, ...minutes(70, 73));
    expect(tail.flatMap(({ hours }) => hours.stored)).toEqual([T]);
    const [after] = await lab.rows("ada");
    expect(after).toMatchObject({ status: "download incomplete" });
    expect(after?.coverage).toBe(0.9833);
    expect(total(after)).toBeCloseTo(118 * KWH_A_MINUTE, 12);
    expect(await conservationError(lab.usage)).toBeLessThan(1e-12);
  });

  it("teach the averages, whose model can tell them", async () => {
    const lab = new Lab();
    lab.hosts = [{}, { instance: "b:9100", idleFraction: 1 }];
    await pollAt(lab, lab.hourly(), ...minutes(0, 125));
    const averages = await lab.averages.get("Muon");
    if (averages === undefined) throw new Error("no averages");
    const means = machineMeans(averages);
    expect(means.hours).toBe(4);
    expect(means.busyKwh).toBeCloseTo(0.025, 12);
    expect(means.idleKwh).toBeCloseTo(0.075, 12);
    expect(means.busyKwPerCpu).toBeCloseTo(0.05 / 2, 12);
  });

  it("are forgotten by the sessions when nothing can be added any more", async () => {
    const lab = new Lab();
    await pollAt(lab, lab.hourly(), ...minutes(0, 305));
    expect((await lab.only()).hours?.map(({ hour }) => (hour - T) / HOUR)).toEqual([4, 5]);
    expect(await lab.rows("ada")).toHaveLength(5);
    expect(kwh(await lab.only())).toBeCloseTo(305 * KWH_A_MINUTE, 9);
  });

  it("are not there, and nothing is kept of them, where they are not asked for", async () => {
    const lab = new Lab();
    const reports = await pollAt(lab, lab.tracker(), ...minutes(0, 70));
    expect(reports.at(-1)?.hours).toEqual({ stored: [], kept: [] });
    expect("hours" in (await lab.only())).toBe(false);
    expect((await lab.usage.read(ADA, { from: 0, to: T + 1000 * HOUR })).hours).toEqual([]);
    expect(() => lab.tracker({ averages: lab.averages })).toThrow(/give usage, too/);
  });
});
