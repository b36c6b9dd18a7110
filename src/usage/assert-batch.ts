import type { CpuGap, CpuHours, Host } from "./cpu.js";
import { isGap } from "./cpu.js";
import { badInput } from "./errors.js";
import { formatInstant, type Hour } from "./hour.js";
import {
  type ArgumentRules,
  assertArgument,
  LIST,
  listOf,
  OBJECT,
  optional,
  type Rule,
  type Rules,
  TEXT,
  TEXTS,
} from "./options.js";
import { shown } from "./shown.js";

// What a source of somebody's own yields is looked at once a batch, before it becomes numbers: a matrix that is too
// short, or flags that are not there, would else give hours that look whole and are not.

const HOSTS: Rule = {
  allowed: "a list of hosts with instance, project, machine and user, each a text; the last two may be null",
  holds: (value) => Array.isArray(value) && value.every(isHost),
};

function isHost(value: unknown): boolean {
  if (!OBJECT.holds(value)) return false;
  const { instance, project, machine, user } = value as Host;
  return [instance, project].every(TEXT.holds) && [machine, user].every(isTextOrNull);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || TEXT.holds(value);
}

function typedArray(Type: typeof Float64Array | typeof Uint8Array, length: number, cells: string): Rule {
  return {
    allowed: `a ${Type.name} of ${length}, ${cells}`,
    holds: (value) => value instanceof Type && value.length === length,
  };
}

function hourFlags(length: number): Rule {
  return {
    allowed: `a list of ${length}, true or false for each hour`,
    holds: (value) =>
      Array.isArray(value) && value.length === length && value.every((flag) => typeof flag === "boolean"),
  };
}

function rulesOf({ hosts, hours }: CpuHours): Rules<CpuHours> {
  const cells = `${hosts.length} hosts by ${hours.length} hours`;
  const matrix = typedArray(Float64Array, hosts.length * hours.length, cells);
  const marks = optional(typedArray(Uint8Array, hosts.length * hours.length, cells));
  return {
    hours: LIST,
    // Looked at already: the lengths of all others are made of them.
    hosts: LIST,
    busyCpuSeconds: matrix,
    idleCpuSeconds: matrix,
    observedCpuSeconds: matrix,
    spreadCpuSeconds: optional(matrix),
    expectedCpuSeconds: matrix,
    unsettled: marks,
    notes: optional({ allowed: "a Map", holds: (value) => value instanceof Map }),
    doubted: marks,
    upFrom: matrix,
    upTo: matrix,
    answered: hourFlags(hours.length),
    heardBeyond: optional(hourFlags(hours.length)),
    scrapes: optional(typedArray(Float64Array, hours.length, "one for each hour")),
    reopened: optional(LIST),
    warnings: TEXTS,
    missing: optional(OBJECT),
    findings: listOf<CpuHours["findings"][number]>({ kind: TEXT, message: TEXT }),
  };
}

const GAP: ArgumentRules = {
  error: { allowed: "an Error", holds: (value) => value instanceof Error },
};

/**
 * Refuses (`bad-input`) a batch that is not what a source of CPU-seconds yields, or that has hours which nobody waits for.
 *
 * @param waiting The hours of the request that no batch had yet. Those of this one are taken from it.
 */
export function assertBatch(batch: CpuHours | CpuGap, where: string, waiting: Set<Hour>): void {
  const caller = `cpuHours of ${where}`;
  assertArgument(caller, "a batch", batch, OBJECT);
  assertArgument(caller, "hours", batch.hours, LIST);
  for (const hour of batch.hours) {
    if (waiting.delete(hour)) continue;
    const named = Number.isInteger(hour) ? formatInstant(hour) : String(hour);
    throw badInput(
      `${caller}: the hour ${named} was not asked for, or is there twice; give each hour of the request once`,
    );
  }
  if (!isGap(batch)) assertArgument(caller, "hosts", batch.hosts, HOSTS);
  const rules = isGap(batch) ? GAP : rulesOf(batch);
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value: unknown = Reflect.get(batch, name);
    if (value !== undefined || rule.mayBeMissing !== true) assertArgument(caller, name, value, rule);
  }
  if (!isGap(batch)) assertCpuSeconds(batch, caller);
}

/** What is wrong here would be taken for the fault of the power model, which is given these numbers. */
function assertCpuSeconds(batch: CpuHours, caller: string): void {
  for (const name of ["busyCpuSeconds", "idleCpuSeconds"] as const) {
    const wrong = batch[name].findIndex((seconds) => seconds < 0 || seconds === Number.POSITIVE_INFINITY);
    if (wrong < 0) continue;
    const host = batch.hosts[Math.floor(wrong / batch.hours.length)];
    const hour = batch.hours[wrong % batch.hours.length];
    throw badInput(
      `${caller}: ${name} of ${shown(host?.instance)} at ${hour === undefined ? "" : formatInstant(hour)} is ${batch[name][wrong]}; it must be at least 0 and finite, or NaN where it is not known`,
    );
  }
}
