import type { Host } from "../../usage/cpu.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import type { Labels } from "../replies/matrix.js";
import type { LabelNames } from "./queries.js";

/** Dense numbers (rows) for sets of host labels, in the order they are first met. */
export class HostTable {
  readonly hosts: Host[] = [];
  /** The rows of each instance: more than one where its labels changed. */
  readonly rowsOf: Map<string, number[]> = new Map();
  readonly #labels: LabelNames;
  /** The row found last. */
  #last = -1;

  constructor(labels: LabelNames) {
    this.#labels = labels;
  }

  /** The row of the host that a series is about. Servers list series by host: that is mostly the last one or the next. */
  add(series: Labels): number {
    if (this.#isRow(this.#last, series)) return this.#last;
    this.#last = this.#isRow(this.#last + 1, series) ? this.#last + 1 : this.#find(series);
    return this.#last;
  }

  /** Whether the host of a row has these labels as they are. */
  #isRow(row: number, series: Labels): boolean {
    const host = this.hosts[row];
    if (host === undefined) return false;
    const { instance, project, machine, user } = this.#labels;
    return (
      host.instance === series[instance] &&
      host.project === series[project] &&
      host.machine === (series[machine] ?? null) &&
      host.user === (series[user] ?? null)
    );
  }

  #find(series: Labels): number {
    const instance = instanceOf(series, this.#labels);
    const project = labelText(series[this.#labels.project]) ?? "";
    const machine = labelText(series[this.#labels.machine]);
    const user = labelText(series[this.#labels.user]);
    const siblings = this.rowsOf.get(instance) ?? [];
    for (const row of siblings) {
      const host = this.hosts[row];
      if (host?.project === project && host.machine === machine && host.user === user) return row;
    }
    const row = this.hosts.push({ instance, project, machine, user }) - 1;
    siblings.push(row);
    this.rowsOf.set(instance, siblings);
    return row;
  }
}

/** Hosts without the label are one: there is nothing to tell them apart by. */
export function instanceOf(series: Labels, { instance }: Pick<LabelNames, "instance">): string {
  return labelText(series[instance]) ?? UNATTRIBUTED;
}

/** What tells hosts apart that have one instance label: two projects' networks may use the same addresses. */
export function placeOf(series: Labels, labels: LabelNames): string {
  return placeOfHost({
    instance: instanceOf(series, labels),
    project: labelText(series[labels.project]) ?? "",
  });
}

export function placeOfHost({ instance, project }: Pick<Host, "instance" | "project">): string {
  return JSON.stringify([instance, project]);
}

/** The instance label of a host by its place. */
export function instanceOfPlace(place: string): string {
  return String(JSON.parse(place)[0]);
}

/** What the instance label of a host may be. */
export function instanceValues(instance: string): string[] {
  return instance === UNATTRIBUTED ? [instance, ""] : [instance];
}

/** The most that the names in one query may take: VictoriaMetrics takes 16 KiB, and escaped, a character may be three. */
export const MOST_CHARACTERS = 4_000;

/** What the instance labels of these hosts may be; `undefined` if they are too many to ask for by name. */
export function namesOfFew(instances: readonly string[]): string[] | undefined {
  const names = instances.flatMap(instanceValues);
  return names.join("|").length <= MOST_CHARACTERS ? names : undefined;
}

/** Half of a surrogate pair is no name that anything could store. */
export function labelText(label: string | undefined): string | null {
  return label?.toWellFormed() || null;
}
