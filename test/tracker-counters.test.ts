import { workspaceModel } from "ada-carbon";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { type PollReport, trackWorkspaces } from "ada-carbon/workspaces";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostsSeen } from "../src/usage/host-source.js";
import { requirePrometheus, startPrometheus } from "./servers/prometheus.js";
import { requireVictoriaMetrics, startVictoriaMetrics } from "./servers/victoria-metrics.js";
import { DAY, importInto, MINUTE, openMetricsOf, serveTargets, type Target } from "./support/counter-lab.js";

// The tracker where counters fall, stand still, begin anew or are there twice. Every poll must say what the other
// samples say, or nothing and why: a busy host is never idle because of a counter.

const FROM = Date.UTC(2025, 8, 10, 1);
const TO = FROM + 30 * MINUTE;
/** When it happens: at a scrape of every target with the usual phase. */
const THEN = FROM + 15 * MINUTE + 7000;

/** No two machines boot at the same second. */
const someSecond = (name: string): number =>
  [...name].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 86_400, 0);

const host = (instance: string, of: Partial<Target>): Target => ({
  instance,
  project: "IDAaaS",
  cpus: 4,
  bootedAt: FROM - 30 * DAY - someSecond(instance) * 1000,
  from: FROM - 10 * MINUTE,
  to: TO,
  modes: { user: 0.5, idle: 0.5 },
  ...of,
});
const BUSY = { user: 0.8, system: 0.1, idle: 0.1 };

interface Situation {
  readonly targets: readonly Target[];
  readonly idle: number;
  readonly cores: number;
  /** How often, of the polls from ten minutes before to ten after, nothing may be known. */
  readonly unknownPolls: number;
}

const fall =
  (mode: string, cpu: number, seconds: number): NonNullable<Target["counter"]> =>
  (value, at) =>
    at.mode === mode && at.cpu === cpu && at.time >= THEN ? value - seconds : value;

const SITUATIONS: Record<string, Situation> = {
  "1: idle of one CPU falls by 0.02 s": {
    // It would have grown by 6 s.
    targets: [host("case-1:9100", { modes: BUSY, counter: fall("idle", 1, 6.02) })],
    ...{ idle: 0.1, cores: 4, unknownPolls: 0 },
  },
  "1: and the scrape after it is as if nothing had been": {
    targets: [
      host("case-1b:9100", {
        modes: BUSY,
        counter: (value, at) =>
          at.mode === "idle" && at.cpu === 1 && at.time === THEN ? value - 6.02 : value,
      }),
    ],
    ...{ idle: 0.1, cores: 4, unknownPolls: 0 },
  },
  "2: iowait of one CPU falls by 20 s": {
    targets: [
      host("case-2:9100", {
        modes: { user: 0.4, iowait: 0.1, idle: 0.5 },
        counter: fall("iowait", 0, 20),
      }),
    ],
    ...{ idle: 0.5, cores: 4, unknownPolls: 0 },
  },
  "3: every counter is 70 s lower and goes on": {
    targets: [
      host("case-3:9100", {
        modes: { user: 0.7, system: 0.1, idle: 0.2 },
        counter: (value, { time }) => (time >= THEN ? value - 70 : value),
      }),
    ],
    ...{ idle: 0.2, cores: 4, unknownPolls: 3 },
  },
  "4: one scrape says 0 for everything": {
    targets: [
      host("case-4:9100", {
        modes: { user: 0.25, system: 0.05, idle: 0.7 },
        counter: (value, { time }) => (time === THEN ? 0 : value),
      }),
    ],
    ...{ idle: 0.7, cores: 4, unknownPolls: 3 },
  },
  "5: steal that stands at 250 s falls by 0.02 s": {
    targets: [
      host("case-5:9100", {
        modes: { user: 0.02, steal: 0, idle: 0.98 },
        counter: (value, { mode, time }) => (mode === "steal" ? (time >= THEN ? 249.98 : 250) : value),
      }),
    ],
    ...{ idle: 0.98, cores: 4, unknownPolls: 0 },
  },
  "17: four of eight CPUs stand still": {
    targets: [
      host("case-17:9100", {
        cpus: 8,
        modes: BUSY,
        counter: (value, { cpu }) => (cpu < 4 ? value : 1000),
      }),
    ],
    ...{ idle: 0.1, cores: 4, unknownPolls: 0 },
  },
  "17: half of 64 CPUs stand still": {
    targets: [
      host("case-17b:9100", {
        cpus: 64,
        modes: BUSY,
        counter: (value, { cpu }) => (cpu % 2 === 0 ? value : 1000),
      }),
    ],
    ...{ idle: 0.1, cores: 32, unknownPolls: 0 },
  },
  "two jobs scrape one host": {
    targets: [
      host("twice:9100", { modes: BUSY }),
      host("twice:9100", { modes: BUSY, user: "bjorn", phaseMs: 37_000 }),
    ],
    ...{ idle: 0.1, cores: 4, unknownPolls: 0 },
  },
};

