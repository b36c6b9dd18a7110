import { fileIntensity } from "../../src/intensity/file/file-intensity.js";
import type { GridPeriod } from "../../src/intensity/port.js";
import { HttpClient } from "../../src/transport/http.js";
import type { Asker } from "./campaign.js";
import type { Writing } from "./mutate.js";

// Files of intensities, as somebody saved them and fetches them from elsewhere.

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 8 * HOUR_MS };
const instant = (hour: number): string => `${new Date(FROM + hour * HOUR_MS).toISOString().slice(0, 19)}Z`;

/** A list is a row or a table; whatever else somebody puts there is one field. */
const csv: Writing = (document, dice) => {
  const [comma, newline] = [
    dice.oneIn(8) ? dice.pick([";", "\t"]) : ",",
    dice.pick(["\n", "\n", "\r\n", "\r"]),
  ];
  const fields = (row: unknown): string => (Array.isArray(row) ? row.map(String).join(comma) : String(row));
  return Array.isArray(document) ? document.map(fields).join(newline) : String(document);
};

const TABLE = [
  ["# basis: lifecycle, consumption"],
  ["from", "to", "gco2e_per_kwh", "kind"],
  ...Array.from({ length: 8 }, (_, i) => [
    instant(i),
    instant(i + 1),
    100 + i,
    i < 6 ? "actual" : "forecast",
  ]),
];
const STEPS = [
  ["# basis: direct, production"],
  ["# name: somebody"],
  ["datetime", "kgco2_per_mwh"],
  ...Array.from({ length: 8 }, (_, i) => [instant(i), 200 + i]),
];
const DOCUMENT = {
  ...{ basis: "lifecycle consumption", name: "somebody" },
  periods: Array.from({ length: 8 }, (_, i) => ({
    from: instant(i),
    to: instant(i + 1),
    gco2e_per_kwh: 100 + i,
  })),
};

function asker(kind: string, documents: readonly unknown[], write?: Writing): Asker {
  return {
    kind,
    documents,
    ...(write === undefined ? {} : { write }),
    ask: async (fetch) => {
      const file = new HttpClient({ url: "http://127.0.0.1:1", fetch, retries: 0 });
      const content = await file.request({ path: "g", read: (body) => new TextDecoder().decode(body) });
      const periods = await fileIntensity({ content, name: "g", clock: () => FROM }).periods(INTERVAL);
      return periods.map(({ from, to, gco2eqPerKwh }) => ({ from, to, gco2eqPerKwh }));
    },
    wrongIn,
    mustTake: () => false,
  };
}

/** Each value must stand in the file, and each begin and end be a time in it, or as far from one as two of them are. */
function wrongIn(answer: unknown, body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body);
  const values = new Set([...text.matchAll(/[^\s,;:"[\]{}]+/g)].map(([word]) => Number(word)));
  const starts = new Set(
    [...text.matchAll(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?/g)].map(([time]) => Date.parse(time)),
  );
  let last = Number.NEGATIVE_INFINITY;
  for (const { from, to, gco2eqPerKwh: value } of answer as GridPeriod[]) {
    const isSane = from < to && from >= last && value >= 0 && value <= 2000;
    const isYear = /^\d{4}-01-01T00:00:00/.test(new Date(from).toISOString());
    if (!isSane || !values.has(value) || !(starts.has(from) || isYear))
      return `wrong: ${JSON.stringify({ from, to, value })}`;
    last = to;
  }
  return undefined;
}

export const FILE_ASKERS: readonly Asker[] = [
  asker("files of intensities, CSV", [TABLE, STEPS], csv),
  asker("files of intensities, JSON", [DOCUMENT, DOCUMENT.periods]),
];
