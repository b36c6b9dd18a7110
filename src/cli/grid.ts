import { basename } from "node:path";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";
import { badInput } from "../usage/errors.js";
import { given } from "../usage/given.js";
import { didYouMean, nearestFirst } from "../usage/nearest-name.js";
import type { Io } from "./io.js";
import { gramsPerKwh } from "./parse.js";
import { readInput } from "./read-input.js";
import { ofFlags, UsageError } from "./usage-error.js";

/** A grid as `--grid` names it: what kind, which place of it, and how. */
export interface GridName {
  readonly kind: GridKind;
  readonly place: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

/** The kinds of grids, each with how it is written and which options it takes. */
const GRIDS = {
  gb: { written: "gb or gb:REGION", options: [] },
  file: { written: "file:PATH", options: ["zone", "basis", "losses"] },
  "electricity-maps": { written: "electricity-maps:ZONE", options: ["emissions"] },
  elexon: { written: "elexon or elexon:FUELINST", options: ["factors", "grams"] },
  eco2mix: { written: "eco2mix", options: ["factors", "grams"] },
  entsoe: { written: "entsoe:DOMAIN", options: ["factors", "grams"] },
  watttime: { written: "watttime:REGION", options: [] },
} as const;
type GridKind = keyof typeof GRIDS;
/** How the name of a grid begins. */
export const GRID_KINDS: readonly string[] = Object.keys(GRIDS);

const WRITTEN = Object.values(GRIDS)
  .map(({ written }) => written)
  .join(", ");

/** Reads `electricity-maps:DE?emissions=direct`. `bad-input` names what there is. */
export function parseGrid(text: string): GridName {
  const [, kind = "", place, query = ""] = /^([^:/?]*)(?:[:/]([^?]*))?(?:\?(.*))?$/s.exec(text) ?? [];
  if (!isKind(kind))
    throw badInput(
      `there is no grid ${JSON.stringify(kind)}; there are ${WRITTEN}${didYouMean(kind, GRID_KINDS)}`,
    );
  if (kind === "gb" && place && !/^\d+$/.test(place))
    throw badInput(`${JSON.stringify(place)} is no region of gb: write its number, gb:1 to gb:18`);
  const options = Object.fromEntries(new URLSearchParams(query));
  const known: readonly string[] = GRIDS[kind].options;
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearestFirst(name, known)[0];
    throw badInput(
      near === undefined
        ? `${kind} takes no options, and so not ${JSON.stringify(name)}`
        : `${kind} has no option ${JSON.stringify(name)}; did you mean ${near}?`,
    );
  }
  const needsPlace = ["file", "electricity-maps", "entsoe", "watttime"].includes(kind);
  if (needsPlace && !place) throw badInput(`write ${GRIDS[kind].written}`);
  return { kind, place: place || undefined, options };
}

/** What `parseGrid` reads as that grid. */
export function writtenGrid({ kind, place, options }: GridName): string {
  const query = new URLSearchParams(options).toString();
  return `${kind}${place === undefined ? "" : `:${place}`}${query === "" ? "" : `?${query}`}`;
}

/** What electricity was bought as: a grid whose basis is market, or one number of grams per kWh. */
export type MarketName = GridName | number;

