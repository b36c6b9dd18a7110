import { entsoeGeneration } from "../../src/intensity/mix/entsoe.js";
import type { Asker } from "./campaign.js";
import type { Writing } from "./mutate.js";

// ENTSO-E answers in XML. Its documents are drawn as trees of names and texts, and written as XML.

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 3 * HOUR_MS };
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** A series of one kind of production; where points are left out, the one before goes on. */
const series = (psrType: string, resolution: string, quantities: readonly (number | null)[]): object => ({
  "inBiddingZone_Domain.mRID": "10YFR-RTE------C",
  "quantity_Measure_Unit.name": "MAW",
  curveType: "A03",
  MktPSRType: { psrType },
  Period: {
    timeInterval: { start: minute(INTERVAL.from), end: minute(INTERVAL.to) },
    resolution,
    Point: quantities.flatMap((quantity, i) => (quantity === null ? [] : [{ position: i + 1, quantity }])),
  },
});
const DOCUMENT = {
  GL_MarketDocument: {
    createdDateTime: "2025-09-10T05:00:00Z",
    TimeSeries: [
      series("B14", "PT60M", [40_000, 40_500, 41_000]),
      series("B04", "PT60M", [3000, null, 3200]),
      series("B19", "PT30M", [5000, 5100, null, null, 4900, 4800]),
      series("B10", "PT60M", [700]),
    ],
  },
};
const NOTHING = {
  Acknowledgement_MarketDocument: { Reason: { code: 999, text: "No matching data found for Data item" } },
};

/** An object is elements by name, a list one element each. A text is written as it is, with whatever marks are in it. */
const xml: Writing = (document, dice) =>
  `${dice.oneIn(2) ? '<?xml version="1.0" encoding="utf-8"?>' : ""}${elements(document)}`;

function elements(node: unknown): string {
  if (typeof node !== "object" || node === null) return String(node ?? "");
  return Object.entries(node)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const))
    .map(([name, value]) => `<${name}>${elements(value)}</${name}>`)
    .join("");
}

interface Mix {
  readonly from: number;
  readonly to: number;
  readonly amounts?: readonly number[];
}

/** Each amount must stand in the reply as a quantity, and its time lie between two that the reply names. */
function wrongIn(answer: unknown, body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body);
  const quantities = new Set(
    [...text.matchAll(/<quantity\b[^>]*>\s*([^<\s][^<]*)</g)].map(([, quantity]) => Number(quantity)),
  );
  const times = [...text.matchAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]{5})/g)]
    .map(([time]) => Date.parse(time))
    .filter((time) => !Number.isNaN(time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  let before = Number.NEGATIVE_INFINITY;
  for (const period of answer as Mix[]) {
    const { from, to, amounts = [Number.NaN] } = period;
    const isInReply = from >= first && to <= last && from < to && from >= before;
    if (!isInReply || !amounts.every((amount) => quantities.has(amount)))
      return `wrong: ${JSON.stringify(period)}`;
    before = from;
  }
  return undefined;
}

export const XML_ASKERS: readonly Asker[] = [
  {
    kind: "replies of ENTSO-E",
    documents: [DOCUMENT, DOCUMENT, DOCUMENT, NOTHING],
    write: xml,
    ask: async (fetch): Promise<Mix[]> => {
      const source = entsoeGeneration({ domain: "10YFR-RTE------C", token: "t", fetch, retries: 0 });
      const periods = await source.generation(INTERVAL);
      return periods.map(({ from, to, byFuel }) => ({ from, to, amounts: [...byFuel.values()] }));
    },
    wrongIn,
    mustTake: () => false,
  },
];
