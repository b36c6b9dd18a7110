import type { WorkspaceSession } from "ada-carbon";
import {
  ADA,
  DAY_MS,
  emptySeries,
  type FinishedHour,
  finishedHours,
  HOUR_MS,
  type Scope,
  type UsageSeries,
} from "ada-carbon";
import { sqliteStores } from "ada-carbon/sqlite";
import { workspaceAfter, workspaceAtStart } from "../viewers/workspaces.js";

/** So many hosts are stored at a time. */
const STORED_AT_ONCE = 250;

/** A cloud in SQLite: hours of hosts and of who had them, and a live workspace of each host. */
export class StoredCloud {
  readonly #stores: ReturnType<typeof sqliteStores>;
  #sessions: WorkspaceSession[];
  #polls = 0;

  private constructor(stores: ReturnType<typeof sqliteStores>, sessions: WorkspaceSession[]) {
    this.#stores = stores;
    this.#sessions = sessions;
  }

  static async fill(file: string, workspaces: number, days: number): Promise<StoredCloud> {
    const stores = sqliteStores(file);
    await stores.usage.migrate();
    const now = Date.now();
    const hours = finishedHours({ from: now - days * DAY_MS, to: now }, now);
    const sessions = Array.from({ length: workspaces }, (_, n) => ({
      ...workspaceAtStart(n),
      startedAt: now - 5 * HOUR_MS,
      countedUntil: now - 60_000,
    }));
    for (let n = 0; n < workspaces; n += STORED_AT_ONCE)
      await stores.usage.replace(
        sessions.slice(n, n + STORED_AT_ONCE).flatMap((one) => ownHours(one, hours)),
      );
    await stores.usage.replace([
      use({ kind: "project", name: "IDAaaS" }, hours, workspaces),
      use(ADA, hours, workspaces),
    ]);
    const cloud = new StoredCloud(stores, sessions);
    await cloud.poll();
    return cloud;
  }

  /** Another minute of every workspace is measured. */
  async poll(): Promise<void> {
    this.#polls++;
    this.#sessions = this.#sessions.map((session) => ({
      ...workspaceAfter(session, this.#polls),
      countedUntil: Date.now(),
    }));
    await this.#stores.workspaces.save(this.#sessions);
  }

  async close(): Promise<void> {
    await this.#stores.close();
  }
}

function ownHours(
  { instance, machine, user, group }: WorkspaceSession,
  hours: readonly FinishedHour[],
): UsageSeries[] {
  const owner = { project: "IDAaaS", machine: machine ?? "", user: user ?? "", group: group ?? "" };
  const host = {
    ...{ project: "IDAaaS", machine, user, expectedCpuSeconds: 14_400, up: null, by: "labels" },
    owners: [{ ...owner, experiment: "unattributed", busyShare: 1, idleShare: 1 }],
  };
  return [
    use({ kind: "host", name: instance }, hours, 1, { host }),
    use({ kind: "user", name: owner.user }, hours, 1),
  ];
}

/** Hours of so many machines of four cores, a third of them busy. */
function use(scope: Scope, hours: readonly FinishedHour[], machines: number, more: object = {}): UsageSeries {
  const series = emptySeries(scope, hours, {
    library: "0.1.0",
    model: "per-core/1",
    intensity: null,
    ...more,
  });
  series.busyCpuSeconds.fill(4800 * machines);
  series.idleCpuSeconds.fill(9600 * machines);
  series.busyKwh.fill(0.016 * machines);
  series.idleKwh.fill(0.0027 * machines);
  series.busyGco2eq.fill(3.2 * machines);
  series.idleGco2eq.fill(0.54 * machines);
  series.gco2eqPerKwh.fill(200);
  series.coverage.fill(1);
  series.status.fill("processed");
  return series;
}
