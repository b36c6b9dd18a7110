import type { KnownTotals } from "../reports/known-totals.js";
import type { PartKind } from "../reports/place.js";
import type { Sums } from "../timeseries/rollup/bin.js";

// Values as replies may have them, for the documents of this service.

export const EXAMPLE_BASIS = "average, direct, consumption, losses included, location-based, CO2";

/** The same as it is stored. */
export const EXAMPLE_STORED_BASIS = "average direct consumption losses-included location co2";

export const EXAMPLE_DAY = { from: "2025-09-10T00:00:00Z", to: "2025-09-11T00:00:00Z" } as const;

export const EXAMPLE_SUMS: Sums = {
  busyCpuSeconds: 18_000,
  idleCpuSeconds: 54_000,
  busyKwh: 0.06,
  idleKwh: 0.015,
  busyGco2eq: 10.2,
  idleGco2eq: 2.55,
  coverage: 1,
  hours: 24,
  hoursMissing: 0,
  hoursIncomplete: 0,
  hoursWithoutCarbon: 0,
  hoursProvisional: 0,
  bases: [EXAMPLE_STORED_BASIS],
  hoursOfUnknownBasis: 0,
};

export const EXAMPLE_TOTALS: KnownTotals = {
  ...EXAMPLE_SUMS,
  kwh: { kwh: 0.075, low: 0.03, high: 0.12 },
  gco2eq: { gco2eq: 12.75, low: 4.9, high: 21.4 },
  idleShare: 0.2,
  gco2eqPerKwh: 170,
  actualShare: 1,
  hoursKnown: 24,
};

export const EXAMPLE_NAMES: Readonly<Record<PartKind, string>> = {
  project: "IDAaaS",
  machine: "Artemis (Matlab)",
  user: "amara",
  group: "Muons",
  experiment: "RB2510123",
  host: "host-172-16-100-116.nubes.stfc.ac.uk:9100",
};
