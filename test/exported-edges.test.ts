import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ADA, isAdaCarbonError, perCore, toRecords, workspaceModel } from "ada-carbon";
import { noAverages } from "ada-carbon/averages";
import { createHandler } from "ada-carbon/http";
import { GB_BASIS, hourlyIntensity, memoryIntensityCache } from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { analysisPage } from "ada-carbon/page";
import { sqliteStores } from "ada-carbon/sqlite";
import { simulateCluster, steadyLoad } from "ada-carbon/testing";
import { rollup } from "ada-carbon/timeseries";
import { describe, expect, it } from "vitest";

// Whatever an untyped caller hands to an exported function that takes options is answered by an error that says what is
// wrong, never by a TypeError. The functions are those of the recorded public interface: one that is added is held to it.

const folder = fileURLToPath(new URL("./public-api/", import.meta.url));
const HOUR = Date.UTC(2025, 8, 10);
const interval = { from: HOUR, to: HOUR + 3_600_000 };
const cpu = { where: "nowhere", projects: asked, cpuHours: asked };
const intensity = { id: "nowhere", hasActual: false, periods: asked };
const store = memoryUsageStore();
const series = await store.read(ADA, interval);
const kwh = new Float64Array(1);
const meter = { meter: "m", kind: "site", hosts: null, spread: null, hours: [], kwh: new Float64Array(0) };
const cluster = simulateCluster({ interval, hosts: 1 });
const catalogue = {
  where: "here",
  machines: async () => [
    {
      ...{ machine: "Muon", curve: null, memory: null, source: null, date: null },
      ...{ busyCore: { watts: 8, low: 8, high: 8 }, idleCore: { watts: 2, low: 2, high: 2 } },
    },
  ],
};

/** Whatever they are given, the answer is that it is not so. */
const MAY_BE_ANYTHING = ["isMetered", "isTracked"];
/** They have a default. */
const MAY_BE_NOTHING = ["recordedNames", "bootTimeJitter"];

/** Nobody is asked anything before the options are right. */
function asked(): never {
  throw new Error("was asked before the options were checked");
}

/**
 * How a function is called with options: what comes before them, and options that are right. An instant or number among
 * them is named, to be put out of order.
 */
interface Call {
  readonly before?: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Options that are an instant, an interval or a number. */
  readonly numbers?: readonly string[];
  /** Whether they may be left out. */
  readonly mayBeMissing?: true;
}

