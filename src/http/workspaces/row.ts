import { createHmac, randomBytes } from "node:crypto";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { formatInstant } from "../../usage/hour.js";
import { searchable } from "./query.js";
import type { WorkspaceView } from "./view.js";

/**
 * The ids that stand in for real ones, which the tracker makes from owners. They are worked out with a key of
 * this process, so that nothing has to be kept, and the same workspace has the same one in all replies.
 */
export class StandIns {
  readonly #key = randomBytes(32);

  of(id: string): string {
    return createHmac("sha256", this.#key).update(id).digest("base64url").slice(0, 22);
  }
}

/** A workspace as it was found at one look at the store. */
export class WorkspaceRow {
  readonly session: WorkspaceSession;
  readonly #standIns: StandIns;
  #standIn: string | undefined;
  #openText: string | undefined;
  #ownText: string | undefined;

  constructor(session: WorkspaceSession, standIns: StandIns) {
    this.session = session;
    this.#standIns = standIns;
  }

  /** The id by which a viewer knows it. */
  id(isShown: boolean): string {
    if (isShown) return this.session.id;
    this.#standIn ??= this.#standIns.of(this.session.id);
    return this.#standIn;
  }

  /** Whether a text that is {@link searchable} is in what a viewer sees of it. */
  has(text: string, isShown: boolean): boolean {
    const { machine, project, group, user, instance } = this.session;
    this.#openText ??= textOf([machine, project, group]);
    if (this.#openText.includes(text)) return true;
    if (!isShown) return false;
    this.#ownText ??= textOf([user, instance]);
    return this.#ownText.includes(text);
  }

  view(isShown: boolean): WorkspaceView {
    const { site, project, machine, group, startedAt, countedUntil } = this.session;
    const { runtimeSeconds, unknownSeconds, busyKwh, idleKwh } = this.session;
    const { busyGco2eq, idleGco2eq, kwhWithoutCarbon } = this.session;
    return {
      id: this.id(isShown),
      site,
      instance: isShown ? this.session.instance : null,
      project,
      machine,
      user: isShown ? this.session.user : null,
      group,
      ownerHidden: !isShown,
      startedAt: formatInstant(startedAt),
      countedUntil: formatInstant(countedUntil),
      ...{ runtimeSeconds, unknownSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq, kwhWithoutCarbon },
    };
  }
}

function textOf(names: readonly (string | null)[]): string {
  return searchable(names.join("\n"));
}

const VIEWED = [
  ...(["countedUntil", "busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq", "kwhWithoutCarbon"] as const),
  ...(["runtimeSeconds", "unknownSeconds", "startedAt", "machine", "project", "user", "group"] as const),
  "instance",
] as const satisfies readonly (keyof WorkspaceSession)[];

/** Whether two states of a session look the same to every viewer. */
export function looksTheSame(before: WorkspaceSession, after: WorkspaceSession): boolean {
  return VIEWED.every((name) => before[name] === after[name]);
}
