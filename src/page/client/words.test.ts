import { describe, expect, it } from "vitest";
import { readAddress, writeAddress } from "./address.js";
import { carbonText, changeText, energyText, percentText, powerText, rangeText } from "./amounts.js";
import { changeByHour, idleText, machinesFinding, monthFinding, wholeScopeNote } from "./findings.js";
import { beforeOfBar } from "./parts/trend.js";
import { Calendar } from "./times.js";
import { siteTitle } from "./view.js";

// What the page writes: amounts, headings and its address.

describe("amounts", () => {
  it.each([
    [0.00048, "0.480 Wh"],
    [0.741, "741 Wh"],
    [0.99951, "1.00 kWh"],
    [29.74, "29.7 kWh"],
    [999.4, "999 kWh"],
    [999.6, "1.00 MWh"],
    [0, "0 kWh"],
    [null, "missing"],
    [Number.NaN, "missing"],
  ])("%s kWh is %s", (kwh, text) => expect(energyText(kwh)).toBe(text.replace(" ", "\u00a0")));

  it("have three significant figures, and units by size", () => {
    expect(powerText(48)).toBe("48.0\u00a0W");
    expect(carbonText(4223)).toBe("4.22\u00a0kgCO₂e");
    expect(rangeText(0.76, 1600, "energy")).toBe(
      "0.00076 to 1.60\u00a0MWh".replace("0.00076", "under 0.001"),
    );
    expect(percentText(0.001)).toBe("under 1\u00a0%");
  });

  it("change by rule: below 5 % it is about the same", () => {
    expect(changeText(1.04, 1)).toBe("about the same");
    expect(changeText(1.12, 1)).toBe("▲ 12\u00a0%");
    expect(changeText(0.8, 1)).toBe("▼ 20\u00a0%");
    expect([changeText(1, null), changeText(1, 0)]).toEqual(["", ""]);
  });
});

describe("what is compared", () => {
  it("in a list is the change by known hour that the service gives", () => {
    expect(changeByHour(0.12, true)).toBe("▲ 12\u00a0%");
    expect(changeByHour(-0.02, true)).toBe("about the same");
    expect([changeByHour(null, true), changeByHour(null, false)]).toEqual(["none before", ""]);
  });

  it("as idle shares are of the same hours, and says so where they are not all", () => {
    const of = (idleShare: [number | null, number | null]) => ({
      comparison: { hours: 24, kwh: [1, 1] as const, idleShare, gco2eq: null, hoursWithCarbon: 0 },
    });
    expect(idleText({ totals: { idleShare: 0.37 }, ...of([0.37, 0.36]) })).toBe(
      "37\u00a0%, before 36\u00a0%",
    );
    expect(idleText({ totals: { idleShare: 0.45 }, ...of([0.37, 0.36]) })).toBe(
      "45\u00a0%; on the 24 hours known in both 37\u00a0%, before 36\u00a0%",
    );
    expect(idleText({ totals: { idleShare: 0.45 }, comparison: null })).toBe("45\u00a0%");
  });

  it.each([
    ["a day and one of as many hours", 24, 24, 5],
    ["a day and one on which clocks change", 24, 25, 5],
    ["March and February", 31 * 24, 28 * 24, 5],
    ["a day that is not over and a whole one", 9, 24, null],
    ["six days of a week and five", 144, 120, null],
    ["a bar and none", 24, undefined, null],
  ])("as bars is %s", (_, hours, hoursBefore, before) => {
    expect(beforeOfBar(hours, hoursBefore, 5)).toBe(before);
  });
});

describe("a place that one has opened", () => {
  const step = (kind: string, name = kind) => ({ kind, name });
  const note = (path: { kind: string; name: string }[], sites = 3) => wholeScopeNote("CLF", path, sites);

  it("says where its sums are of more than the way to it", () => {
    expect(note([step("machine", "Muon")])).toBe(
      "Sums, bars and the year are of all Muon, outside CLF too; the lists are of CLF alone.",
    );
    expect(note([step("user", "amara"), step("machine", "Muon")], 1)).toBe(
      "Sums, bars and the year are of all Muon, outside CLF › amara too; the lists are of CLF › amara alone.",
    );
    expect(note([step("user", "amara"), step("host")])).not.toBe("");
    expect(note([step("project"), step("group")], 1)).not.toBe("");
  });

  it("says nothing where they are of the same", () => {
    expect(note([])).toBe("");
    expect(note([step("machine")], 1)).toBe("");
    expect(note([step("project")])).toBe("");
    expect(note([step("project"), step("machine"), step("host")])).toBe("");
  });
});

