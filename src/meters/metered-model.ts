import { withoutPort } from "../attribution/tenure.js";
import { type EnergyMeters, POWER_MODEL, type PowerModel } from "../power/model.js";
import { shortDigest } from "../usage/digest.js";
import { type AdaCarbonError, badInput } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import { assertArgument, assertOptions, LIST, type Rules, TEXT } from "../usage/options.js";
import { METERED } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { numberAt } from "../usage/series.js";
import type { MeterHours } from "./meter.js";

/** How readings of hosts take the place of an estimate. */
export interface MeteredModelOptions {
  /** Names the meters in provenance, such as a URL without credentials. */
  readonly where: string;
  /** Estimates the hours that no meter has, and divides those that one has into busy and idle. */
  readonly fallback: PowerModel;
}

const METERED_MODEL_OPTIONS: Rules<MeteredModelOptions> = { where: TEXT, fallback: POWER_MODEL };

/**
 * The energy of hosts by their own meters, as it is: see {@link hostMeters}. Rows of a host say by their model whether
 * an hour was metered or estimated.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { meteredModel, meterText } from "ada-carbon/meters";
 * import { perCore } from "ada-carbon";
 *
 * const pdu = meterText("time,meter,kwh\n1970-01-01T00:00Z,host-a,0.2\n", "pdu.csv", { kind: "host" });
 * const { meters } = await pdu.meterHours({ from: 0, to: 3_600_000 });
 * const model = await meteredModel(meters, { where: pdu.where, fallback: perCore() });
 * assert.equal(model.meters?.kwh("host-a:9100", 0), 0.2);
 */
export async function meteredModel(
  meters: readonly MeterHours[],
  options: MeteredModelOptions,
): Promise<PowerModel> {
  assertArgument("meteredModel", "meters", meters, LIST);
  assertOptions("meteredModel", options, METERED_MODEL_OPTIONS);
  const { where, fallback } = options;
  return {
    ...fallback,
    energy: (cpu, context) => fallback.energy(cpu, context),
    meters: await hostMeters(meters, where),
  };
}

/**
 * What meters have of each host by itself, for a power model or a restatement. Meters that have other hosts behind them,
 * and bills, say nothing of that and are not used. The name of an hour has a digest of what was read, so that rows by
 * readings that were corrected since can be told from those by these.
 *
 * Errors: `bad-input` where two meters have the same hour of a host.
 */
export async function hostMeters(meters: readonly MeterHours[], where: string): Promise<EnergyMeters> {
  assertArgument("hostMeters", "meters", meters, LIST);
  assertArgument("hostMeters", "where", where, TEXT);
  const kwhOf = kwhByHost(meters);
  const ids = await idsByHour(kwhOf, where);
  return {
    idOf: (hour) => ids.get(hour) ?? null,
    kwh: (host, hour) => kwhOf.get(withoutPort(host))?.get(hour) ?? Number.NaN,
  };
}

/** What is known in kWh, by host name and hour, of meters that have one host behind them and were read by the hour. */
function kwhByHost(meters: readonly MeterHours[]): Map<string, Map<number, number>> {
  const byHost = new Map<string, Map<number, number>>();
  for (const { hosts, hours, kwh, spread } of meters) {
    const [host, ...others] = hosts ?? [];
    if (host === undefined || others.length > 0 || spread !== null) continue;
    const name = withoutPort(host);
    const known = remembered(byHost, name, () => new Map());
    hours.forEach((hour, i) => {
      if (Number.isNaN(numberAt(kwh, i))) return;
      if (known.has(hour)) throw meteredTwice(name, hour);
      known.set(hour, numberAt(kwh, i));
    });
  }
  return byHost;
}

function meteredTwice(host: string, hour: number): AdaCarbonError {
  const what = `${JSON.stringify(host)} has two meters that both have ${formatInstant(hour)}`;
  return badInput(`${what}; give one of them`);
}

/** Significant digits of a reading that its digest is made of: further digits may be rounding. */
const DIGITS = 9;

async function idsByHour(
  kwhOf: ReadonlyMap<string, ReadonlyMap<number, number>>,
  where: string,
): Promise<Map<number, string>> {
  const readings = new Map<number, string[]>();
  for (const host of [...kwhOf.keys()].sort()) {
    for (const [hour, kwh] of kwhOf.get(host) ?? []) {
      const lines = remembered(readings, hour, () => []);
      lines.push(`${host} ${kwh.toPrecision(DIGITS)}`);
    }
  }
  const name = where.replaceAll(/\s+/g, "_");
  const ids = [...readings].map(
    async ([hour, lines]) =>
      [hour, `${METERED}readings=${await shortDigest(lines.join("\n"))} ${name}`] as const,
  );
  return new Map(await Promise.all(ids));
}