const url = "http://127.0.0.1:9";
const call = { options: {}, mayBeMissing: true } as const;
const CALLS: Readonly<Record<string, Call>> = {
  sync: { options: { cpu, intensity, store, interval }, numbers: ["interval", "fallbackGco2eqPerKwh"] },
  runSync: { options: { cpu, intensity, store, interval }, numbers: ["interval", "completeAt"] },
  restate: { options: { store, interval }, numbers: ["interval"] },
  prune: { options: { store, before: HOUR }, numbers: ["before"] },
  forget: { options: { store, users: ["amara"] } },
  explain: { before: [store, ADA, HOUR], ...call },
  readStatement: {
    before: [store, ADA, interval],
    options: { statedAt: HOUR },
    numbers: ["statedAt"],
  },
  readDayEntry: { before: [store, "IDAaaS", HOUR], ...call },
  usageTable: { before: [store], options: { scope: ADA, ...interval }, numbers: ["from", "to"] },
  perCore: { ...call, numbers: ["busyWatts", "pue"] },
  workspaceModel: { ...call, numbers: ["ramW"] },
  workspaceTenures: { options: { collection: { find: asked } } },
  machineAverageModel: { before: [memoryAverageStore(), perCore()], ...call },
  rebuildAverages: { before: [store, memoryAverageStore(), []], ...call },
  repairAverages: { before: [store, memoryAverageStore()], ...call },
  calibrate: { before: [[]], options: { where: "here" } },
  closeMeter: { options: { meterKwh: kwh, busyKwh: kwh, idleKwh: kwh }, numbers: ["floorWatts"] },
  loadsBehind: { before: [[meter]], options: { ada: series, hosts: [] } },
  storedUsage: { before: [store, interval], ...call },
  fileAverageStore: { before: ["nowhere"], ...call, numbers: ["lockWaitMs"] },
  fileUsageStore: { before: ["nowhere"], ...call, numbers: ["lockWaitMs"] },
  fileWorkspaceStore: { before: ["nowhere"], ...call, numbers: ["lockWaitMs"] },
  sqliteStores: { before: [":memory:"], ...call, numbers: ["lockWaitMs"] },
  postgresStores: { options: { url: "postgres://localhost/x" }, numbers: ["lockWaitMs"] },
  postgresUsageStore: { options: { url: "postgres://localhost/x" } },
  postgresAverageStore: { options: { url: "postgres://localhost/x" } },
  postgresWorkspaceStore: { options: { url: "postgres://localhost/x" } },
  mongodbStores: { options: { url: "mongodb://localhost/x" }, numbers: ["staleMs"] },
  mongodbUsageStore: { options: { url: "mongodb://localhost/x" } },
  mongodbAverageStore: { options: { url: "mongodb://localhost/x" } },
  mongodbWorkspaceStore: { options: { url: "mongodb://localhost/x" } },
  createHandler: { options: { usage: store, sites: {} }, numbers: ["fallbackGco2eqPerKwh"] },
  toNodeListener: { before: [asked], ...call, numbers: ["stalledMs"] },
  analysisPage: { options: { sites: ["isis"] } },
  backTest: { before: [[], []], options: { hours: 1, withinHours: 24 }, numbers: ["hours"] },
  bestPlaces: { before: [{}, 1], options: { notBefore: HOUR, notAfter: HOUR + 1 }, numbers: ["notAfter"] },
  bestWindow: { before: [[], 1], ...call, numbers: ["notBefore"] },
  cachedIntensity: { before: [intensity, memoryIntensityCache()], ...call, numbers: ["freshForMs"] },
  electricityMaps: { options: { zone: "DE", token: "t" }, numbers: ["totalTimeoutMs"] },
  wattTime: { options: { region: "UK", username: "me", password: "p" }, numbers: ["totalTimeoutMs"] },
  elexonGeneration: { ...call, numbers: ["totalTimeoutMs"] },
  eco2mixGeneration: { ...call, numbers: ["totalTimeoutMs"] },
  entsoeGeneration: { options: { domain: "x", token: "t" }, numbers: ["totalTimeoutMs"] },
  mixIntensity: {
    options: { generation: { id: "x", generation: asked }, factors: { id: "f", gramsPerKwh: {} } },
  },
  fileIntensity: {
    options: { content: "# basis: direct production\nyear,gco2e_per_kwh\n2025,100\n", name: "x.csv" },
  },
  gbCarbonIntensity: { ...call, numbers: ["region", "totalTimeoutMs"] },
  catalogueModel: { before: [catalogue], options: { fallback: perCore() }, numbers: ["pue"] },
  workspaceCatalogueModel: { before: [catalogue], options: { fallback: workspaceModel() }, numbers: ["pue"] },
  meterText: { before: ["time,meter,kwh\n", "x.csv"], options: { kind: "rack" }, numbers: ["maxGapMs"] },
  meteredModel: { before: [[]], options: { where: "here", fallback: perCore() } },
  prometheusMeterSource: {
    options: { url, metric: { names: ["watts"], unit: "watts", only: null }, kind: "rack" },
    numbers: ["leastShare"],
  },
  prometheusCpuSource: { options: { url }, numbers: ["graceMs", "concurrency"] },
  prometheusHostSource: { options: { url }, numbers: ["windowMs"] },
  recordingRulesFile: { ...call, numbers: ["everyMinutes"] },
  decodeUsage: { before: [new Uint8Array(0)], options: { where: "here" } },
  importUsage: { before: [new Uint8Array(0)], options: { where: "here" } },
  binTable: { before: [interval, "day"], ...call },
  rollup: { before: [series, interval, "day"], ...call },
  yearHeatmap: { before: [series, 2025], ...call },
  tallyOf: { before: [series], options: interval, numbers: ["from", "to"] },
  hoursIn: { options: interval, numbers: ["from", "to"] },
  finishedHours: { options: interval, numbers: ["from", "to"] },
  dayEntry: {
    options: { project: "IDAaaS", day: HOUR, all: series, machines: new Map() },
    numbers: ["day"],
  },
  dayEntryToSeries: {
    before: [{ cloud_project_name: "IDAaaS", date: "10_09_2025", timeseries: {} }],
    ...call,
  },
  parseDayEntry: { before: ["{}"], options: { where: "here" } },
  boundsOf: { before: [series], ...call },
  trackWorkspaces: {
    options: {
      hosts: { where: "x", sites: [], activeHosts: asked },
      store: memoryWorkspaceStore(),
      intensity,
    },
    numbers: ["graceMs"],
  },
  averageStoreSuite: { before: [() => undefined, asked], ...call, numbers: ["tolerance"] },
  usageStoreSuite: { before: [() => undefined, asked], ...call, numbers: ["hoursAtOnce"] },
  workspaceStoreSuite: { before: [() => undefined, asked], ...call, numbers: ["sessionsAtOnce"] },
  openMetrics: { before: [cluster], ...call },
  prometheusText: { before: [cluster], ...call },
  serveSimulation: { options: { cluster } },
  simulateCluster: { options: { interval }, numbers: ["interval", "scrapeSeconds"] },
  simulateGrid: { ...call, numbers: ["gco2eqPerKwh"] },
  simulateMeters: { before: [cluster], options: { watts: {} }, numbers: ["noise"] },
  UsageReader: { before: [store], ...call },
  PrometheusClient: { options: { url }, numbers: ["retries"] },
  SensorHours: { before: [[]], ...call, numbers: ["maxGapMs"] },
};

