import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, parseInstant } from "../../usage/hour.js";
import { eco2mixGeneration } from "./eco2mix.js";
import { elexonGeneration } from "./elexon.js";
import { entsoeGeneration } from "./entsoe.js";
import { readEntsoe } from "./entsoe-document.js";
import { IPCC_2014, NESO_2017 } from "./factors.js";
import { mixIntensity } from "./mix.js";

const FROM = parseInstant("2025-09-10T00:00Z");
const HALF = HOUR_MS / 2;
const once = { retries: 0 };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const elexon = (rows: readonly object[]) =>
  nock("https://data.elexon.co.uk")
    .get("/bmrs/api/v1/datasets/FUELHH/stream")
    .query(true)
    .reply(200, [...rows]);
const row = (fuelType: string, generation: number | null, more: object = {}) => ({
  dataset: "FUELHH",
  publishTime: "2025-09-10T00:30:00Z",
  startTime: "2025-09-10T00:00:00Z",
  settlementDate: "2025-09-10",
  settlementPeriod: 3,
  fuelType,
  generation,
  ...more,
});

describe("a generation mix times factors", () => {
  it("weighs what Elexon lists, without storage, imports and what consumes", async () => {
    elexon([
      row("CCGT", 6000),
      row("WIND", 9000),
      row("PS", 800),
      row("INTFR", 1500),
      row("NUCLEAR", 5000),
      row("OTHER", -10),
    ]);
    const grid = mixIntensity({ generation: elexonGeneration(once), factors: NESO_2017, clock: () => 7 });
    const [period] = await grid.periods({ from: FROM, to: FROM + HALF });
    expect(period).toEqual({
      from: FROM,
      to: FROM + HALF,
      gco2eqPerKwh: (6000 * 394) / 20_000,
      kind: "actual",
      fetchedAt: 7,
      updatedAt: parseInstant("2025-09-10T00:30Z"),
    });
    expect(grid.id).toBe("mix/elexon/FUELHH/neso-2017");
    expect(grid.basis).toMatchObject({ emissions: "direct", flow: "production", losses: "excluded" });
  });

  it("takes what Elexon published last", async () => {
    elexon([
      row("CCGT", 1000, { publishTime: "2025-09-10T01:00:00Z" }),
      row("CCGT", 9000),
      row("NUCLEAR", 1000),
    ]);
    const grid = mixIntensity({ generation: elexonGeneration(once), factors: NESO_2017 });
    expect((await grid.periods({ from: FROM, to: FROM + HALF }))[0]?.gco2eqPerKwh).toBe(197);
  });

  it("does not know a time with a fuel that has no factor, and says which", async () => {
    elexon([row("OIL", 500), row("WIND", 500)]);
    const warnings: string[] = [];
    const grid = mixIntensity({ generation: elexonGeneration(once), factors: IPCC_2014 });
    const onWarning = (message: string): void => void warnings.push(message);
    expect(await grid.periods({ from: FROM, to: FROM + HALF }, { onWarning })).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("ipcc-2014 has no factor of oil")]);
  });

  describe("a fuel that nobody has told of yet", () => {
    const half = (hour: string) => ({ startTime: `2025-09-10T${hour}Z`, publishTime: `2025-09-10T${hour}Z` });
    const ask = async (rows: readonly object[], factors = IPCC_2014) => {
      elexon(rows);
      const warnings: string[] = [];
      const onWarning = (message: string): void => void warnings.push(message);
      const grid = mixIntensity({ generation: elexonGeneration(once), factors });
      const periods = await grid.periods({ from: FROM, to: FROM + 3 * HALF }, { onWarning });
      return {
        known: periods.map(({ from, gco2eqPerKwh }) => [(from - FROM) / HALF, gco2eqPerKwh]),
        warnings,
      };
    };

    it.each(["FUSION", "constructor", "__proto__"])(
      "costs the times alone in which it generates: %s",
      async (fuel) => {
        const { known, warnings } = await ask([
          ...[row("WIND", 900, half("00:00")), row(fuel, 0, half("00:00"))],
          ...[row("WIND", 750, half("00:30")), row(fuel, 250, half("00:30"))],
          ...[row("WIND", 900, half("01:00")), row(fuel, -5, half("01:00"))],
        ]);
        expect(known).toEqual([
          [0, 11],
          [2, 11],
        ]);
        expect(warnings).toEqual([
          `mix/elexon/FUELHH/ipcc-2014: the intensity is not known, 2025-09-10T00:30:00Z to 2025-09-10T01:00:00Z: ipcc-2014 has no factor of ${fuel}, up to 25.0% of what was generated; give one in gramsPerKwh, or with --grid and ?grams=${fuel}:NUMBER`,
        ]);
      },
    );

    it("counts by a factor of one's own", async () => {
      const factors = { ...IPCC_2014, gramsPerKwh: { ...IPCC_2014.gramsPerKwh, FUSION: 5 } };
      const { known, warnings } = await ask([row("WIND", 500), row("FUSION", 500)], factors);
      expect([known, warnings]).toEqual([[[0, 8]], []]);
    });

    it("is named first where it is the larger part, and no more than three are", async () => {
      const many = ["A", "B", "C", "D"].map((fuel, i) => row(fuel, 10 * (i + 1)));
      const { warnings } = await ask([row("WIND", 900), row("COAL", 0), ...many]);
      expect(warnings).toEqual([
        expect.stringMatching(/has no factor of D, C, B and 1 more, up to 10\.0% of what was generated; /),
      ]);
    });
  });

  it("does not take a fuel that is left out for none, but solar at night", async () => {
    const half = (hour: string) => ({ startTime: `2025-09-10T${hour}Z`, publishTime: `2025-09-10T${hour}Z` });
    elexon([
      row("CCGT", 100, half("00:00")),
      row("NUCLEAR", 300, half("00:00")),
      row("CCGT", 100, half("00:30")),
      row("NUCLEAR", null, half("00:30")),
      row("CCGT", 100, half("01:00")),
      row("NUCLEAR", 300, half("01:00")),
      row("OIL", 1, half("01:00")),
    ]);
    const warnings: string[] = [];
    const grid = mixIntensity({ generation: elexonGeneration(once), factors: IPCC_2014 });
    const onWarning = (message: string): void => void warnings.push(message);
    const periods = await grid.periods({ from: FROM, to: FROM + 3 * HALF }, { onWarning });
    expect(periods.map(({ from }) => from)).toEqual([FROM, FROM + 2 * HALF]);
    expect(warnings).toEqual([expect.stringMatching(/00:30:00Z to .*: nothing is said of nuclear, and/)]);
    const byDay = {
      from: FROM,
      to: FROM + HALF,
      byFuel: new Map([["solar", 5] as const, ["wind", 5] as const]),
    };
    const byNight = { from: FROM + HALF, to: FROM + HOUR_MS, byFuel: new Map([["wind", 5] as const]) };
    const sunny = { id: "sunny", generation: async () => [byDay, byNight] };
    const answer = mixIntensity({ generation: sunny, factors: IPCC_2014 }).periods({
      from: FROM,
      to: FROM + HOUR_MS,
    });
    expect((await answer).map(({ gco2eqPerKwh }) => gco2eqPerKwh)).toEqual([29.5, 11]);
  });

  it("counts each kind of station once, however often éCO2mix lists it, and says where it differs", async () => {
    const hour = { date_heure: "2025-09-10T00:00:00+00:00", gaz: 1000, nucleaire: 3000, charbon: "" };
    nock("https://odre.opendatasoft.com")
      .get(/eco2mix/)
      .query(true)
      .reply(200, [hour, hour, { ...hour, gaz: 2000 }]);
    const warnings: string[] = [];
    const [period] = await eco2mixGeneration(once).generation(
      { from: FROM, to: FROM + HALF },
      { onWarning: (message) => void warnings.push(message) },
    );
    expect([...(period?.byFuel ?? [])].sort()).toEqual([
      ["gas", 2000],
      ["nuclear", 3000],
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/more than once .* gaz, .* \(1000 and 2000\): the last/),
    ]);
  });

  it("counts a half hour once that is in two of the replies of a long interval", async () => {
    nock("https://odre.opendatasoft.com")
      .get(/eco2mix/)
      .query(true)
      .times(2)
      .reply(200, [{ date_heure: "2025-09-24T00:00:00+00:00", gaz: 1000 }]);
    const [period] = await eco2mixGeneration(once).generation({ from: FROM, to: FROM + 20 * DAY_MS });
    expect(period?.byFuel.get("gas")).toBe(1000);
  });

  it("reads France's éCO2mix by half hours", async () => {
    nock("https://odre.opendatasoft.com")
      .get("/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/exports/json")
      .query(({ where }) => String(where).includes("date_heure < date'2025-09-10T01:00:00Z'"))
      .reply(200, [
        {
          date_heure: "2025-09-10T00:00:00+00:00",
          nucleaire: 40_000,
          eolien: "4000",
          gaz: 1000,
          pompage: -500,
          ech_physiques: -9000,
        },
        { date_heure: "2025-09-10T00:15:00+00:00", nucleaire: null },
        { date_heure: "2025-09-10T00:30:00+00:00", nucleaire: null, eolien: null, gaz: null },
      ]);
    const grid = mixIntensity({ generation: eco2mixGeneration(once), factors: IPCC_2014 });
    const periods = await grid.periods({ from: FROM, to: FROM + HOUR_MS });
    expect(periods.map(({ from }) => from)).toEqual([FROM]);
    expect(periods[0]?.gco2eqPerKwh).toBeCloseTo((40_000 * 12 + 4000 * 11 + 1000 * 490) / 45_000, 12);
  });
});

