import {
  ADA,
  emptySeries,
  type FinishedHour,
  HOUR_MS,
  type Provenance,
  type Scope,
  type UsageSeries,
  VERSION,
} from "ada-carbon";

/** How much a benchmark writes. */
export interface Scale {
  readonly projects: number;
  readonly machines: number;
  readonly users: number;
  readonly hours: number;
}

/** The year that the goals are stated for: 244 scopes, 2.1 million rows. */
export const YEAR: Scale = { projects: 3, machines: 40, users: 200, hours: 8760 };
/** The same in small, for a test that it runs at all. */
export const QUICK: Scale = { projects: 1, machines: 4, users: 18, hours: 24 * 28 };

const START = Date.UTC(2025, 0, 1);
const MODEL = "per-core/1(busy=12W,idle=1W)";

export function scopesOf({ projects, machines, users }: Scale): Scope[] {
  const some = (kind: Scope["kind"], count: number): Scope[] =>
    Array.from({ length: count }, (_, i) => ({ kind, name: `${kind} ${i}` }));
  return [...some("user", users), ...some("machine", machines), ...some("project", projects), ADA];
}

/** Rows `first` to `first + count` of a scope: a nightly run's, with numbers of full length. Always the same. */
export function rowsOf(scope: Scope, index: number, first: number, count: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => (START + (first + i) * HOUR_MS) as FinishedHour);
  const series = emptySeries(scope, hours, provenanceOf(0));
  for (let i = 0; i < count; i++) {
    const hour = first + i;
    const busy = random(index + 1, hour) * 86_400;
    const idle = random(index + 1_001, hour) * 86_400;
    // Means of two published half hours, as the grid has them.
    const intensity = Math.round(random(7, hour) * 600) / 2;
    series.busyCpuSeconds[i] = busy;
    series.idleCpuSeconds[i] = idle;
    series.busyKwh[i] = (busy * 12) / 3.6e6;
    series.idleKwh[i] = idle / 3.6e6;
    series.busyGco2eq[i] = ((busy * 12) / 3.6e6) * intensity;
    series.idleGco2eq[i] = (idle / 3.6e6) * intensity;
    series.gco2eqPerKwh[i] = intensity;
    series.coverage[i] = 1;
    series.status[i] = "processed";
    series.provenance[i] = provenanceOf(Math.floor(hour / 24));
  }
  return series;
}

/** The whole of it in batches of some scopes, so that no more than one batch is in memory. */
export function* batchesOf(scale: Scale, scopesAtOnce = 4): Generator<UsageSeries[]> {
  const scopes = scopesOf(scale);
  for (let i = 0; i < scopes.length; i += scopesAtOnce) {
    yield scopes.slice(i, i + scopesAtOnce).map((scope, k) => rowsOf(scope, i + k, 0, scale.hours));
  }
}

/** One hour of every scope, the `step`-th after the end. */
export function nextHour(scale: Scale, step: number): UsageSeries[] {
  return scopesOf(scale).map((scope, i) => rowsOf(scope, i, scale.hours + step, 1));
}

const provenances: Map<number, Provenance> = new Map();

function provenanceOf(day: number): Provenance {
  const known = provenances.get(day);
  if (known !== undefined) return known;
  const source = "gb-carbon-intensity/national";
  const fetchedAt = START + (day + 2) * 24 * HOUR_MS;
  const intensity = { kind: "actual", source, fetchedAt, settled: true } as const;
  const provenance: Provenance = { library: VERSION, model: MODEL, intensity };
  provenances.set(day, provenance);
  return provenance;
}

/** Between 0 and 1, all 53 bits of it in use. */
function random(a: number, b: number): number {
  const high = mix(Math.imul(a, 0x9e3779b1) ^ mix(b)) >>> 5;
  const low = mix(Math.imul(b, 0x85ebca6b) ^ mix(a + 0x7f4a7c15)) >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
