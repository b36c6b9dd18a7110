import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { searchable } from "./query.js";
import type { WorkspaceView } from "./view.js";
import type { WorkspaceViews } from "./views.js";

/** What a workspace is called and found by. It stays the same from look to look, while the numbers grow. */
class RowNames {
  readonly #session: WorkspaceSession;
  readonly #views: WorkspaceViews;
  #standIn: string | undefined;
  #openText: string | undefined;
  #ownText: string | undefined;

  constructor(session: WorkspaceSession, views: WorkspaceViews) {
    this.#session = session;
    this.#views = views;
  }

  get standIn(): string {
    this.#standIn ??= this.#views.standIn(this.#session.id);
    return this.#standIn;
  }

  /** Whether a text is in what everybody sees. */
  hasOpen(text: string): boolean {
    const { machine, project } = this.#session;
    this.#openText ??= textOf([machine, project]);
    return this.#openText.includes(text);
  }

  /** Whether a text is in what only some see. */
  hasOwn(text: string): boolean {
    const { user, group, instance } = this.#session;
    this.#ownText ??= textOf([user, group, instance]);
    return this.#ownText.includes(text);
  }
}

function textOf(names: readonly (string | null)[]): string {
  return searchable(names.join("\n"));
}

/** A workspace as it was found at one look at the store. */
export class WorkspaceRow {
  readonly session: WorkspaceSession;
  readonly #views: WorkspaceViews;
  readonly #names: RowNames;

  /** @param before The same workspace as it was found the last time. */
  constructor(session: WorkspaceSession, views: WorkspaceViews, before?: WorkspaceRow) {
    this.session = session;
    this.#views = views;
    const isNamedSo = before !== undefined && NAMES.every((name) => before.session[name] === session[name]);
    this.#names = isNamedSo ? before.#names : new RowNames(session, views);
  }

  /** The id by which a viewer knows it. */
  id(isShown: boolean): string {
    return isShown ? this.session.id : this.#names.standIn;
  }

  /** Whether a text that is {@link searchable} is in what a viewer sees of it. */
  has(text: string, isShown: boolean): boolean {
    return this.#names.hasOpen(text) || (isShown && this.#names.hasOwn(text));
  }

  view(isShown: boolean, isMine: boolean): WorkspaceView {
    return this.#views.view(this.session, { id: this.id(isShown), isShown, isMine });
  }
}

const NAMES = ["id", "machine", "project", "group", "user", "instance"] as const;
const NUMBERS = ["countedUntil", "startedAt", ...SESSION_QUANTITIES] as const;

/** Whether two states of a session look the same to every viewer. */
export function looksTheSame(before: WorkspaceSession, after: WorkspaceSession): boolean {
  const isSame = (name: (typeof NAMES)[number] | (typeof NUMBERS)[number]): boolean =>
    before[name] === after[name];
  return NUMBERS.every(isSame) && NAMES.every(isSame);
}