const REBOOT = FROM + 14 * MINUTE;
const OTHERS: readonly Target[] = [
  // 17: from two CPUs to four.
  host("plugged:9100", {
    modes: BUSY,
    counter: (value, { cpu, mode, time }) => {
      if (cpu < 2) return value;
      const share = BUSY[mode as keyof typeof BUSY];
      return time < THEN ? undefined : ((time - THEN) / 1000) * share;
    },
  }),
  host("reboots:9100", { bootedAt: FROM - DAY, modes: { user: 0.1, idle: 0.9 }, to: REBOOT - MINUTE }),
  host("reboots:9100", { bootedAt: REBOOT, from: REBOOT + 20_000, modes: BUSY }),
  host("handed-over:9100", { to: THEN - MINUTE }),
  host("handed-over:9100", { from: THEN, user: "bjorn" }),
  host("stands:9100", { counter: (value, { time }) => (time < THEN ? value : 5000) }),
  host("clock:9100", { modes: BUSY, boot: (time) => (time < THEN ? FROM - DAY : THEN - 1000) }),
];

const TWINS: readonly Target[] = [
  // 14: under two projects at once, scraped at two moments.
  host("two-projects:9100", { modes: BUSY }),
  host("two-projects:9100", { modes: BUSY, project: "CDAaaS", phaseMs: 41_000 }),
  // 13: another machine with an address that is used twice.
  host("10.0.0.7:9100", { modes: BUSY }),
  host("10.0.0.7:9100", { modes: BUSY, project: "CDAaaS", bootedAt: FROM - 3 * DAY, cpus: 2 }),
  // 15: under two addresses.
  host("first-address:9100", { bootedAt: FROM - 5 * DAY, modes: { user: 0.31, idle: 0.69 } }),
  host("second-address:9100", {
    ...{ bootedAt: FROM - 5 * DAY, modes: { user: 0.31, idle: 0.69 }, phaseMs: 22_000 },
  }),
  // Booted at the same second as those, and as large, but another machine.
  host("other:9100", { bootedAt: FROM - 5 * DAY, modes: { user: 0.32, idle: 0.68 } }),
];

const ALL = [...Object.values(SITUATIONS).flatMap(({ targets }) => targets), ...OTHERS, ...TWINS];

const SERVERS: Record<
  string,
  { wanted: () => boolean; start: () => Promise<{ url: string; stop: () => Promise<void> }> }
> = {
  "the simulated Prometheus": {
    wanted: () => true,
    start: async () => {
      const { url, close } = await serveTargets(ALL);
      return { url, stop: close };
    },
  },
  "a real Prometheus": {
    wanted: requirePrometheus,
    start: () => startPrometheus({ openmetrics: openMetricsOf(ALL) }),
  },
  "a real VictoriaMetrics": {
    wanted: requireVictoriaMetrics,
    start: async () => {
      const server = await startVictoriaMetrics();
      await importInto(server.url, ALL);
      return server;
    },
  },
};

