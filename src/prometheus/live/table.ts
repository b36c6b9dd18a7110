import type { HostSample } from "../../usage/host-source.js";
import { recordOf } from "../../usage/record-of.js";
import { remembered } from "../../usage/remembered.js";
import { FACT, type LabelNames } from "../client/queries.js";
import type { SampleSink } from "../client/vector-reader.js";
import type { FactSample } from "../replies/plain-entry.js";
import { EARLIEST_BOOT_MS } from "../scrapes/read-scrapes.js";
import { hostKey } from "./counters.js";
import type { CpuGain, HostLoad } from "./load.js";
import { HostNamings, type Naming } from "./namings.js";
import { HOST_FACTS, type HostFact, WATCHING } from "./queries.js";

interface HostKey {
  readonly project: string;
  readonly instance: string;
}

/** A host that is up, and what its counters gained. */
export interface TableHost extends CpuGain {
  readonly row: number;
  readonly project: string;
  readonly instance: string;
  /** UTC milliseconds. */
  readonly seenAt: number;
  readonly bootedAt: number | null;
}

/** What is not in the table of a sample. */
interface SampleFacts {
  readonly site: string;
  readonly load: HostLoad | undefined;
  readonly now: number;
}

/** Facts about hosts as they arrive, in any order: one column a fact, one row a host; NaN is not known. */
export class HostFactTable implements SampleSink {
  readonly #labels: LabelNames;
  readonly #rows = new Map<string, Map<string, number>>();
  readonly #keys: HostKey[] = [];
  #last = -1;
  #lastFact: HostFact = "seen";
  readonly #machines: (string | null)[] = [];
  readonly #users: (string | null)[] = [];
  readonly #namings: HostNamings;
  /** Rows with several namings in this poll. */
  readonly #named = new Set<number>();
  readonly #facts: Record<HostFact, number[]> = recordOf(HOST_FACTS, () => []);
  /** Series that were up and without an instance: there is no telling how many hosts they are. */
  nameless = 0;
  /** When any host was last scraped before the time of {@link WATCHING}, Unix seconds. */
  watchedUntil: number = Number.NEGATIVE_INFINITY;

  /** @param before The poll before: its hosts are most likely those of this one, and their names are kept. */
  constructor(labels: LabelNames, before?: HostFactTable) {
    this.#labels = labels;
    this.#namings = new HostNamings(before === undefined ? undefined : before.#namings);
    if (before !== undefined) this.#keepNames(before);
  }

  take(sample: FactSample): void {
    // Servers list the series of one fact after the other.
    const fact = sample.has(FACT, this.#lastFact) ? this.#lastFact : factOf(sample);
    if (fact !== undefined) {
      this.#lastFact = fact;
      this.#add(fact, sample);
    } else if (sample.has(FACT, WATCHING)) this.watchedUntil = sample.value;
  }

  #add(fact: HostFact, sample: FactSample): void {
    const { value } = sample;
    const row = this.#rowOf(sample);
    if (row === undefined) {
      if (fact === "seen") this.nameless += 1;
      return;
    }
    if (fact === "seen") {
      const machine = textIn(sample, this.#labels.machine, this.#machines[row]);
      const user = textIn(sample, this.#labels.user, this.#users[row]);
      const seen = this.#fact("seen", row);
      if (!Number.isNaN(seen)) this.#addNaming(row, { machine, user, seen: value });
      if (seen >= value) return;
      this.#machines[row] = machine;
      this.#users[row] = user;
    }
    this.#facts[fact][row] = value;
  }

  /** A host may be there twice: as it was and as it is, where its labels have just changed. */
  #addNaming(row: number, naming: Naming): void {
    const known = { machine: this.#machines[row] ?? null, user: this.#users[row] ?? null };
    const key = this.#keys[row];
    if (key === undefined) return;
    this.#namings.add(hostKey(key.project, key.instance), [
      { ...known, seen: this.#fact("seen", row) },
      naming,
    ]);
    this.#named.add(row);
  }

  /**
   * Hosts that are there under several machine names or users at once; each has the first of them from now on.
   * To be called when all facts have come.
   */
  settleNamings(): { readonly host: HostKey; readonly namings: readonly Naming[] }[] {
    return [...this.#named].flatMap((row) => {
      const host = this.#keys[row];
      if (host === undefined) return [];
      const namings = this.#namings.atOnce(hostKey(host.project, host.instance));
      const [first] = namings;
      if (first === undefined) return [];
      this.#machines[row] = first.machine;
      this.#users[row] = first.user;
      return [{ host, namings }];
    });
  }

