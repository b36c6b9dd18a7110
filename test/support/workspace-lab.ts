import { ADA, parseScope, QUANTITIES, toRecords, type UsageRecord, workspaceModel } from "ada-carbon";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import {
  type PollReport,
  type TrackOptions,
  trackWorkspaces,
  type WorkspaceTracker,
} from "ada-carbon/workspaces";
import type { IntensityPeriod } from "../../src/intensity/port.js";
import type { WorkspaceModel } from "../../src/power/workspace-model.js";
import type { AverageStore } from "../../src/stores/average-store.js";
import type { UsageStore } from "../../src/stores/usage-store.js";
import type { WorkspaceSession, WorkspaceStore } from "../../src/stores/workspace-store.js";
import type { HostCallOptions, HostSample } from "../../src/usage/host-source.js";

export const T: number = Date.UTC(2025, 8, 10, 12);
export const MINUTE: number = 60_000;
export const HOUR: number = 60 * MINUTE;
export const EVER: { from: number; to: number } = { from: 0, to: T + 1000 * HOUR };
/** 100 W, so that a minute is 100/60 Wh; half of it busy. */
export const MODEL: WorkspaceModel = workspaceModel({ cpuTdpW: 0, ramW: 0, otherW: 100 });
export const KWH_A_MINUTE: number = 0.1 / 60;

/** Hosts, grid and clock that a test sets as it goes. Every host is scraped the moment it is asked for. */
export class Lab {
  now: number = T;
  hosts: Partial<HostSample>[] = [{}];
  warnings: string[] = [];
  watching: boolean = true;
  fails: Error | undefined;
  grid: () => Promise<IntensityPeriod[]> = async () => [
    {
      from: this.now - HOUR,
      to: this.now + 24 * HOUR,
      gco2eqPerKwh: 200,
      kind: "forecast",
      fetchedAt: this.now,
    },
  ];
  asked: HostCallOptions[] = [];
  store: WorkspaceStore = memoryWorkspaceStore();
  usage: UsageStore = memoryUsageStore();
  averages: AverageStore = memoryAverageStore();

  tracker(options: Partial<TrackOptions> = {}): WorkspaceTracker {
    return trackWorkspaces({
      hosts: {
        where: "a lab",
        sites: ["isis", "clf"],
        activeHosts: async (_sites, call) => {
          this.asked.push(call);
          if (this.fails !== undefined) throw this.fails;
          const hosts = await this.seen();
          return { hosts, watching: this.watching, warnings: this.warnings, findings: [] };
        },
      },
      store: this.store,
      intensity: { id: "grid", hasActual: true, periods: async () => this.grid() },
      model: MODEL,
      clock: () => this.now,
      ...options,
    });
  }

  /** The hosts as their source gives them. */
  async seen(): Promise<HostSample[]> {
    return this.hosts.map((host) => ({ ...HOST, seenAt: this.now, ...host }));
  }

  /** One that also stores hours. */
  hourly(options: Partial<TrackOptions> = {}): WorkspaceTracker {
    return this.tracker({ usage: this.usage, averages: this.averages, ...options });
  }

  /** The stored rows of a scope, such as `ada` or `user:amara`. */
  async rows(scope: string): Promise<UsageRecord[]> {
    return toRecords(await this.usage.read(parseScope(scope), EVER));
  }

  async sessions(): Promise<WorkspaceSession[]> {
    return this.store.sessions("isis", EVER);
  }

  async only(): Promise<WorkspaceSession> {
    const sessions = await this.sessions();
    const [session] = sessions;
    if (session === undefined || sessions.length !== 1) throw new Error(`${sessions.length} sessions`);
    return session;
  }
}

export const HOST: Omit<HostSample, "seenAt"> = {
  site: "isis",
  instance: "a:9100",
  project: "IDAaaS",
  machine: "Muon",
  user: "amara",
  bootedAt: T - 3 * HOUR,
  cores: 4,
  idleFraction: 0.5,
  memoryActiveRatio: 0.5,
};

export const kwh = ({ busyKwh, idleKwh }: { busyKwh: number; idleKwh: number }): number => busyKwh + idleKwh;

/** Polls at these times, minutes after T. */
export async function pollAt(
  lab: Lab,
  tracker: WorkspaceTracker,
  ...minutes: number[]
): Promise<PollReport[]> {
  const reports: PollReport[] = [];
  for (const minute of minutes) {
    lab.now = T + minute * MINUTE;
    reports.push(await tracker.poll());
  }
  return reports;
}

/** Minutes from one to another, ends included. */
export function minutes(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** Every kind of scope that a tracker stores, each of which sums to `ada`. */
export const PARTITIONS = ["project", "machine", "user", "group", "host"] as const;

/** The largest relative difference, over all hours and quantities, between `ada` and the sum over any kind. */
export async function conservationError(usage: UsageStore): Promise<number> {
  const ada = await usage.read(ADA, EVER);
  let worst = 0;
  for (const kind of PARTITIONS) {
    const parts = await Promise.all((await usage.scopes(kind)).map((scope) => usage.read(scope, EVER)));
    for (const name of QUANTITIES) {
      ada.hours.forEach((hour, i) => {
        const sum = parts.reduce((total, part) => total + (part[name][part.hours.indexOf(hour)] || 0), 0);
        const whole = ada[name][i] || 0;
        if (sum !== whole) worst = Math.max(worst, Math.abs(sum - whole) / Math.max(sum, whole));
      });
    }
  }
  return worst;
}

type Sums = Record<"busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq", number>;

/** What polls reported, or rows hold, in all. */
export function sumOf(of: readonly Readonly<Record<keyof Sums, number | null>>[]): Sums {
  const sums = { busyKwh: 0, idleKwh: 0, busyGco2eq: 0, idleGco2eq: 0 };
  for (const one of of) {
    for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const)
      sums[name] += one[name] ?? 0;
  }
  return sums;
}

/** What sessions still have that is not in rows. */
export function pendingIn(sessions: readonly WorkspaceSession[]): Sums {
  return sumOf(sessions.flatMap(({ hours = [] }) => hours.filter(({ stored }) => !stored)));
}

/** Whether two sums are the same to 1e-9. */
export function expectSame(actual: Sums, expected: Sums): void {
  for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const) {
    const off = Math.abs(actual[name] - expected[name]);
    if (off > 1e-9 * Math.max(actual[name], expected[name]))
      throw new Error(`${name} is ${actual[name]}, not ${expected[name]}`);
  }
}