/** An interval may know more than its ends, as a bin of a rollup does: one that is misspelt is missing. */
const MAY_KNOW_MORE: readonly string[] = ["tallyOf", "hoursIn", "finishedHours"];

/** Functions of an object that is no options: what they take was made by this library, and is not looked at again. */
const EXEMPT: Readonly<Record<string, string>> = {
  AdaCarbonError: "its options are those of the platform's Error",
  forgettingCalls: "takes a guard and a storage of whoever writes a store",
  overlaps: "takes a session and an interval that a store was asked with",
  powerFactors: "takes an entry of a catalogue that was checked when it was read",
};

/** Exported functions and classes that take an object that is destructured, or called options, by door. */
function takingOptions(): { door: string; name: string }[] {
  return readdirSync(folder).flatMap((file) => {
    const declarations = readFileSync(`${folder}${file}`, "utf8").split(/\n\n(?=\S)/);
    return declarations.flatMap((text) => {
      const [, name = ""] = /^(?:function|class) (\w+)/.exec(text) ?? [];
      const parameters = text.startsWith("class") ? (/constructor\(([^;]*)\);/.exec(text)?.[1] ?? "") : text;
      const takes = /Options\b|\boptions\??:|\{[^}]*\}\??: |: (?:DayEntryInput|SiteHours|StoredUsage)\b/.test(
        parameters,
      );
      return name !== "" && takes ? [{ door: file.replace(".txt", ""), name }] : [];
    });
  });
}

async function exported(door: string, name: string): Promise<(...args: unknown[]) => Promise<unknown>> {
  const module = await import(door === "root" ? "ada-carbon" : `ada-carbon/${door}`);
  const found = module[name];
  return async (...args) => {
    const result = /^[A-Z]/.test(name) ? new found(...args) : found(...args);
    // Of a generator, the first step.
    return typeof result?.next === "function" ? result.next() : result;
  };
}

async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function expectBadInput(error: unknown, what: string): void {
  expect(isAdaCarbonError(error, "bad-input"), `${what}: ${String(error)}`).toBe(true);
}

const doors = takingOptions();

describe("what untyped callers hand over", () => {
  it("is looked for in every door", () => {
    expect(doors.length).toBeGreaterThan(70);
    const known = [...Object.keys(CALLS), ...Object.keys(EXEMPT)];
    expect(doors.filter(({ name }) => !known.includes(name))).toEqual([]);
  });

  it.each(doors.filter(({ name }) => name in CALLS))(
    "is told to callers of $door $name",
    async ({ door, name }) => {
      const run = await exported(door, name);
      const { before = [], options, numbers = [], mayBeMissing } = CALLS[name] ?? { options: {} };
      const given = (value: unknown): Promise<unknown> => errorOf(() => run(...before, value));
      if (mayBeMissing !== true) expectBadInput(await given(undefined), "nothing");
      for (const value of [null, new Map(Object.entries(options)), [], "options", 7])
        expectBadInput(await given(value), `${Object.prototype.toString.call(value)}`);
      const misspelt = await given({ ...options, intervall: interval });
      if (!MAY_KNOW_MORE.includes(name)) {
        expectBadInput(misspelt, "a misspelt key");
        expect(String(misspelt)).toContain('"intervall"');
      }
      for (const number of numbers) {
        const isInterval = number === "interval";
        const wrong = isInterval
          ? [
              { from: Number.NaN, to: HOUR },
              new Map(Object.entries(interval)),
              { from: "2025-09-10", to: HOUR },
            ]
          : [Number.NaN, "soon", {}];
        for (const value of wrong)
          expectBadInput(await given({ ...options, [number]: value }), `${number} ${String(value)}`);
      }
    },
  );

  it.each(Object.entries(CALLS).filter(([, { before = [] }]) => before[0] === store))(
    "is told of a store that is none, by %s",
    async (name, { before = [], options }) => {
      const { door = "root" } = doors.find((one) => one.name === name) ?? {};
      const run = await exported(door, name);
      for (const value of [undefined, null, new Map(), "folder"])
        expectBadInput(await errorOf(() => run(value, ...before.slice(1), options)), String(value));
    },
  );
});