  /** Whether CPUs of any host have labels of their own, so that its targets cannot be told from them. */
  get hasLabelledCpus(): boolean {
    return this.#keys.some((_, row) => this.#fact("alike", row) < this.#fact("cpus", row));
  }

  /** The hosts that are up. */
  hosts(): TableHost[] {
    const hosts: TableHost[] = [];
    this.#keys.forEach(({ project, instance }, row) => {
      const seenAt = Math.round(this.#fact("seen", row) * 1000);
      if (Number.isNaN(seenAt)) return;
      hosts.push({
        row,
        project,
        instance,
        seenAt,
        bootedAt: bootOf(this.#fact("boot", row)),
        cpus: this.#fact("cpus", row),
        spanSeconds: this.#fact("span", row),
        busy: this.#fact("busy", row),
        idle: this.#fact("idle", row),
      });
    });
    return hosts;
  }

  /** The host as it is handed on, of a site. */
  sample({ row, project, instance, seenAt, bootedAt, cpus }: TableHost, of: SampleFacts): HostSample {
    const { site, load, now } = of;
    return {
      site,
      instance,
      project,
      machine: this.#machines[row] ?? null,
      user: this.#users[row] ?? null,
      seenAt: Math.min(seenAt, now),
      bootedAt,
      cores: load?.cores ?? (cpus > 0 ? cpus : null),
      idleFraction: load?.idleFraction ?? null,
      memoryActiveRatio: shareOf(this.#fact("memory", row)),
    };
  }

  #fact(fact: HostFact, row: number): number {
    return this.#facts[fact][row] ?? Number.NaN;
  }

  /** Servers list the hosts of each fact in the same order: the next row is looked at first. */
  #rowOf(sample: FactSample): number | undefined {
    const { instance, project } = this.#labels;
    const next = this.#last + 1 < this.#keys.length ? this.#last + 1 : 0;
    const guess = this.#keys[next];
    const isNext =
      guess !== undefined && sample.has(instance, guess.instance) && sample.has(project, guess.project);
    const row = isNext ? next : this.#find(sample);
    if (row !== undefined) this.#last = row;
    return row;
  }

  #find(sample: FactSample): number | undefined {
    const instance = sample.text(this.#labels.instance);
    const project = sample.text(this.#labels.project);
    if (instance === null || project === null) return undefined;
    return this.#rows.get(project)?.get(instance) ?? this.#addRow(project, instance);
  }

  /** Names that are known need not be made again. Hosts that were not up are forgotten. */
  #keepNames(before: HostFactTable): void {
    before.#keys.forEach(({ project, instance }, old) => {
      if (Number.isNaN(before.#fact("seen", old))) return;
      const row = this.#addRow(project, instance);
      this.#machines[row] = before.#machines[old] ?? null;
      this.#users[row] = before.#users[old] ?? null;
    });
  }

  #addRow(project: string, instance: string): number {
    const row = this.#keys.push({ project, instance }) - 1;
    for (const column of [this.#machines, this.#users]) column.push(null);
    for (const fact of HOST_FACTS) this.#facts[fact].push(Number.NaN);
    remembered(this.#rows, project, () => new Map()).set(instance, row);
    return row;
  }
}

/** A label, most likely the text that is known already. */
function textIn(sample: FactSample, label: string, known: string | null | undefined): string | null {
  return known && sample.has(label, known) ? known : sample.text(label);
}

function factOf(sample: FactSample): HostFact | undefined {
  for (const fact of HOST_FACTS) if (sample.has(FACT, fact)) return fact;
  return undefined;
}

function shareOf(value: number): number | null {
  return value >= 0 ? Math.min(value, 1) : null;
}

function bootOf(seconds: number): number | null {
  const ms = Math.round(seconds * 1000);
  return ms >= EARLIEST_BOOT_MS ? ms : null;
}
