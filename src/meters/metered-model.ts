import { withoutPort } from "../attribution/tenure.js";
import type { PowerModel } from "../power/model.js";
import { at } from "../usage/series.js";
import type { MeterHours } from "./meter.js";

export interface MeteredModelOptions {
  /** Names the meters in provenance, such as a URL without credentials. */
  readonly where: string;
  /** Estimates the hours that no meter has, and divides those that one has into busy and idle. */
  readonly fallback: PowerModel;
}

/**
 * The energy of hosts by their own meters, as it is. Meters that have other hosts behind them, and bills, say nothing of
 * a host by itself and are not used. Rows of a host say by their model whether an hour was metered or estimated.
 *
 * @example
 * import { meteredModel, meterText } from "ada-carbon/meters";
 * import { perCore } from "ada-carbon/power";
 *
 * const pdu = meterText("time,meter,kwh\n1970-01-01T00:00Z,host-a,0.2\n", "pdu.csv", { kind: "host" });
 * const { meters } = await pdu.meterHours({ from: 0, to: 3_600_000 });
 * const model = meteredModel(meters, { where: pdu.where, fallback: perCore() });
 * assert.equal(model.meters?.kwh("host-a:9100", 0), 0.2);
 */
export function meteredModel(
  meters: readonly MeterHours[],
  { where, fallback }: MeteredModelOptions,
): PowerModel {
  const kwhOf = kwhByHost(meters);
  const id = `metered/1 ${where}`;
  return {
    ...fallback,
    id: `${id} else ${fallback.id}`,
    energy: (cpu, context) => fallback.energy(cpu, context),
    meters: {
      id,
      otherwise: fallback.id,
      kwh: (host, hour) => kwhOf.get(withoutPort(host))?.get(hour) ?? Number.NaN,
    },
  };
}

/** kWh by host name and hour, of meters that have one host behind them and were read by the hour. */
function kwhByHost(meters: readonly MeterHours[]): Map<string, Map<number, number>> {
  const byHost = new Map<string, Map<number, number>>();
  for (const { hosts, hours, kwh, spread } of meters) {
    const [host, ...others] = hosts ?? [];
    if (host === undefined || others.length > 0 || spread !== null) continue;
    const name = withoutPort(host);
    const known = byHost.get(name) ?? new Map<number, number>();
    byHost.set(name, known);
    hours.forEach((hour, i) => {
      known.set(hour, at(kwh, i));
    });
  }
  return byHost;
}