const bins = rollup(series, { ...interval, zone: "UTC" }, "hour");
const records = toRecords(series);
const averages = noAverages("Muon");
const machines = await catalogue.machines();
const column = new Float64Array(1);
const period = { ...interval, gco2eqPerKwh: 100, kind: "actual", fetchedAt: HOUR };
const basis = "direct production";
/** What comes before options, or is all that a function takes, is checked as options are: arguments that are right. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  finishedHour: [HOUR, HOUR + 3_600_000],
  formatInstant: [HOUR],
  hourOf: [HOUR],
  parseHour: ["2025-09-10T00:00Z"],
  parseInstant: ["2025-09-10T00:00Z"],
  assertAverages: [averages],
  assertName: ["Muon", "the name"],
  assertScope: [ADA],
  assertSeries: [series],
  assertSession: [{}],
  assertEnd: [["w-1"], HOUR],
  recordedNames: ["ours"],
  constantIntensity: [100],
  differenceOf: [{}, {}],
  formatStatement: [{}],
  marketStatement: [{}],
  UsageTable: [[]],
  machineOfAttributes: ["Muon", {}, "x"],
  metricByName: ["rapl"],
  equivalencies: [1],
  energyEquivalencies: [1],
  formatMachineMetrics: [{}],
  parseMachineMetrics: ["{}", "x"],
  parseRunningAverages: ["{}", "x"],
  fileIntensityCache: ["nowhere"],
  bootTimeAlways: [0],
  bootTimeJitter: [1],
  bootTimeSteps: [[]],
  clusterTruth: [cluster],
  hourAt: [0],
  hourlyBurst: [10, 1],
  loadsInTurn: [steadyLoad(1)],
  marked: [ADA, [], 1],
  markedAverages: ["Muon", 1],
  markedSession: ["1", 1],
  sampleAverages: ["Muon", 1],
  sampleHours: [1, 0],
  sampleSeries: [ADA, [], 1],
  sampleSession: ["1", 1],
  sharesOf: [{}],
  steadyLoad: [10],
  steadyModes: [{}],
  emptySeries: [ADA, [], {}],
  formatInterval: [interval],
  formatScope: [ADA],
  fromRecords: [ADA, records],
  isMetered: ["per-core"],
  isTracked: ["per-core"],
  liveModel: [perCore()],
  marketBased: [series],
  mergeSeries: [series, series],
  parseScope: ["ada"],
  sliceSeries: [series, interval],
  toRecords: [series],
  parseTenures: ["host,from,to,user\n", "x.csv"],
  tenureList: ["x", []],
  machineMeans: [averages],
  noAverages: ["Muon"],
  withHour: [averages, { weight: 1, busyCpuSeconds: 1, idleCpuSeconds: 1, busyKwh: 1, idleKwh: 1 }],
  rebuildAverages: [store, memoryAverageStore(), []],
  partOfFloor: [
    column,
    { busyCoreHours: column, coreHours: column },
    { busyCoreHours: column, coreHours: column },
  ],
  shareFloor: [column, []],
  unitDoubts: [[]],
  bestPlaces: [{}, 1, { notBefore: HOUR, notAfter: HOUR + 1 }],
  describeBasis: [GB_BASIS],
  formatBasis: [GB_BASIS],
  hourlyIntensity: [[period], [HOUR], intensity],
  isAverage: [GB_BASIS],
  isSettled: [period, intensity],
  licenceOfSource: ["gb"],
  parseBasis: [basis],
  withFallback: [hourlyIntensity([], [], { ...intensity }), 100],
  assertMachines: [machines, "x"],
  doubtfulMachines: [machines],
  formatMachines: [machines],
  nearlyKnown: [machines, ["Muno"]],
  parseMachines: ["machine,busy_w,idle_w\n", "x"],
  hostMeters: [[meter], "x"],
  parsePlacements: ["host,meter\n", "x"],
  withPlacements: [[], []],
  encodeUsage: [series],
  oneOf: ["project", ["a"]],
  quote: ["a"],
  quoteRegex: ["a"],
  selector: ["up", []],
  severalCpuSources: [[{ name: "isis", source: cpu }]],
  severalHostSources: [[{ name: "isis", source: { where: "x", sites: [], activeHosts: asked } }]],
  boundsOf: [series],
  parseStatement: ["{}", "x"],
  bestWindowSaving: [{ savedGco2eqPerKwh: 1 }, 1],
  busyAndIdle: [bins[0], "energy"],
  combineBounds: [[], 1],
  formatRunningAverages: [averages],
  parseGivenAverages: ["{}", "x"],
  parseLenientJson: ["{}", "x"],
  rollup: [series, { ...interval, zone: "UTC" }, "hour"],
  tallyOf: [series, interval],
  toGraph: [bins, "energy"],
  yearHeatmap: [series, 2025],
};
/** Functions of which no argument is looked at, and why. */
const NOT_CHECKED: Readonly<Record<string, string>> = {
  ...EXEMPT,
  UnknownScopeError: "is thrown by the reader of a scope that was checked",
  isAdaCarbonError: "says of anything whether it is such an error",
  isGap: "is asked of each batch that a source has made",
  isHour: "says of anything whether it is an hour",
  isStatus: "says of anything whether it is a status",
  Sum: "takes nothing, and adds numbers by the million",
  numberAt: "is called for every number of every column",
  columnsOf: "calls what it is given for each column, and checks nothing of it",
  eachQuantity: "calls what it is given for each quantity, and checks nothing of it",
  concatColumns: "joins columns that this library has made",
  concatNumbers: "joins columns that this library has made",
  mergeAll: "joins series that a store was given, and has checked",
  outsideOf: "cuts a series that a store has checked",
  pickRows: "cuts a series that a store has checked",
  spanOf: "takes hours that were made by hoursIn",
  formatModes: "writes the modes of a model that was checked",
  sumSessions: "adds up sessions that a store has checked",
  withForgotten: "joins what a store keeps of users that it was asked to forget",
  groupByProject: "is called with each owner by sync",
  groupByProjectAndMachine: "is called with each owner by sync",
  memoryAverageStore: "takes nothing",
  memoryUsageStore: "takes nothing",
  memoryWorkspaceStore: "takes nothing",
  memoryIntensityCache: "takes nothing",
};