describe("a new column of éCO2mix", () => {
  /** What a row has beside what its fuels generate. */
  const REST = {
    ...{ perimetre: "France", nature: "Données temps réel", date: "2025-09-10", heure: "02:00" },
    ...{
      date_heure: "2025-09-10T00:00:00+00:00",
      consommation: 52_770,
      prevision_j1: 52_200,
      prevision_j: 53_000,
    },
    ...{ taux_co2: 57, ech_physiques: 4196, ech_comm_espagne: "-100", pompage: 1, column_30: null },
    ...{ stockage_batterie: -269, destockage_batterie: 80, eolien_terrestre: 3000, eolien_offshore: "1000" },
    ...{ gaz_ccg: 1000, gaz_tac: "ND", hydraulique_step_turbinage: 0, bioenergies_biogaz: "-" },
  };
  const FUELS = { nucleaire: 40_000, eolien: 4000, gaz: 1000, hydraulique: 0, bioenergies: "-" };
  const asked = async (more: object) => {
    const fetch = async (): Promise<Response> => Response.json([{ ...REST, ...FUELS, ...more }]);
    const grid = mixIntensity({ generation: eco2mixGeneration({ fetch }), factors: IPCC_2014 });
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    return { periods: await grid.periods({ from: FROM, to: FROM + HALF }, { onWarning }), warnings };
  };

  it.each([{}, { hydrogene: 0 }, { hydrogene: "ND" }, { hydrogene: 40 }])("may hold %j", async (more) => {
    const { periods, warnings } = await asked(more);
    expect(periods[0]?.gco2eqPerKwh).toBeCloseTo((40_000 * 12 + 4000 * 11 + 1000 * 490) / 45_000, 12);
    expect(warnings).toEqual([]);
  });

  it("is not passed over where it generated more than 1%", async () => {
    const { periods, warnings } = await asked({ hydrogene: "5000" });
    expect(periods).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/has no factor of hydrogene, up to 10.0% of what was generated/),
    ]);
  });
});