/** Reads `file:contract.csv?zone=RAL`, `constant:41` or `41`. */
export function parseMarket(text: string): MarketName {
  const [, name] = /^(\w[^:/?=]*)=/.exec(text) ?? [];
  if (name !== undefined && !isKind(name))
    throw badInput(
      `a store has one contract, and ${JSON.stringify(text)} is that of ${name} alone: give ${name} a store of its own (--project, --out), with --market as it is after the =`,
    );
  const [, grams] = /^(?:constant:)?(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (grams !== undefined) return gramsPerKwh(grams);
  if (/^(?:constant:|-?[\d.])/.test(text))
    throw badInput(`${JSON.stringify(text)} is no intensity: write gCO2eq/kWh, 0 or more, such as 41`);
  const [kind = ""] = text.split(/[:/?]/);
  if (isKind(kind)) return parseGrid(text);
  throw badInput(`there is no grid ${JSON.stringify(kind)}; write file:PATH, or gCO2eq/kWh such as 41`);
}

function isKind(kind: string): kind is GridKind {
  return Object.hasOwn(GRIDS, kind);
}

/** A grid whose hours use is accounted for by. */
export async function averageGrid(
  name: GridName,
  url: string | undefined,
  io: Io,
  flag = "--grid",
): Promise<IntensitySource> {
  const grid = await anyGrid(name, url, io, flag);
  if ("hasActual" in grid) return grid;
  throw new UsageError(
    `${flag} ${name.kind}: its intensities are marginal: they say when to run something (ada-carbon intensity --best), and use is accounted for by averages`,
  );
}

/** Any grid, also one that only says when to run something. */
export async function anyGrid(
  { kind, place, options }: GridName,
  url: string | undefined,
  io: Io,
  flag = "--grid",
): Promise<IntensitySource | MarginalSource> {
  const grids = await import("../intensity/index.js");
  const { clock } = io;
  const service = { fetch: io.fetch, ...given({ url }) };
  const mixOf = (generation: ReturnType<typeof grids.elexonGeneration>) =>
    grids.mixIntensity({ generation, factors: factorsOf(options, grids), clock });
  if (kind === "file") return fileGrid(place ?? "", options, io, flag);
  return ofFlags(() => {
    switch (kind) {
      case "gb":
        return grids.gbCarbonIntensity({
          clock,
          ...service,
          ...(place === undefined ? {} : { region: Number(place) }),
        });
      case "electricity-maps": {
        const token = secret(io, "ADA_CARBON_ELECTRICITY_MAPS_TOKEN", kind);
        const emissions = oneOf(options.emissions, ["lifecycle", "direct"], "emissions");
        return grids.electricityMaps({ zone: place ?? "", token, emissions, clock, ...service });
      }
      case "elexon":
        return mixOf(
          grids.elexonGeneration({
            dataset: oneOf(place, ["FUELHH", "FUELINST"], "the dataset"),
            ...service,
          }),
        );
      case "eco2mix":
        return mixOf(
          grids.eco2mixGeneration({
            dataset: oneOf(place, ["eco2mix-national-tr", "eco2mix-national-cons-def"], "the dataset"),
            ...service,
          }),
        );
      case "entsoe":
        return mixOf(
          grids.entsoeGeneration({
            domain: place ?? "",
            token: secret(io, "ADA_CARBON_ENTSOE_TOKEN", kind),
            ...service,
          }),
        );
      case "watttime": {
        const username = secret(io, "ADA_CARBON_WATTTIME_USER", kind);
        const password = secret(io, "ADA_CARBON_WATTTIME_PASSWORD", kind);
        return grids.wattTime({ region: place ?? "", username, password, clock, ...service });
      }
    }
  }, flag);
}

async function fileGrid(
  path: string,
  options: GridName["options"],
  io: Io,
  flag: string,
): Promise<IntensitySource> {
  const { fileIntensity } = await import("../intensity/file/file-intensity.js");
  const content = await readInput(path, "intensities").catch((cause: unknown) =>
    ofFlags(() => {
      throw cause;
    }, flag),
  );
  const { zone, basis, losses } = options;
  return ofFlags(() => {
    const losing = oneOf(losses, ["included", "excluded"], "losses") === "included";
    return fileIntensity({ content, name: basename(path), zone, basis, losses: losing, clock: io.clock });
  }, flag);
}

type Grids = typeof import("../intensity/index.js");

/** A set of factors, with those of `grams=oil:650+FUSION:12` in it; the id says them, since they change what is stored. */
function factorsOf({ factors, grams = "" }: GridName["options"], { IPCC_2014, NESO_2017 }: Grids) {
  const set =
    oneOf(factors, [IPCC_2014.id, NESO_2017.id], "factors") === NESO_2017.id ? NESO_2017 : IPCC_2014;
  // A plus is a space in a query.
  const given = grams.split(" ").filter(Boolean).sort().map(factorOf);
  const id = [set.id, ...given.map(([fuel, gramsOfFuel]) => `${fuel}=${gramsOfFuel}`)].join(",");
  return { ...set, id, gramsPerKwh: { ...set.gramsPerKwh, ...Object.fromEntries(given) } };
}

function factorOf(text: string): [fuel: string, grams: number] {
  const [, fuel, grams] = /^(.+):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (fuel !== undefined) return [fuel, Number(grams)];
  throw badInput(
    `grams ${JSON.stringify(text)} is no factor; write fuels with grams per kWh, as oil:650+FUSION:12`,
  );
}

/** `undefined` where it is not said, which leaves the default. */
function oneOf<T extends string>(
  value: string | undefined,
  known: readonly T[],
  what: string,
): T | undefined {
  const found = known.find((name) => name === value);
  if (found !== undefined || value === undefined) return found;
  throw badInput(`${what} ${JSON.stringify(value)} is none; write ${known.join(" or ")}`);
}

/** Secrets come from the environment: a command line is seen by everybody on the machine. */
function secret(io: Io, name: string, kind: string): string {
  const value = io.env[name];
  if (value !== undefined && value !== "") return value;
  throw badInput(`${kind} needs a secret: set ${name} in the environment`);
}