/** Of the objects that functions make: what their calls are given, by name, or of one object's alone. */
const CALLS_OF_OBJECTS: Readonly<Record<string, readonly unknown[]>> = {
  read: [ADA, interval, {}],
  readKind: ["project", interval, {}],
  spans: ["project", {}],
  intensities: [ADA, {}],
  replace: [[], {}],
  remove: [[], interval, {}],
  scopes: ["project", {}],
  lock: [{}],
  migrate: [{}],
  pathOf: [ADA],
  forgetUser: ["amara", {}],
  forgottenAmong: [["amara"], {}],
  "AverageStore.pathOf": ["Muon"],
  "AverageStore.remove": [[], {}],
  get: ["Muon", {}],
  put: [[], {}],
  list: [{}],
  "WorkspaceStore.pathOf": ["isis"],
  active: ["isis", {}],
  save: [[], {}],
  end: [[], HOUR, {}],
  removeEnded: [HOUR, {}],
  countEnded: [HOUR, {}],
  sessions: ["isis", interval, {}],
  totals: ["isis", interval, {}],
  "UsageReader.totals": [ADA, interval],
  series: [ADA, interval],
  totalsOfEach: [[], interval],
  eachSeries: [[], interval, asked],
  scopesIn: ["project", interval],
  projects: [interval, {}],
  "UsageReader.projects": [[], interval],
  ownersOf: [[], "project", interval],
  ownersOfKinds: [[], ["project"], interval],
  partsOf: [[], "project", interval],
  hostPart: [[], interval],
  usualIntensity: [interval, []],
  cpuHours: [{ hours: [], projects: [], modes: {} }, {}],
  scrapes: [{ interval, projects: [] }, {}],
  cpuSlices: [{ interval, instances: [], modes: {} }, {}],
  hostScrapes: [{ interval, which: "first", instances: [], projects: [], modes: {} }, {}],
  activeHosts: [[], { now: HOUR }],
  range: ["up", { from: HOUR, stepMs: 1000, count: 1 }, {}],
  instant: ["up", HOUR, {}],
  samples: ["up[1h]", HOUR, {}],
  labelValues: ["job", "up", interval, {}],
  periods: [interval, {}],
  "simulateGrid.periods": [interval],
  period: [HOUR],
  forecast: [HOUR, 1, {}],
  forecastBefore: [interval, {}],
  generation: [interval, {}],
  load: ["gb", interval],
  "IntensityCache.save": ["gb", []],
  tenures: [interval, [], {}],
  meterHours: [interval, {}],
  machines: [{}],
  by: ["project"],
  run: [{ everyMs: 1, signal: new AbortController().signal }],
};

