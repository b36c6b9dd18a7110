import type { Command } from "commander";
import { type Explanation, explain } from "../reports/explain.js";
import { UsageReader } from "../reports/usage-reader.js";
import { formatInstant, formatInstantOrNull, HOUR_MS, hourOf } from "../usage/hour.js";
import { type IntensityProvenance, isTracked } from "../usage/provenance.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { statusOfHours } from "./asked-hours.js";
import { HOST_COLUMNS, HOST_LEGEND } from "./audit-tables.js";
import { commandOf } from "./help.js";
import type { ExitStatus, Io } from "./io.js";
import { hour, scope } from "./parse.js";
import { addFormatOptions, type FormatFlags, formatOf, printResult } from "./result.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { needed } from "./usage-error.js";

interface ExplainFlags extends StoreFlags, FormatFlags {
  readonly scope?: Scope;
  readonly hour?: number;
}

export function explainCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "explain",
    "--out DIR --scope KIND:NAME --hour ISO [--format table|csv|json]",
    PAGE,
  );
  addStoreOptions(command, io)
    .option("--scope <kind:name>", "ada, or such as user:aa123456, host:NAME:9100", scope)
    .option("--hour <iso>", "start of the hour, such as 2025-09-10T14:00:00Z", hour);
  return addFormatOptions(command).action(async (flags: ExplainFlags) => end(await run(flags, io)));
}

async function run(flags: ExplainFlags, io: Io): Promise<ExitStatus> {
  const asked = needed(flags.scope, "--scope KIND:NAME", "ada-carbon explain --help");
  const start = hourOf(needed(flags.hour, "--hour ISO", "ada-carbon explain --help"));
  return withStores(flags, async (stores) => {
    const reader = new UsageReader(stores.usage, { signal: io.signal, where: stores.where });
    const hours = { from: start, to: start + HOUR_MS };
    const series = await reader.series(asked, hours);
    const explanation = await explain(stores.usage, asked, start, { signal: io.signal });
    print(explanation, flags, io);
    return statusOfHours(series, hours, io);
  });
}

function documentOf({ scope: what, hour: start, provenance, ...rest }: Explanation): object {
  const { intensity, market, ...others } = provenance;
  return {
    scope: formatScope(what),
    hour: formatInstant(start),
    ...rest,
    provenance: {
      ...others,
      intensity: intensity && withTimes(intensity),
      ...(market === undefined ? {} : { market: withTimes(market) }),
    },
  };
}

/** Its times as text. */
function withTimes({ updatedAt, fetchedAt, ...intensity }: IntensityProvenance): object {
  return {
    ...intensity,
    ...(updatedAt === undefined ? {} : { updatedAt: formatInstant(updatedAt) }),
    fetchedAt: formatInstantOrNull(fetchedAt),
  };
}

function print(explanation: Explanation, flags: ExplainFlags, io: Io): void {
  if (formatOf(flags) === "table") io.stdout.prose([...factsOf(explanation), ""]);
  const { hosts } = explanation;
  printResult(
    {
      columns: HOST_COLUMNS,
      rows: hosts,
      empty: "no hosts are stored for this hour, so its parts cannot be shown",
      facts: [...noteLines(hosts), ...sumLines(explanation)],
      legend: hosts.length === 0 ? [] : [HOST_LEGEND],
      document: documentOf(explanation),
    },
    flags,
    io,
  );
}

/** Whether the parts give the stored number. */
function sumLines({ recomputed }: Explanation): string[] {
  if (recomputed === null) return [];
  const { busyKwh, idleKwh, error } = recomputed;
  const verdict = error < 1e-9 ? "the stored numbers" : `off by ${error.toExponential(1)}`;
  return [`the parts give ${busyKwh.toFixed(6)} kWh busy and ${idleKwh.toFixed(6)} kWh idle: ${verdict}`];
}

function factsOf(explanation: Explanation): string[] {
  const { stored, provenance } = explanation;
  const { intensity } = provenance;
  const fetched = intensity?.kind === "fallback" ? "the grid was asked in vain" : "fetched";
  const when = intensity?.fetchedAt == null ? "" : `, ${fetched} ${formatInstant(intensity.fetchedAt)}`;
  return [
    `${formatScope(explanation.scope)} at ${formatInstant(explanation.hour)}: ${stored.status}`,
    "",
    `energy     ${amount(stored.busyKwh, 6, "kWh")} busy, ${amount(stored.idleKwh, 6, "kWh")} idle`,
    `carbon     ${amount(stored.busyGco2eq, 3, "g")} busy, ${amount(stored.idleGco2eq, 3, "g")} idle`,
    ...marketLines(explanation),
    `model      ${provenance.model ?? "none"}`,
    ...(isTracked(provenance.model)
      ? ["           counted poll by poll; carbon at each poll's intensity, of which the mean is shown"]
      : []),
    intensity === null
      ? "intensity  not known"
      : `intensity  ${amount(stored.gco2eqPerKwh, 1, "gCO2eq/kWh")}, ${intensity.kind} of ${intensity.source}${when}${intensity.settled ? "" : "; provisional"}`,
    ...(explanation.basis === null ? [] : [`basis      ${explanation.basis}`]),
    `coverage   ${stored.coverage === null ? "not known" : `${(100 * stored.coverage).toFixed(2)}% of the CPU-seconds expected were observed`}`,
    ...measurementLines(provenance),
    `written by ada-carbon ${provenance.library}`,
  ];
}

function amount(value: number | null, digits: number, unit: string): string {
  return value === null ? "missing" : `${value.toFixed(digits)} ${unit}`;
}

/** The same kWh by what was bought, where there is such a ledger. */
function marketLines({ stored, provenance: { market } }: Explanation): string[] {
  if (market === undefined) return [];
  const grams = (kwh: number | null): string =>
    amount(kwh === null ? null : kwh * market.gco2eqPerKwh, 3, "g");
  const when = market.fetchedAt === null ? "" : `, fetched ${formatInstant(market.fetchedAt)}`;
  return [
    `market     ${grams(stored.busyKwh)} busy, ${grams(stored.idleKwh)} idle, by ${market.gco2eqPerKwh.toFixed(1)} gCO2eq/kWh, ${market.kind} of ${market.source}${when}`,
  ];
}

/** What of the hour was not observed in it, and what may come yet. */
function measurementLines({ spread, unsettled, scrapes }: Explanation["provenance"]): string[] {
  const lines: string[] = [];
  if (spread !== undefined)
    lines.push(
      `spread     ${(100 * spread).toFixed(2)}% lies in gaps without scrapes: the counters on both sides hold it, how it lay in between is not known`,
    );
  if (unsettled === true)
    lines.push("unsettled  not heard beyond the end of the hour: the next run measures it again");
  if (scrapes !== undefined) lines.push(`scrapes    ${scrapes} of all hosts, when it was measured`);
  return lines;
}

/** What happened to hosts, a line each. */
function noteLines(hosts: Explanation["hosts"]): string[] {
  const lines = hosts.flatMap(({ instance, notes }) =>
    notes.map((note) => (note.startsWith(instance) ? note : `${instance}: ${note}`)),
  );
  return lines.length === 0 ? [] : [...lines, ""];
}

const PAGE = {
  description:
    "Shows the hosts behind a stored hour with their CPU-seconds and shares, the power model and its constants, the intensity with its source, and the coverage; and that these give the stored number.",
  incomplete: "the hour is not stored, incomplete or without carbon",
  examples: ["ada-carbon explain --out carbon --scope user:aa123456 --hour 2025-09-10T14:00:00Z"],
};
