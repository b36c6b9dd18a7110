import { withoutPort } from "../attribution/tenure.js";
import type { HostHours, HostUse } from "../rows/host-hours.js";
import { at } from "../usage/series.js";
import type { MeterHours } from "./meter.js";

/** How the model of host-hours begins whose energy was metered. */
export const METERED = "metered/1 ";

/**
 * Host-hours with the energy that meters of kind `host` have of them. The meter is taken as it is, and divided into busy
 * and idle, and among the labels that a host had in the hour, as the estimate is. Hours that a meter has not got keep
 * the estimate. What each rests on is said: a metered host's hour by `metered/1` and where the meters are, another one
 * by the model that estimated it, and a scope of several hosts by both.
 *
 * @param where Names the meters in provenance, such as a URL without credentials.
 */
export function metered(estimate: HostHours, meters: readonly MeterHours[], where: string): HostHours {
  const { cpu } = estimate;
  const kwhOf = kwhByHost(meters);
  const rowsOf = Map.groupBy(cpu.hosts.keys(), (row) => cpu.hosts[row]?.instance ?? "");
  const meteredKwh = (instance: string, t: number): number =>
    kwhOf.get(withoutPort(instance))?.get(cpu.hours[t] ?? Number.NaN) ?? Number.NaN;
  const estimateOf = (row: number, t: number): HostUse => {
    const cell = row * cpu.hours.length + t;
    const busyCpuSeconds = at(cpu.busyCpuSeconds, cell) || 0;
    return estimate.useOf(row, t, { busyCpuSeconds, idleCpuSeconds: at(cpu.idleCpuSeconds, cell) || 0 });
  };
  return {
    ...estimate,
    useOf(row, t, used) {
      const own = estimate.useOf(row, t, used);
      const instance = cpu.hosts[row]?.instance ?? "";
      const kwh = meteredKwh(instance, t);
      if (Number.isNaN(kwh)) return own;
      const rows = rowsOf.get(instance) ?? [];
      const all = rows.length === 1 ? own : sumOf(rows.map((each) => estimateOf(each, t)));
      const estimated = all.busyKwh + all.idleKwh;
      // Nothing was estimated of a host that did nothing that is known: what it took was idle.
      if (estimated === 0) return { busyKwh: 0, idleKwh: rows[0] === row ? kwh : 0 };
      return { busyKwh: (own.busyKwh * kwh) / estimated, idleKwh: (own.idleKwh * kwh) / estimated };
    },
    basisOf(t, instance) {
      const basis = estimate.basisOf(t, instance);
      if (instance === undefined) return { ...basis, model: `${METERED}${where} else ${basis.model ?? ""}` };
      return Number.isNaN(meteredKwh(instance, t)) ? basis : { ...basis, model: `${METERED}${where}` };
    },
  };
}

function sumOf(uses: readonly HostUse[]): { readonly busyKwh: number; readonly idleKwh: number } {
  return {
    busyKwh: uses.reduce((sum, { busyKwh }) => sum + busyKwh, 0),
    idleKwh: uses.reduce((sum, { idleKwh }) => sum + idleKwh, 0),
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
