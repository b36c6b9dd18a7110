import { parseDuration } from "./promql/duration.js";
import { instantQuery, type Matcher, PromqlError, parseMatchers, rangeQuery } from "./promql/index.js";
import { json, type Reply, type SimulatedRequest } from "./reply.js";
import type { SimulatedStorage } from "./simulated-storage.js";

/** Answers the part of Prometheus's HTTP API that the library and its users need. `now()` is in UTC ms. */
export function answerPrometheus(
  storage: SimulatedStorage,
  now: () => number,
  { path, parameters }: SimulatedRequest,
): Reply {
  const route = ROUTES.find(({ pattern }) => pattern.test(path));
  if (path === "/-/ready" || path === "/-/healthy") return text(200, "Prometheus Server is Ready.\n");
  if (route === undefined) return text(404, "404 page not found\n");
  try {
    const [, ...captured] = route.pattern.exec(path) ?? [];
    return json(200, { status: "success", data: route.answer(storage, now, parameters, captured) });
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const status = error.type === "bad_data" ? 400 : 422;
    return json(status, { status: "error", errorType: error.type, error: error.message });
  }
}

interface Route {
  readonly pattern: RegExp;
  answer(
    storage: SimulatedStorage,
    now: () => number,
    parameters: URLSearchParams,
    captured: readonly string[],
  ): unknown;
}

const ROUTES: readonly Route[] = [
  {
    pattern: /^\/api\/v1\/query$/,
    answer: (storage, now, parameters) =>
      instantQuery(storage, parameters.get("query") ?? "", instant(parameters, "time", now())),
  },
  {
    pattern: /^\/api\/v1\/query_range$/,
    answer: (storage, _now, parameters) =>
      rangeQuery(storage, parameters.get("query") ?? "", {
        start: instant(parameters, "start"),
        end: instant(parameters, "end"),
        step: step(parameters),
      }),
  },
  {
    pattern: /^\/api\/v1\/labels$/,
    answer: (storage, now, parameters) => {
      const sets = seen(storage, now, parameters);
      return sorted(sets.flatMap((labels) => labels.entries.map(([name]) => name)));
    },
  },
  {
    pattern: /^\/api\/v1\/label\/([A-Za-z_]\w*)\/values$/,
    answer: (storage, now, parameters, [name = ""]) =>
      sorted(seen(storage, now, parameters).map((labels) => labels.get(name))),
  },
  {
    pattern: /^\/api\/v1\/series$/,
    answer: (storage, now, parameters) => {
      if (!parameters.has("match[]")) throw invalid("match[]", "no match[] parameter provided");
      return seen(storage, now, parameters);
    },
  },
  {
    pattern: /^\/api\/v1\/status\/buildinfo$/,
    answer: () => ({
      version: "2.42.0",
      revision: "simulated",
      branch: "",
      buildUser: "",
      buildDate: "",
      goVersion: "",
    }),
  },
];

function seen(
  storage: SimulatedStorage,
  now: () => number,
  parameters: URLSearchParams,
): ReturnType<SimulatedStorage["labelSets"]> {
  const selectors = parameters
    .getAll("match[]")
    .map((selector): readonly Matcher[] => parseMatchers(selector));
  const from = instant(parameters, "start", Number.NEGATIVE_INFINITY);
  return storage.labelSets(selectors, from, instant(parameters, "end", now()));
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== "").sort();
}

/** An instant in UTC milliseconds, from Unix seconds with a fraction or RFC 3339. */
function instant(parameters: URLSearchParams, name: string, otherwise?: number): number {
  const value = parameters.get(name) ?? "";
  if (value === "" && otherwise !== undefined) return otherwise;
  const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value);
  const ms = rfc3339 ? Date.parse(value) : Math.round(number(value) * 1000);
  if (!Number.isFinite(ms)) throw invalid(name, `cannot parse "${value}" to a valid timestamp`);
  return ms;
}

/** Milliseconds, from seconds with a fraction or a duration. */
function step(parameters: URLSearchParams): number {
  const value = parameters.get("step") ?? "";
  const seconds = number(value);
  if (!Number.isNaN(seconds)) return Math.round(seconds * 1000);
  try {
    return parseDuration(value);
  } catch {
    throw invalid("step", `cannot parse "${value}" to a valid duration`);
  }
}

function number(value: string): number {
  return value.trim() === "" ? Number.NaN : Number(value);
}

function invalid(name: string, why: string): PromqlError {
  return new PromqlError("bad_data", `invalid parameter "${name}": ${why}`);
}

function text(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