describe("a deadline", () => {
  it.each([
    ["2026-11-30T02:00", "2026-11-30T02:00:00.000Z"],
    ["2026-07-01T02:00", "2026-07-01T01:00:00.000Z"],
    // The night in which clocks go forward, and the one in which they go back.
    ["2026-03-29T03:30", "2026-03-29T02:30:00.000Z"],
    ["2026-10-25T02:30", "2026-10-25T02:30:00.000Z"],
  ])("of %s is that time on the clocks of the page", (local, instant) => {
    expect(new Date(new Calendar("Europe/London").instantOf(local)).toISOString()).toBe(instant);
  });

  it("that is none is as if it were not in the address", () => {
    for (const text of ["abc", "2026-13-01T02:00", "2026-02-31T02:00", "2026-11-30T25:00", "2026-11-30"])
      expect(readAddress(`?before=${text}`, "isis").before).toBe("");
    expect(readAddress("?before=2026-11-30T02:00", "isis").before).toBe("2026-11-30T02:00");
  });
});

describe("headings", () => {
  const compared = (kwh: [number, number], idleShare: [number, number]) =>
    monthFinding("This month", {
      comparison: { hours: 640, kwh, idleShare, gco2eq: null, hoursWithCarbon: 0 },
    });

  it("say what changed most", () => {
    expect(compared([29.7, 27.6], [0.53, 0.3])).toBe("This month: idle nearly doubled");
    expect(compared([10, 10.2], [0.3, 0.3])).toBe("This month: about the same as before");
    expect(monthFinding("This month", { comparison: null })).toBe("This month: nothing to compare with yet");
  });
});

describe("the heading of one's machines", () => {
  type Machine = Parameters<typeof machinesFinding>[0][0];
  const machine = (more: Partial<Machine>): Machine => ({ isIdle: null, busyWatts: null, ...more });
  const [unseen, fresh] = [machine({}), machine({ busyWatts: 30 })];
  const [busy, idle] = [machine({ isIdle: false }), machine({ isIdle: true })];

  it.each([
    [[unseen], "Your machine is not measured yet"],
    [[unseen, unseen], "Your machines are not measured yet"],
    [[fresh, unseen], "Whether your machines idle is not known yet"],
    [[busy, busy], "Your machines are at work"],
    [[busy, unseen], "One of your two machines is at work"],
    [[idle], "Your machine is idle: stop it?"],
    [[idle, unseen], "One of your two machines is idle: stop it?"],
  ])("says no more than is known", (machines, text) => expect(machinesFinding(machines)).toBe(text));
});

describe("the title of a site", () => {
  it.each([
    ["isis", "ISIS"],
    ["clf", "CLF"],
    ["diamond", "Diamond"],
    ["mine", "Mine"],
    ["hpc", "Hpc"],
    ["HPC", "HPC"],
    ["eScience", "eScience"],
  ])("of %s is %s: only initials are in capitals", (site, title) => expect(siteTitle(site)).toBe(title));
});

describe("the address", () => {
  it("keeps what is shown, and what is somebody else's", () => {
    const address = readAddress(
      "?tab=energy&in=project:IDAaaS&in=user:a%26b&by=week&from=2026-02-31",
      "isis",
    );
    expect(address).toMatchObject({
      site: "isis",
      path: [
        { kind: "project", name: "IDAaaS" },
        { kind: "user", name: "a&b" },
      ],
      by: "week",
      beside: "before",
    });
    expect(writeAddress(address, "?tab=energy&year=2020", "isis")).toBe(
      "?tab=energy&in=project:IDAaaS&in=user:a%26b&by=week",
    );
  });

  it("takes nothing that it does not know", () => {
    const address = readAddress("?by=decade&in=planet:earth&cores=-1&hours=x&sort=__proto__", "isis");
    expect(address).toEqual(readAddress("", "isis"));
  });
});

describe("a day", () => {
  it("has its year where that is another than this", () => {
    const calendar = new Calendar("Europe/London");
    const year = new Date().getUTCFullYear();
    expect(calendar.day(`${year}-06-15T12:00:00Z`)).toMatch(/^[A-Z][a-z]{2} 15 Jun$/);
    expect(calendar.dayAndClock("2020-11-27T16:40:00Z")).toBe("Fri 27 Nov 2020 16:40");
  });
});

describe("the latest day", () => {
  it.each([
    ["Europe/London", "2026-11-29T00:41:00Z", "2026-11-28"],
    ["Europe/London", "2026-11-29T01:00:00Z", "2026-11-29"],
    ["Europe/London", "2026-07-31T23:30:00Z", "2026-07-31"],
    ["Europe/London", "2026-08-01T00:00:00Z", "2026-08-01"],
    ["Asia/Kolkata", "2026-11-28T18:45:00Z", "2026-11-28"],
    ["Asia/Kolkata", "2026-11-28T19:00:00Z", "2026-11-29"],
  ])("in %s at %s is %s, of which an hour is over", (zone, now, day) =>
    expect(new Calendar(zone).latestDay(Date.parse(now))).toBe(day),
  );
});
