import { formatInstant } from "../../usage/hour.js";
import { remembered } from "../../usage/remembered.js";
import type { WorkspacesReply } from "../workspaces/reply.js";
import type { ListedRow, Selection, Snapshot } from "../workspaces/snapshot.js";
import { type ChangesEvent, eventText } from "./events.js";
import type { SharedText } from "./gzip.js";

/** What a snapshot says of a site, beside its rows. */
type SiteFacts = Pick<WorkspacesReply, "site" | "simulated" | "models" | "offset">;

/**
 * What some viewers have on their screens: one object for all who see the same. The event that leads to it from
 * what they had before is made once.
 */
export class ShownList {
  readonly id: string;
  /** The version of the snapshot that it was taken from. */
  readonly version: number;
  readonly #facts: SiteFacts;
  readonly #at: string;
  readonly #sums: Pick<Snapshot, "totals" | "now">;
  readonly #count: number;
  readonly #rows: ReadonlyMap<string, ListedRow>;
  /** Weak: the text of a long list is kept no longer than somebody has still to be sent it. */
  #whole: WeakRef<SharedText> | undefined;
  /** Weak: what nobody has on the screen any more is forgotten. */
  readonly #changes = new WeakMap<ShownList, SharedText>();

  constructor(
    id: string,
    facts: SiteFacts,
    { version, at, totals, now }: Snapshot,
    { count, rows }: Selection,
  ) {
    this.id = id;
    this.version = version;
    this.#facts = facts;
    this.#at = formatInstant(at);
    this.#sums = { totals, now };
    this.#count = count;
    this.#rows = new Map(rows.map((listed) => [listed.row.id(listed.isShown), listed]));
  }

  /** How many workspaces are in it. */
  get length(): number {
    return this.#rows.size;
  }

  /** The event for a viewer that has nothing yet. */
  whole(): SharedText {
    const known = this.#whole?.deref();
    const text = known ?? this.#wholeText();
    if (known === undefined) this.#whole = new WeakRef(text);
    return text;
  }

  /** The event for a viewer that has an older list. */
  changesSince(before: ShownList): SharedText {
    return remembered(this.#changes, before, () => this.#changesText(before));
  }

  #wholeText(): SharedText {
    const workspaces = [...this.#rows.values()].map(({ row, isShown, isMine }) => row.view(isShown, isMine));
    const data: WorkspacesReply = {
      ...{ ...this.#facts, at: this.#at, count: this.#count, workspaces, ...this.#sums },
    };
    return eventText("workspaces", { id: this.id, data });
  }

  #changesText(before: ShownList): SharedText {
    const changed = [...this.#rows].filter(([id, { row }]) => before.#rows.get(id)?.row !== row);
    const data: ChangesEvent = {
      at: this.#at,
      count: this.#count,
      changed: changed.map(([, { row, isShown, isMine }]) => row.view(isShown, isMine)),
      gone: [...before.#rows.keys()].filter((id) => !this.#rows.has(id)),
      ...this.#sums,
    };
    return eventText("changes", { id: this.id, data });
  }
}
