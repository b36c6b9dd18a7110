import { badInput } from "../../usage/errors.js";
import { overlaps } from "../../usage/hour.js";
import { assertOptions, CALLBACK, FLAG, optional, type Rules, TEXT } from "../../usage/options.js";
import { type AverageBasis, isAverage } from "../basis.js";
import { parseBasis } from "../parse-basis.js";
import { assertInterval, forecastInterval } from "../periods.js";
import type { ForecastSource } from "../port.js";
import { columnsOf, type FileColumns, rowsOfZone } from "./file-columns.js";
import { periodsOf } from "./file-periods.js";
import { type FileHead, readFileText } from "./file-text.js";
import { assertUnit, plainName } from "./value-column.js";

/** The text of a file of intensities, and what of it is meant. */
export interface FileIntensityOptions {
  /** CSV or JSON, as `docs/intensity.md` has it. */
  readonly content: string;
  /** Names the text in errors and in the source's id, such as `grid.csv`. */
  readonly name: string;
  /** Which zone, country or region, where the file has several. Case makes no difference. */
  readonly zone?: string | undefined;
  /** What its grams count, in the words of `parseBasis`, where the file does not say it. */
  readonly basis?: string | undefined;
  /** Whether losses of the lines, where the file has them in a column of their own, are added. Default false. */
  readonly losses?: boolean | undefined;
  /** UTC milliseconds, for `fetchedAt`. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

const FILE_INTENSITY_OPTIONS: Rules<FileIntensityOptions> = {
  content: TEXT,
  name: TEXT,
  zone: optional(TEXT),
  basis: optional(TEXT),
  losses: optional(FLAG),
  clock: optional(CALLBACK),
};

/**
 * Intensities from a file: one row a year, month, day, hour or half hour. A row has a time (`2025`, `2025-09`,
 * `2025-09-10` in UTC, or an instant with an offset), a value in a column named by its unit (`gco2e_per_kwh`,
 * `kgco2e_per_kwh`, `lbco2_per_mwh`, ...), and if need be `to`, a zone, `kind` (actual, estimated, forecast) and losses
 * (`losses_gco2e_per_kwh`). Rows of instants without `to` are as long as the least distance of two of them; where that is
 * a day, each ends where the next one starts, 23 to 25 hours later. What lies between rows is not known.
 *
 * Errors are `bad-input`, and name the row: no basis, no or two values, rows that overlap, an unknown zone (with the
 * nearest), a second basis, a value that can only be of another unit.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { fileIntensity } from "ada-carbon/intensity";
 *
 * const content = "# basis: lifecycle, consumption\nyear,gco2e_per_kwh\n2024,211\n2025,198\n";
 * const grid = fileIntensity({ content, name: "grid.csv" });
 * const [period] = await grid.periods({ from: Date.UTC(2025, 5, 1), to: Date.UTC(2025, 5, 2) });
 * assert.equal(period?.gco2eqPerKwh, 198);
 */
export function fileIntensity(options: FileIntensityOptions): ForecastSource {
  assertOptions("fileIntensity", options, FILE_INTENSITY_OPTIONS);
  const { content, name, clock = Date.now } = options;
  const { head, rows } = readFileText(content, name);
  const columns = columnsOf(rows, name);
  const ofZone = rowsOfZone(rows, columns, options.zone, name);
  const basis = basisOf(head, columns, options);
  const fetchedAt = clock();
  const periods = periodsOf(ofZone, columns, options.losses === true, fetchedAt);
  assertUnit(
    periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh),
    columns.value,
    name,
  );
  const within = (from: number, to: number) => periods.filter((period) => overlaps(period, { from, to }));
  return {
    id: ["file", head.name ?? name, ...(options.zone === undefined ? [] : [options.zone])].join("/"),
    basis,
    licence: head.licence,
    hasActual: periods.some(({ kind }) => kind === "actual"),
    async periods(interval, call) {
      assertInterval(interval, call);
      return within(interval.from, interval.to);
    },
    async forecast(from, hours, call) {
      const { to } = forecastInterval(from, hours, call);
      return within(from, to);
    },
  };
}

/** Ember's yearly intensities at Our World in Data: https://ourworldindata.org/grapher/carbon-intensity-electricity. */
const OWID_COLUMN = "carbon_intensity_of_electricity_gco2_kwh";
const OWID_BASIS = "lifecycle production co2e";

function basisOf(
  head: FileHead,
  { value, losses }: FileColumns,
  options: FileIntensityOptions,
): AverageBasis {
  const { name } = options;
  const said =
    options.basis ?? head.basis ?? (plainName(value.name) === OWID_COLUMN ? OWID_BASIS : undefined);
  if (said === undefined)
    throw badInput(
      `${name}: it does not say what its grams count; put a line such as "# basis: lifecycle, consumption" above ` +
        "the rows, or give it beside the file (--grid file:PATH?basis=lifecycle,consumption)",
    );
  const basis = parseBasis(/\bco2/i.test(said) ? said : `${said} ${value.gas}`);
  if (!isAverage(basis))
    throw badInput(`${name}: its intensities are marginal; use is accounted for by averages`);
  if (options.losses !== true) return basis;
  if (losses === undefined || basis.losses === "included")
    throw badInput(
      `${name}: losses cannot be added: ${losses === undefined ? "it has no column of them" : "they are in already"}`,
    );
  return { ...basis, losses: "included" };
}