for (const [name, { wanted, start }] of Object.entries(SERVERS)) {
  describe.runIf(wanted())(`the hosts of ${name}`, { timeout: 120_000 }, () => {
    let url = "";
    let stop = async (): Promise<void> => {};
    /** What each poll saw, every 20 seconds from ten minutes before to ten minutes after it happened. */
    const polls: { readonly at: number; readonly seen: HostsSeen }[] = [];
    let requests = 0;

    beforeAll(async () => {
      ({ url, stop } = await start());
      const counting: typeof fetch = (input, init) => {
        requests += 1;
        return fetch(input, init);
      };
      const source = prometheusHostSource({ url, fetch: counting });
      for (let at = THEN - 10 * MINUTE + 3000; at <= THEN + 10 * MINUTE; at += 20_000)
        polls.push({ at, seen: await source.activeHosts(["isis", "clf"], { now: at }) });
    }, 120_000);
    afterAll(() => stop());

    const of = (instance: string, project = "IDAaaS") =>
      polls.flatMap(({ at, seen }) => {
        const found = seen.hosts.filter((one) => one.instance === instance && one.project === project);
        return found.map((one) => ({ at, ...one, findings: seen.findings }));
      });

    it("take two or three requests a poll", () => {
      expect(requests).toBeLessThanOrEqual(3 * polls.length);
      expect(polls.every(({ seen }) => seen.warnings.length === 0)).toBe(true);
    });

    it.each(Object.entries(SITUATIONS))("%s", (_, { targets, idle, cores, unknownPolls }) => {
      const instance = targets[0]?.instance ?? "";
      const seen = of(instance);
      expect(seen).toHaveLength(polls.length);
      const known = seen.filter(({ idleFraction }) => idleFraction !== null);
      expect(seen.length - known.length).toBeLessThanOrEqual(3 * unknownPolls);
      for (const poll of known) {
        expect(Math.abs((poll.idleFraction ?? 0) - idle), `${poll.at - THEN}`).toBeLessThan(0.01);
        expect(poll.cores, `${poll.at - THEN}`).toBe(cores);
      }
      for (const { idleFraction, findings } of seen)
        if (idleFraction === null) expect(findings).toContainEqual(expect.stringContaining(instance));
    });

    it("under two users at once are one, always the same one's, with a finding that names both", () => {
      const seen = of("twice:9100").slice(5);
      expect(new Set(seen.map(({ user }) => user))).toEqual(new Set(["amara"]));
      for (const { findings } of seen)
        expect(findings).toContainEqual(expect.stringMatching(/twice:9100 .*amara.*bjorn.*counted once/));
    });

    it("whose user changes have the new one at once, and no finding", () => {
      for (const { at, user, findings } of of("handed-over:9100")) {
        expect(user).toBe(at < THEN ? "amara" : "bjorn");
        expect(findings.join()).not.toContain("handed-over");
      }
    });

    it("17: from two CPUs to four: as many as tick", () => {
      const seen = of("plugged:9100");
      for (const { at, cores, idleFraction } of seen) {
        expect(idleFraction).toBeCloseTo(0.1, 2);
        if (at < THEN) expect(cores).toBe(2);
        if (at > THEN + 2 * MINUTE) expect(cores).toBe(4);
      }
    });

    it("that have rebooted are measured by their counters since then", () => {
      const after = of("reboots:9100").filter(({ at }) => at > REBOOT + 80_000);
      expect(after.length).toBeGreaterThan(20);
      for (const { bootedAt, idleFraction, cores } of after) {
        expect(bootedAt).toBe(REBOOT);
        expect(idleFraction).toBeCloseTo(0.1, 2);
        expect(cores).toBe(4);
      }
    });

    it("whose counters all stand still have no load, and a finding says so", () => {
      const after = of("stands:9100").filter(({ at }) => at > THEN + 12 * MINUTE - 5 * MINUTE);
      for (const { idleFraction, findings } of after) {
        expect(idleFraction).toBeNull();
        expect(findings).toContainEqual(expect.stringMatching(/stands:9100/));
      }
    });

    it("whose clock was set, so that they seem to have booted, are not idle", () => {
      for (const { idleFraction } of of("clock:9100"))
        if (idleFraction !== null) expect(idleFraction).toBeCloseTo(0.1, 2);
    });

    it("14: under two projects at once are one, with a finding that names both", () => {
      for (const { seen } of polls) {
        const found = seen.hosts.filter(({ instance }) => instance === "two-projects:9100");
        expect(found.map(({ project }) => project)).toEqual(["CDAaaS"]);
        const finding = seen.findings.find((one) => one.includes("two-projects:9100"));
        expect(finding).toMatch(/CDAaaS/);
        expect(finding).toMatch(/IDAaaS/);
        expect(finding).toMatch(/counted once/);
      }
    });

    it("13: that have one address and are two stay two", () => {
      expect(of("10.0.0.7:9100")).toHaveLength(polls.length);
      expect(of("10.0.0.7:9100", "CDAaaS").map(({ cores }) => cores)).toEqual(polls.map(() => 2));
      for (const { seen } of polls) expect(seen.findings.join()).not.toContain("10.0.0.7");
    });

    it("15: under two addresses are one, with a finding that names both, and no other machine", () => {
      for (const { seen } of polls) {
        const finding = seen.findings.find((one) => one.includes("first-address:9100"));
        expect(finding).toMatch(/second-address:9100.*counted once, as first-address:9100/);
        expect(seen.findings.join()).not.toContain("other:9100");
      }
      expect(of("first-address:9100")).toHaveLength(polls.length);
      expect(of("second-address:9100")).toEqual([]);
      expect(of("other:9100")).toHaveLength(polls.length);
    });

    it("21: are counted by the tracker at what they used, or not at all", async () => {
      let now = THEN - 8 * MINUTE;
      const model = workspaceModel({ cpuTdpW: 12, ramW: 0, otherW: 0 });
      const tracker = trackWorkspaces({
        hosts: prometheusHostSource({ url }),
        store: memoryWorkspaceStore(),
        intensity: { id: "none", hasActual: false, periods: async () => [] },
        model,
        clock: () => now,
      });
      const reports: PollReport[] = [];
      for (; now <= THEN + 8 * MINUTE; now += MINUTE) reports.push(await tracker.poll());
      for (const { targets, idle, cores } of Object.values(SITUATIONS)) {
        const of = (report: PollReport | undefined) =>
          report?.workspaces.find(({ session }) => session.instance === targets[0]?.instance)?.session;
        const [first, last] = [of(reports[0]), of(reports.at(-1))];
        const hours = ((last?.countedUntil ?? 0) - (first?.countedUntil ?? 0)) / 3_600_000;
        const kwh = (cores * 12 * (1 - idle) * hours) / 1000;
        const counted = (last?.busyKwh ?? 0) + (last?.idleKwh ?? 0);
        expect(hours).toBeGreaterThan(0.2);
        expect(counted / kwh, targets[0]?.instance).toBeCloseTo(1, 2);
        expect(last?.unknownSeconds).toBe(first?.unknownSeconds);
      }
    });
  });
}