/** Calls of which no argument is looked at, and why. */
const CALLS_NOT_CHECKED: Readonly<Record<string, string>> = {
  energy: "is called for every host and hour by sync, with numbers that it has made",
  watts: "is called for every workspace and minute by the tracker",
  isKnown: "is called for every host and hour by sync",
  idOf: "is called for every hour by sync",
  kwh: "is called for every host and hour by sync",
  isThere: "is called for every hour of a meter",
  addWatts: "is called for every sample of a meter",
  addCounted: "is called for every sample of a meter",
  addEnergy: "is called for every sample of a meter",
  poll: "takes a signal, which may be left out",
};
/** Arguments before the last, or of their own kind, that may be left out. */
const MAY_BE_LEFT_OUT: readonly string[] = ["projects.0", "labelValues.2", "series.1", "usualIntensity.1"];
const TAKES_NOTHING: readonly string[] = [
  ...["close", "byUse", "toRecords", "toJSON", "toCsv", "toArrow", "toString", "display"],
];

/** Parts of an object that is several stores. */
const PARTS: Readonly<Record<string, string>> = {
  usage: "UsageStore",
  averages: "AverageStore",
  workspaces: "WorkspaceStore",
  machines: "MachineCatalogue",
};

type Untyped = (...args: unknown[]) => unknown;
const untyped = (call: unknown): Untyped => call as Untyped;

/** The calls of what a function makes of right arguments; none where that asks for what is not there. */
async function callsOfMade(
  door: string,
  name: string,
): Promise<{ of: string; call: string; run: Untyped }[]> {
  const { before = [], options } = CALLS[name] ?? { options: {} };
  const make = await exported(door, name);
  const args = name in CALLS ? [...before, options] : (ARGUMENTS[name] ?? []);
  const made = await Promise.resolve(make(...args)).catch(() => undefined);
  const objects = Object.entries(Object(made)).filter(([part]) => /Stores$/.test(name) && part in PARTS);
  return [["", made] as const, ...objects].flatMap(([part, object]) =>
    functionsOf(object).map(([call, run]) => ({ of: PARTS[part] ?? name, call, run })),
  );
}

/** The functions of a plain object, or of one of our classes, bound to it. */
function functionsOf(object: unknown): [string, Untyped][] {
  if (Object.prototype.toString.call(object) !== "[object Object]") return [];
  const holders = [object, Object.getPrototypeOf(object)].filter((one) => one !== Object.prototype);
  return holders.flatMap((holder) =>
    Object.entries(Object.getOwnPropertyDescriptors(Object(holder))).flatMap(([name, { value }]) =>
      typeof value === "function" && name !== "constructor" ? [[name, value.bind(object)] as const] : [],
    ),
  ) as [string, Untyped][];
}

/** Every function that is exported, at run time. */
const functions = (
  await Promise.all(
    readdirSync(folder).map(async (file) => {
      const door = file.replace(".txt", "");
      const module = await import(door === "root" ? "ada-carbon" : `ada-carbon/${door}`);
      return Object.keys(module).flatMap((name) =>
        typeof module[name] === "function" ? [{ door, name }] : [],
      );
    }),
  )
).flat();

