import type { WorkspaceSession } from "../stores/workspace-store.js";
import { type CountRules, counted, loadOf, withUnknown } from "./count.js";
import { latest, type Matched, SessionsByHost } from "./match.js";
import { closed, emptied, openSession } from "./open-session.js";
import type { OwnedSample } from "./owner.js";
import { type LiveWorkspace, PollTally, type SitePoll } from "./report.js";

export interface SiteRules extends CountRules {
  /** Sessions of absent hosts that were last seen before this instant are over. */
  readonly goneBefore: number;
}

export interface SitePlan {
  readonly poll: SitePoll;
  /** Sessions that are new or have changed. */
  readonly changed: readonly WorkspaceSession[];
  readonly workspaces: readonly LiveWorkspace[];
}

/** One poll of one site: what becomes of its sessions. `past` are sessions of the site that have ended. */
export function planSite(
  site: string,
  matched: Matched,
  past: readonly WorkspaceSession[],
  rules: SiteRules,
): SitePlan {
  const tally = new PollTally();
  const changed: WorkspaceSession[] = [];
  const workspaces: LiveWorkspace[] = [];
  const follow = (session: WorkspaceSession, sample: OwnedSample, isNew: boolean): void => {
    const after = withNames(counted(session, sample, rules, tally), sample);
    if (isNew || after !== session) changed.push(after);
    workspaces.push(live(after, sample, rules));
  };

  for (const { session, sample } of matched.going) follow(session, sample, false);

  const pastByHost = new SessionsByHost(past);
  for (const { sample, instead } of matched.opening) {
    const earlier = instead ?? latest(pastByHost.take(sample.project, sample.instance));
    const before = earlier && { session: earlier, justClosed: instead !== undefined };
    const { session, resumed, untrackedMs, unknownFrom } = openSession(sample, before, rules.maxElapsedMs);
    tally.add(resumed ? "resumed" : "opened", 1);
    tally.add(before === undefined ? "untrackedSeconds" : "unknownSeconds", untrackedMs / 1000);
    const unknown = { from: unknownFrom, to: session.countedUntil };
    const isKnown = unknown.from >= unknown.to;
    follow(isKnown ? session : withUnknown(session, sample, [unknown], rules), sample, true);
  }

  const gone = matched.absent.filter(({ countedUntil }) => countedUntil < rules.goneBefore);
  for (const session of [...matched.ending, ...gone]) changed.push(closed(session));
  for (const session of matched.doubled) changed.push(emptied(session));
  tally.add("closed", matched.ending.length + gone.length + matched.doubled.length);

  const waiting = matched.absent.filter(({ countedUntil }) => !(countedUntil < rules.goneBefore));
  for (const session of waiting) workspaces.push({ session, watts: null, idleFraction: null, seen: false });
  tally.add("absent", waiting.length);
  tally.add("hosts", matched.going.length + matched.opening.length);
  workspaces.sort((a, b) => a.session.startedAt - b.session.startedAt);
  return { poll: { site, ...tally.totals }, changed, workspaces };
}

/** What a session's host is called may become known, or be corrected; whose it is stays. */
function withNames(
  session: WorkspaceSession,
  { project, machine, user, group }: OwnedSample,
): WorkspaceSession {
  const named = machine ?? session.machine;
  const same = session.project === project && session.user === user && session.group === group;
  return same && session.machine === named ? session : { ...session, project, user, group, machine: named };
}

function live(session: WorkspaceSession, sample: OwnedSample, { model }: SiteRules): LiveWorkspace {
  const load = loadOf(sample);
  return {
    session,
    watts: load === null ? null : model.watts(load),
    idleFraction: sample.idleFraction,
    seen: true,
  };
}