const series = (psrType: string, points: string, more = "") => `<TimeSeries>
  <mRID>1</mRID><inBiddingZone_Domain.mRID codingScheme="A01">10Y1001A1001A83F</inBiddingZone_Domain.mRID>${more}
  <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A03</curveType>
  <MktPSRType><psrType>${psrType}</psrType></MktPSRType>
  <Period><timeInterval><start>2025-09-10T00:00Z</start><end>2025-09-10T01:00Z</end></timeInterval>
  <resolution>PT15M</resolution>${points}</Period></TimeSeries>`;
const point = (position: number, quantity: number) =>
  `<Point><position>${position}</position><quantity>${quantity}</quantity></Point>`;
const document = (...all: readonly string[]) => `<?xml version="1.0" encoding="utf-8"?>
<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0">
<createdDateTime>2025-09-10T02:00:00Z</createdDateTime>${all.join("")}</GL_MarketDocument>`;

describe("ENTSO-E", () => {
  it("is read by quarters, where what is left out goes on as before", async () => {
    const xml = document(
      series("B04", point(1, 400) + point(3, 800)),
      series("B19", point(1, 1200)),
      series("B10", point(1, 5000)),
      series(
        "B10",
        point(1, 900),
        '<outBiddingZone_Domain.mRID codingScheme="A01">10Y1001A1001A83F</outBiddingZone_Domain.mRID>',
      ),
    );
    nock("https://web-api.tp.entsoe.eu")
      .get("/api")
      .query({
        securityToken: "secret",
        documentType: "A75",
        processType: "A16",
        in_Domain: "10Y1001A1001A83F",
        periodStart: "202509100000",
        periodEnd: "202509100100",
      })
      .reply(200, xml, { "content-type": "text/xml" });
    const generation = entsoeGeneration({ domain: "10Y1001A1001A83F", token: "secret", ...once });
    const grid = mixIntensity({ generation, factors: IPCC_2014 });
    const periods = await grid.periods({ from: FROM, to: FROM + HOUR_MS });
    const early = (400 * 490 + 1200 * 11) / 1600;
    const late = (800 * 490 + 1200 * 11) / 2000;
    expect(periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh)).toEqual([early, early, late, late]);
    expect(periods[1]).toMatchObject({ from: FROM + 900_000, to: FROM + 1_800_000 });
  });

  it("knows nothing of empty quantities, and of points left out of a curve of single steps", () => {
    const empty = "<Point><position>2</position><quantity/></Point>";
    const carried = document(series("B04", point(1, 400) + empty + point(4, 800)));
    const starts = (xml: string) => readEntsoe(xml, "here").map(({ from }) => (from - FROM) / (HOUR_MS / 4));
    expect(starts(carried)).toEqual([0, 3]);
    expect(starts(document(series("B04", point(1, 400))).replace("A03", "A01"))).toEqual([0]);
  });

  it("mixes kinds that are told in steps of different lengths", () => {
    const hourly = series("B14", point(1, 1000)).replace("PT15M", "PT60M");
    const rows = readEntsoe(document(series("B04", point(1, 400)), hourly), "here");
    expect(rows.map(({ from, to }) => [from, to])).toEqual([
      ...[0, 1, 2, 3, 0, 1, 2, 3].map((i) => [FROM + i * 900_000, FROM + (i + 1) * 900_000]),
    ]);
  });

  it("has a kind that nobody has told of yet under its code", () => {
    const rows = readEntsoe(document(series("B99", point(1, 7)), series("B04", point(1, 1))), "here");
    expect(new Set(rows.map(({ station, fuel }) => `${station} ${fuel}`))).toEqual(
      new Set(["B99 B99", "B04 gas"]),
    );
  });

  it("does not know what is not published", () => {
    const none =
      "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found for Data item</text></Reason></Acknowledgement_MarketDocument>";
    expect(readEntsoe(none, "here")).toEqual([]);
  });

  it.each([
    ["half a document", document(series("B04", point(1, 1))).slice(0, -30), /here: not XML: /],
    ["a page", "<html><body>Login</body></html>", /it is a html/],
    ["nothing", "", /not XML/],
    [
      "a time that is none",
      document(series("B04", "")).replace("02:00:00Z", "26:00:00Z"),
      /here: .*is not an instant/,
    ],
    ["a point outside of its period", document(series("B04", point(5, 1))), /position "5", of 4 there are/],
    [
      "a decimal comma",
      document(series("B04", "<Point><position>1</position><quantity>1,5</quantity></Point>")),
      /"1,5" is no number/,
    ],
    ["a series of no kind", document(series("", point(1, 1))), /a series has no kind of production/],
    [
      "an entity from elsewhere",
      '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><GL_MarketDocument>&y;</GL_MarketDocument>',
      /not XML/,
    ],
    [
      "a refusal",
      "<Acknowledgement_MarketDocument><Reason><text>Too many requests</text></Reason></Acknowledgement_MarketDocument>",
      /Too many requests/,
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => readEntsoe(text, "here")).toThrow(message);
  });

  it("is refused where a few words stand for more values, or elements, than can be", () => {
    const years = series("B04", point(1, 1)).replace("<start>2025", "<start>2024");
    expect(() => readEntsoe(document(...Array.from({ length: 20 }, () => years)), "here")).toThrow(
      /here: the answer is of more than 500000 values; ask for less/,
    );
    expect(() => readEntsoe(`<a>${"<b/>".repeat(1_000_000)}</a>`, "here")).toThrow(
      /more than 1000000 elements/,
    );
  });

  it.each(["FR", "10YFR-RTE-----C", "10yfr-rte------c"])("takes %s for no code of a zone", (domain) => {
    expect(() => entsoeGeneration({ domain, token: "secret" })).toThrow(
      /is no code of a zone; give its EIC code of 16 characters, such as 10YFR-RTE------C for France/,
    );
  });

  it("has its token in no message", async () => {
    nock("https://web-api.tp.entsoe.eu").get("/api").query(true).reply(401, "Unauthorized");
    const failure = await entsoeGeneration({ domain: "10YFR-RTE------C", token: "secret", ...once })
      .generation({ from: FROM, to: FROM + HOUR_MS })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unauthorised" });
    expect(String(failure)).not.toContain("secret");
  });
});
