import { badInput } from "../usage/errors.js";
import { assertArgument, OBJECT } from "../usage/options.js";
import { kwhOf } from "./host-changes.js";
import type { StatedHour, Statement } from "./statement.js";

/**
 * The same statement in the market-based ledger, as `marketBased` has a series: its intensity is that of what was bought,
 * its grams are energy times it. `differenceOf` of two of them says why market-based grams changed.
 *
 * @throws {AdaCarbonError} `bad-input` where no hour says what was bought.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { marketStatement, type Statement } from "ada-carbon/reports";
 *
 * const hour = Date.UTC(2025, 8, 10) as Statement["hours"][number]["hour"];
 * const statement: Statement = {
 *   ...{ library: "0.1.0", statedAt: 0, scope: { kind: "ada", name: "ada" }, measured: [] },
 *   interval: { from: hour, to: hour + 3_600_000 },
 *   hours: [{
 *     ...{ hour, status: "processed", busyCpuSeconds: 3600, idleCpuSeconds: 0, busyKwh: 2, idleKwh: 0 },
 *     ...{ busyGco2eq: 400, idleGco2eq: 0, gco2eqPerKwh: 200, intensity: null },
 *     ...{ coverage: 1, model: "per-core/1 busy=12W", cloudCpuSeconds: 3600, hosts: [] },
 *     market: { gco2eqPerKwh: 41, kind: "actual", source: "file/contract", basis: null },
 *   }],
 * };
 * assert.equal(marketStatement(statement).hours[0]?.busyGco2eq, 82);
 */
export function marketStatement(statement: Statement): Statement {
  assertArgument("marketStatement", "the statement", statement, OBJECT);
  if (statement.hours.every(({ market }) => market === undefined))
    throw badInput(
      "a statement has no market-based grams: its hours were stored without --market, or it is older than this ledger",
    );
  return { ...statement, hours: statement.hours.map(inMarketLedger) };
}

function inMarketLedger({ market, ...hour }: StatedHour): StatedHour {
  const gco2eqPerKwh = market?.gco2eqPerKwh ?? null;
  const grams = (kwh: number | null): number | null =>
    kwh === null || gco2eqPerKwh === null ? null : kwh * gco2eqPerKwh;
  return {
    ...hour,
    ...{ gco2eqPerKwh, busyGco2eq: grams(hour.busyKwh), idleGco2eq: grams(hour.idleKwh) },
    intensity:
      market === undefined ? null : { kind: market.kind, source: market.source, basis: market.basis },
    hosts: hour.hosts.map((host) => ({ ...host, gco2eq: grams(kwhOf(host)) })),
  };
}
