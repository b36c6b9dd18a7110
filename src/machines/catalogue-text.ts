import * as z from "zod";
import { textRecords } from "../codecs/records.js";
import { type AdaCarbonError, badInput } from "../usage/errors.js";
import { assertArgument, LIST, TEXT } from "../usage/options.js";
import { assertMachines, type MachineWatts, type Watts } from "./machine-watts.js";

/** CSV has texts, JSON numbers; an empty field is one that is not there. */
const number = z
  .union([z.number(), z.literal("").transform(() => undefined), z.string().transform(numberIn)])
  .nullish()
  .refine((value) => value == null || !Number.isNaN(value), "not a number");
const text = z
  .string()
  .trim()
  .nullish()
  .transform((value) => value || null);
/** `0:0.5 50:4 100:7`: percent and watts of a core, or the same as pairs of numbers. */
const curve = z
  .union([z.array(z.tuple([z.number(), z.number()])), z.string().transform(pairsOf)])
  .nullish()
  .transform((pairs) =>
    pairs == null || pairs.length === 0
      ? null
      : pairs.map(([percent, watts]) => ({ utilisation: percent / 100, watts })),
  );

const entry = z.strictObject({
  machine: z.string(),
  busy_watts: number,
  busy_watts_low: number,
  busy_watts_high: number,
  idle_watts: number,
  idle_watts_low: number,
  idle_watts_high: number,
  curve,
  memory_watts: number,
  cores: number,
  source: text,
  date: z.union([z.literal("").transform(() => null), z.iso.date()]).nullish(),
});
type Entry = z.infer<typeof entry>;

/**
 * Watts of machines from a text: CSV with a header line, or a JSON array of objects. Columns are `machine`,
 * `busy_watts` and `idle_watts` (of one core) or a `curve` (`0:0.5 50:4 100:7`: percent and watts of one core), and if
 * they are known `busy_watts_low`, `busy_watts_high`, `idle_watts_low`, `idle_watts_high`, `memory_watts` (of the whole
 * machine) with `cores`, `source` and `date`.
 *
 * @param where Names the text in errors, such as a path. Every error says which entry, and is `bad-input`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseMachines } from "ada-carbon/machines";
 *
 * const [muon] = parseMachines('[{ "machine": "Muon", "busy_watts": 8, "idle_watts": 2 }]', "machines.json");
 * assert.equal(muon?.busyCore.watts, 8);
 */
export function parseMachines(content: string, where: string): MachineWatts[] {
  assertArgument("parseMachines", "content", content, TEXT);
  const machines = textRecords(content, where, "machines").map(({ record, where: place }) => {
    const parsed = entry.safeParse(record);
    if (!parsed.success) throw refusal(parsed.error, place);
    return machineOf(parsed.data, place);
  });
  assertMachines(machines, where);
  return machines;
}

/** The text that {@link parseMachines} reads, as JSON. */
export function formatMachines(machines: readonly MachineWatts[]): string {
  assertArgument("formatMachines", "machines", machines, LIST);
  const entries = machines.map(({ machine, busyCore, idleCore, curve: points, memory, source, date }) => ({
    machine,
    ...columnsOf("busy_watts", busyCore),
    ...columnsOf("idle_watts", idleCore),
    ...(points === null ? {} : { curve: points.map(({ utilisation, watts }) => [utilisation * 100, watts]) }),
    ...(memory === null ? {} : { memory_watts: memory.watts, cores: memory.cores }),
    ...(source === null ? {} : { source }),
    ...(date === null ? {} : { date }),
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function columnsOf(name: string, { watts, low, high }: Watts): Record<string, number> {
  return {
    [name]: watts,
    ...(low === null ? {} : { [`${name}_low`]: low }),
    ...(high === null ? {} : { [`${name}_high`]: high }),
  };
}

function machineOf(found: Entry, where: string): MachineWatts {
  const points = found.curve;
  const busy = found.busy_watts ?? points?.at(-1)?.watts;
  const idle = found.idle_watts ?? points?.[0]?.watts;
  if (busy == null || idle == null) {
    throw badInput(
      `${where}: ${JSON.stringify(found.machine)} needs busy_watts and idle_watts, of one core, or a curve`,
    );
  }
  const { memory_watts: memoryWatts, cores } = found;
  return {
    machine: found.machine,
    busyCore: { watts: busy, low: found.busy_watts_low ?? null, high: found.busy_watts_high ?? null },
    idleCore: { watts: idle, low: found.idle_watts_low ?? null, high: found.idle_watts_high ?? null },
    curve: points,
    memory: memoryWatts == null ? null : { watts: memoryWatts, cores: cores ?? Number.NaN },
    source: found.source,
    date: found.date ?? null,
  };
}

/** `Number` takes blanks for 0. */
function numberIn(field: string): number {
  return field.trim() === "" ? Number.NaN : Number(field);
}

function pairsOf(pairs: string): [number, number][] {
  return pairs
    .split(/[\s;]+/)
    .filter((pair) => pair !== "")
    .map((pair): [number, number] => {
      const [percent = "", watts = "", ...more] = pair.split(":");
      return more.length > 0 ? [Number.NaN, Number.NaN] : [numberIn(percent), numberIn(watts)];
    });
}

function refusal(error: z.ZodError, where: string): AdaCarbonError {
  const [issue] = error.issues;
  const what =
    issue?.code === "unrecognized_keys"
      ? `${issue.keys.join(", ")}: no such column; watts are busy_watts and idle_watts, of one core`
      : `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "malformed"}`;
  return badInput(`${where}: ${what}`, error);
}
