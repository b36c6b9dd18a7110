import { remembered } from "../../usage/remembered.js";

/** The labels under which a host was seen, apart from those that it is known by. */
export interface Naming {
  readonly machine: string | null;
  readonly user: string | null;
  /** When it was last scraped under these labels, Unix seconds. */
  readonly seen: number;
}

interface Tracked extends Naming {
  /** The scrape at which these labels were first met. */
  readonly firstSeen: number;
}

/**
 * Hosts that are there under several machine names or users. Where labels have just changed, the old ones stay for a
 * while, and the host is as it was scraped last. Where a host was scraped under the old ones again after the new ones
 * had come, it is a target twice: it is one host all the same, with the labels that are first by the alphabet, so
 * that it does not change hands at every poll.
 */
export class HostNamings {
  readonly #namings = new Map<string, Map<string, Tracked>>();
  readonly #earlier: ReadonlyMap<string, ReadonlyMap<string, Tracked>> | undefined;

  /** @param before Those of the poll before. */
  constructor(before?: HostNamings) {
    this.#earlier = before === undefined ? undefined : before.#namings;
  }

  /** Namings of one host in one poll. */
  add(host: string, namings: readonly Naming[]): void {
    const known = remembered(this.#namings, host, () => new Map());
    const before = this.#earlier?.get(host);
    for (const naming of namings) {
      const key = JSON.stringify([naming.machine, naming.user]);
      known.set(key, { ...naming, firstSeen: before?.get(key)?.firstSeen ?? naming.seen });
    }
  }

  /** The namings that a host has at once, the one that counts first; none where it has only one. */
  atOnce(host: string): readonly Naming[] {
    const namings = [...(this.#namings.get(host)?.values() ?? [])];
    const stays = namings.filter((naming) =>
      namings.every((other) => naming === other || naming.seen > other.firstSeen),
    );
    return stays.length < 2 ? [] : stays.sort(byText);
  }
}

function byText(a: Naming, b: Naming): number {
  const [x, y] = [a, b].map(({ machine, user }) => JSON.stringify([user, machine]));
  return (x ?? "") < (y ?? "") ? -1 : 1;
}
