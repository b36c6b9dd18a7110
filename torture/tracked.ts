import { ADA, toRecords, type UsageRecord } from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { type PollReport, trackWorkspaces, type WorkspaceTracker } from "ada-carbon/workspaces";
import { isAdaCarbonError } from "../src/usage/errors.js";
import { conservationError, EVER } from "../test/support/workspace-lab.js";
import { type Down, HOSTILE_HOSTS, SERVERS, upOrDown } from "./flaps.js";
import { openPlace, type Stores } from "./open-place.js";

const MINUTE_MS = 60_000;
const FROM = Date.UTC(2025, 8, 10);
/** Two hours, and ten minutes in which the second is settled: both servers are there for these. */
const FLAPPING_MINUTES = 120;
const MINUTES = 130;
/** How likely it is in a minute that a server goes up or down, and that the tracker is started anew on its store. */
const TURNS = 0.4;
const RESTARTS = 0.1;
/** All hosts are of one site. */
export const SITES: { readonly lab: string[] } = { lab: HOSTILE_HOSTS.map(({ project }) => project) };

/** What a tracker reported and stored. */
export interface Tracked {
  readonly reports: readonly PollReport[];
  readonly sessions: Awaited<ReturnType<Stores["workspaces"]["sessions"]>>;
  /** Of `ada`. */
  readonly hours: readonly UsageRecord[];
  /** Between `ada` and the sums of any other kind of scope, relative. */
  readonly conservationError: number;
  /** What a poll said that it should not say. */
  readonly misspoken: readonly string[];
}

/**
 * Follows hosts with hostile names for two hours, minute by minute of a clock of its own. With random numbers, Prometheus
 * and the grid go up and down, and the tracker is started anew now and then.
 */
export async function track(place: string, random?: () => number): Promise<Tracked> {
  let now = FROM;
  const down: Down = {};
  const interval = { from: FROM, to: FROM + MINUTES * MINUTE_MS };
  await using server = await serveSimulation({
    cluster: simulateCluster({ interval, hosts: HOSTILE_HOSTS, events: "none" }),
    clock: () => now,
    faults: ({ path }) => (path.startsWith("/intensity-api") ? down.grid : down.prometheus),
  });
  let stores = await openPlace(place);
  let tracker = trackerOn(stores, server, () => now);
  const reports: PollReport[] = [];
  const misspoken: string[] = [];
  for (let minute = 0; minute <= MINUTES; minute++) {
    now = FROM + minute * MINUTE_MS;
    for (const name of SERVERS) {
      if (random === undefined || minute > FLAPPING_MINUTES) down[name] = undefined;
      else if (random() < TURNS) down[name] = upOrDown(random);
    }
    if (random !== undefined && random() < RESTARTS) {
      await stores.close();
      stores = await openPlace(place);
      tracker = trackerOn(stores, server, () => now);
    }
    const outcome = await tracker.poll().catch((error: unknown) => ({ error }));
    if ("error" in outcome) misspoken.push(...faultsOfError(outcome.error, down));
    else {
      reports.push(outcome);
      misspoken.push(...outcome.warnings.filter((warning) => warning.includes("\n")));
    }
  }
  const tracked = {
    ...{ reports, misspoken },
    sessions: await stores.workspaces.sessions("lab", EVER),
    hours: toRecords(await stores.usage.read(ADA, EVER)),
    conservationError: await conservationError(stores.usage),
  };
  await stores.close();
  return tracked;
}

/** A poll may fail for a Prometheus that is down, and in one line. */
function faultsOfError(error: unknown, down: Down): string[] {
  if (!isAdaCarbonError(error) || error.message.includes("\n"))
    return [error instanceof Error ? `${error.stack}` : String(error)];
  return down.prometheus === undefined ? [`while Prometheus was there: ${error.message}`] : [];
}

function trackerOn(stores: Stores, server: SimulationServer, clock: () => number): WorkspaceTracker {
  return trackWorkspaces({
    // Not asked again within a poll: the next poll is that.
    hosts: prometheusHostSource({ url: server.prometheusUrl, sites: SITES, retries: 0 }),
    intensity: gbCarbonIntensity({ url: server.intensityUrl, retries: 0, clock }),
    ...{ store: stores.workspaces, usage: stores.usage, averages: stores.averages },
    clock,
  });
}