describe("every export", () => {
  it("is tried, or it is said why it is not", () => {
    const known = [CALLS, ARGUMENTS, NOT_CHECKED].flatMap((table) => Object.keys(table));
    expect(functions.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !functions.some((one) => one.name === name))).toEqual([]);
  });

  it.each(functions)("$door $name: its calls refuse what they cannot take", async ({ door, name }) => {
    if (name in NOT_CHECKED) return;
    for (const { of, call, run } of await callsOfMade(door, name)) {
      const what = `${call} of ${of}`;
      if (TAKES_NOTHING.includes(call) || call in CALLS_NOT_CHECKED) continue;
      const own = Object.keys(CALLS_OF_OBJECTS).find(
        (key) => key.endsWith(`.${call}`) && of.endsWith(key.replace(`.${call}`, "")),
      );
      const right = CALLS_OF_OBJECTS[own ?? call];
      expect(right, `${what} is not tried`).toBeDefined();
      for (const [i, value] of (right ?? []).entries()) {
        // Options may be left out, and a number may be another.
        const mayBeMissing = JSON.stringify(value) === "{}" || MAY_BE_LEFT_OUT.includes(`${call}.${i}`);
        for (const wrong of [null, "text", 7, ...(mayBeMissing ? [] : [undefined])]) {
          if (typeof wrong === typeof value && wrong !== null) continue;
          const error = await errorOf(async () => run(...(right ?? []).with(i, wrong)));
          expectBadInput(error, `${what} with ${String(wrong)} as argument ${i}`);
        }
      }
    }
  });
});

describe("a handler", () => {
  const request = new Request("http://localhost/health");
  it.each([[[]], [[7]], [[null]], [[request, 7]], [[request, null]], [[request, []]]])(
    "refuses %j from whoever calls it",
    async (args) => {
      const handler = untyped(createHandler({ usage: memoryUsageStore(), sites: {} }));
      expectBadInput(await errorOf(async () => handler(...args)), "handler");
    },
  );

  it.each([[[]], [[7]], [[null]]])("of the page refuses %j", async (args) => {
    const page = untyped(analysisPage({ sites: ["isis"] }));
    expectBadInput(await errorOf(async () => page(...args)), "page");
  });
});

describe("arguments that are no options", () => {
  it.each(Object.entries(ARGUMENTS))(
    "are refused by %s if they are nothing, or a number",
    async (name, right) => {
      const recorded = readdirSync(folder).find((file) =>
        new RegExp(`(?:function|class) ${name}\\b`).test(readFileSync(`${folder}${file}`, "utf8")),
      );
      const run = await exported((recorded ?? "").replace(".txt", ""), name);
      for (const [i] of right.entries())
        for (const value of [undefined, null, 7]) {
          if (value === 7 && typeof right[i] === "number") continue;
          if (value === undefined && MAY_BE_NOTHING.includes(name)) continue;
          const given = right.with(i, value);
          const error = await errorOf(() => run(...given));
          if (error !== undefined) expectBadInput(error, `argument ${i} ${String(value)}`);
          // Of the first, each is refused; of the others, some may be left out.
          else if (!MAY_BE_ANYTHING.includes(name))
            expect(i, `${name} took ${String(value)}`).toBeGreaterThan(0);
        }
    },
  );
});

describe("a store", () => {
  it.each([
    ["memory", memoryUsageStore()],
    ["sqlite", sqliteStores(":memory:").usage],
  ])("(%s) refuses intervals, series and kinds that are none", async (_, usage) => {
    const textual = { from: "2025-09-10T00:00Z", to: "2025-09-11T00:00Z" };
    const given: [string, unknown[]][] = [
      ...[textual, {}, new Map()].flatMap((wrong): [string, unknown[]][] => [
        ["read", [ADA, wrong]],
        ["remove", [[ADA], wrong]],
      ]),
      ...["ada", [null], [{}], [7]].map((wrong): [string, unknown[]] => ["replace", [wrong]]),
      ["remove", ["ada", interval]],
      ["scopes", ["usr"]],
    ];
    const calls = new Map(functionsOf(usage));
    for (const [call, args] of given)
      expectBadInput(await errorOf(async () => calls.get(call)?.(...args)), `${call} ${String(args)}`);
    await usage.close();
  });
});
