import { AMOUNT, FLAG, NUMBER, oneOf, optional, type Rule, type Rules, TEXT, TEXTS } from "./options.js";
import {
  type ColumnShares,
  type HostProvenance,
  INTENSITY_KINDS,
  type IntensityProvenance,
  type MarketIntensity,
  type OwnerShare,
  type Provenance,
} from "./provenance.js";
import { shown } from "./shown.js";

// A store that took what it cannot read again would lose all rows beside it: what stands behind a row is looked at before
// it is written. Every host-hour of every write is asked, so rules are made into lists once.

type Members = readonly (readonly [name: string, rule: Rule])[];
type UpTime = NonNullable<HostProvenance["up"]>;

function membersBy<Of>(rules: Rules<Of>): Members {
  return Object.entries<Rule>(rules);
}

function orNull(rule: Rule): Rule {
  return {
    ...rule,
    allowed: `${rule.allowed}, or null`,
    holds: (value) => value === null || rule.holds(value),
  };
}

const INTENSITY_RULES: Rules<IntensityProvenance> = {
  kind: oneOf(INTENSITY_KINDS),
  source: TEXT,
  basis: optional(TEXT),
  updatedAt: optional(NUMBER),
  fetchedAt: orNull(NUMBER),
  settled: FLAG,
};
const INTENSITY = membersBy(INTENSITY_RULES);
const MARKET = membersBy<MarketIntensity>({ ...INTENSITY_RULES, gco2eqPerKwh: AMOUNT });
const UP = membersBy<UpTime>({ from: NUMBER, to: NUMBER });
const COLUMN_SHARES = membersBy<ColumnShares>({
  busyKwh: AMOUNT,
  idleKwh: AMOUNT,
  busyGco2eq: AMOUNT,
  idleGco2eq: AMOUNT,
  expected: AMOUNT,
  observed: AMOUNT,
  spread: AMOUNT,
});
const OWNER = membersBy<Omit<OwnerShare, "columnShares">>({
  project: TEXT,
  machine: TEXT,
  user: TEXT,
  group: TEXT,
  experiment: TEXT,
  busyShare: AMOUNT,
  idleShare: AMOUNT,
});
const HOST = membersBy<Omit<HostProvenance, "up" | "owners">>({
  project: TEXT,
  machine: orNull(TEXT),
  user: orNull(TEXT),
  expectedCpuSeconds: AMOUNT,
  notes: optional(TEXTS),
  by: TEXT,
});
const PROVENANCE = membersBy<Pick<Provenance, "library" | "model">>({ library: TEXT, model: orNull(TEXT) });

/**
 * What has another type than it must have, as the end of a message; `undefined` where nothing has.
 *
 * @param before Of the row before, in which nothing is wrong: rows share what stands behind their grams.
 */
export function provenanceFault(provenance: Provenance, before: Provenance | undefined): string | undefined {
  const fault = faultIn("provenance", provenance, PROVENANCE);
  if (fault !== undefined) return fault;
  const { intensity, market, host } = provenance;
  return (
    (intensity === null || intensity === before?.intensity
      ? undefined
      : faultIn("intensity", intensity, INTENSITY)) ??
    (market === undefined || market === before?.market ? undefined : faultIn("market", market, MARKET)) ??
    (host === undefined ? undefined : hostFault(host))
  );
}

function hostFault(host: HostProvenance): string | undefined {
  const fault = faultIn("host", host, HOST);
  if (fault !== undefined) return fault;
  const { up, owners } = host;
  if (!Array.isArray(owners)) return `owners of host is ${shown(owners)}; it must be a list`;
  for (const owner of owners) {
    const ownerFault = faultIn("an owner", owner, OWNER);
    if (ownerFault !== undefined) return ownerFault;
    if (owner.columnShares === undefined) continue;
    const shareFault = faultIn("columnShares of an owner", owner.columnShares, COLUMN_SHARES);
    if (shareFault !== undefined) return shareFault;
  }
  return up === null ? undefined : faultIn("up of host", up, UP);
}

function faultIn(what: string, given: object, members: Members): string | undefined {
  if (typeof given !== "object" || given === null) return `${what} is ${shown(given)}; it must be an object`;
  for (const [name, rule] of members) {
    const value: unknown = Reflect.get(given, name);
    if (rule.holds(value) || (value === undefined && rule.mayBeMissing === true)) continue;
    return `${name} of ${what} is ${shown(value)}; it must be ${rule.allowed}`;
  }
  return undefined;
}
