import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pendingIn, sumOf } from "../test/support/workspace-lab.js";
import { Tally, type TortureOptions, type TortureResult } from "./campaign.js";
import { differenceIn } from "./contents.js";
import { workspacesBesideFlaps } from "./flapping-workspaces.js";
import { randomNumbers } from "./random-numbers.js";
import { type Tracked, track } from "./tracked.js";

/** A command runs in real time, so it is tried once in so many times. */
const COMMAND_EVERY = 10;
/** The load over a gap is not quite that of its minutes one by one. */
const BLUR = 0.02;
const ROUNDING = 1e-9;
/** Coverage from which an hour is whole; the tracker's default. */
const WHOLE = 0.99;

/**
 * Lets a tracker follow hosts with hostile names beside a Prometheus and a grid that go up and down, in a folder and in
 * SQLite by turns, and judges it by one that nobody disturbed; and now and then `ada-carbon workspaces --sleep`.
 */
export async function trackerBesideFlaps({ seed, count, signal }: TortureOptions): Promise<TortureResult[]> {
  const root = await mkdtemp(join(tmpdir(), "ada-carbon-flapping-"));
  const tally = new Tally();
  try {
    const undisturbed = await track(join(root, "undisturbed"));
    for (let i = 0; i < count && signal?.aborted !== true; i++) {
      const store = join(root, `store${i}`);
      const tracked = await track(i % 2 === 0 ? store : `sqlite:${store}`, randomNumbers(seed + i));
      const wrong = wrongIn(tracked, undisturbed);
      tally.add("servers that go up and down, tracker", wrong && `tracker ${i}: ${wrong}`);
      await rm(store, { recursive: true, force: true });
      if (i % COMMAND_EVERY !== 0) continue;
      const wrongCommand = await workspacesBesideFlaps(store, randomNumbers(seed + i));
      tally.add("servers that go up and down, workspaces", wrongCommand && `command ${i}: ${wrongCommand}`);
      await rm(store, { recursive: true, force: true });
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return tally.results();
}

/**
 * What is wrong with what a tracker made of its polls, if anything: a session is lost, doubled, ended or renamed because
 * nobody could be asked; what polls reported is not what is stored; time or energy is missing that is not said to be
 * unknown, or was invented; an hour is not stored.
 */
export function wrongIn(tracked: Tracked, undisturbed: Tracked): string | undefined {
  const { reports, sessions, hours, misspoken } = tracked;
  if (misspoken[0] !== undefined) return misspoken[0];
  const difference =
    differenceIn(sessions.map(identityOf), undisturbed.sessions.map(identityOf), "sessions") ??
    differenceIn(standingsOf(tracked), standingsOf(undisturbed), "hours") ??
    differenceIn(sumOf(sessions), sumOf(reports), "the sum of sessions") ??
    differenceIn(kwhOf([...hours, pendingIn(sessions)]), kwhOf(reports), "kWh of hours");
  if (difference !== undefined) return difference;
  if (tracked.conservationError > ROUNDING) return `levels are ${tracked.conservationError} apart`;
  return wrongTimeIn(tracked, undisturbed);
}

function wrongTimeIn(tracked: Tracked, undisturbed: Tracked): string | undefined {
  const [seconds, allSeconds] = [hostSecondsOf(tracked), hostSecondsOf(undisturbed)];
  if (Math.abs(seconds.all - allSeconds.all) > 1)
    return `${seconds.all} s are counted or said to be unknown, of ${allSeconds.all}`;
  const [kwh, wholeKwh] = [kwhOf(tracked.reports), kwhOf(undisturbed.reports)];
  const mostLost = (seconds.missed - allSeconds.missed) * mostKwhASecond(undisturbed);
  if (kwh > wholeKwh * (1 + BLUR)) return `${kwh} kWh are counted, of ${wholeKwh}`;
  if (kwh < (wholeKwh - mostLost) * (1 - BLUR))
    return `${kwh} kWh are counted of ${wholeKwh}, with ${seconds.missed} s unknown`;
  return undefined;
}

function identityOf({
  id,
  instance,
  project,
  machine,
  user,
  ...session
}: Tracked["sessions"][number]): object {
  const { startedAt, endedAt, countedUntil } = session;
  return { id, instance, project, machine, user, startedAt, endedAt, countedUntil };
}

/** Of the two whole hours. One that was not seen whole, or has no carbon, is not stored as one that was and has. */
function standingsOf({ hours }: Tracked): object[] {
  return hours.slice(-2).map(({ hour, coverage, status, busyGco2eq }) => {
    const isProcessed = (coverage ?? 0) >= WHOLE && busyGco2eq !== null;
    return { hour, saysWhatIsMissing: isProcessed === (status === "processed") };
  });
}

/** Time of hosts that polls told of, and how much of it they could not count. */
function hostSecondsOf({ reports }: Tracked): { all: number; missed: number } {
  const sum = (name: "countedSeconds" | "unknownSeconds" | "untrackedSeconds"): number =>
    reports.reduce((total, report) => total + report[name], 0);
  const missed = sum("unknownSeconds") + sum("untrackedSeconds");
  return { all: sum("countedSeconds") + missed, missed };
}

function kwhOf(of: Parameters<typeof sumOf>[0]): number {
  const { busyKwh, idleKwh } = sumOf(of);
  return busyKwh + idleKwh;
}

function mostKwhASecond({ reports }: Tracked): number {
  const watts = reports.flatMap(({ workspaces }) => workspaces.map((workspace) => workspace.watts ?? 0));
  return Math.max(...watts) / 1000 / 3600;
}
