import fc from "fast-check";
import { type ParameterValues, valuesOf } from "./values.js";
import { type OpenApi, type Operation, type Parameter, SECRETS, VIEWERS } from "./world.js";

export interface HostileRequest {
  readonly method: string;
  /** Path and query as they are sent. */
  readonly target: string;
  /** Whose token is sent; none if it is nobody's. */
  readonly viewer: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The operation that was meant, whose replies the document describes. */
  readonly operation: Operation | undefined;
  /** The statuses that alone are right, where that is known. */
  readonly statuses?: readonly number[];
}

const viewer = fc.constantFrom(...Object.keys(VIEWERS), "stranger");
const METHODS = [
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "TRACE",
  "PROPFIND",
  "SEARCH",
  "PURGE",
  "QUERY",
  "MKCOL",
  "LOCK",
];

/** What a header may be made of: no line breaks, which no client sends. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
});
const HEADERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  accept: fc.oneof(
    headerText,
    fc.constantFrom("*/*;q=0", "application/openmetrics-text;version=9", "text/plain;q=x"),
  ),
  "accept-encoding": fc.constantFrom("br;q=0", "identity;q=0, *;q=0", "gzip", ""),
  authorization: fc.oneof(headerText, fc.constantFrom("Bearer __proto__", "Bearer ", "Basic !!!")),
  cookie: headerText,
  expect: fc.constant("100-continue"),
  forwarded: fc.constantFrom("for=unknown", "for=127.0.0.1;proto=gopher"),
  host: fc.constantFrom("evil.example", "", "[", "a:b:c"),
  "if-none-match": fc.oneof(headerText, fc.constantFrom("*", "W/", '"', ",,,")),
  origin: fc.constantFrom("null", "https://evil.example", "x"),
  range: fc.constantFrom("bytes=0-0", "bytes=-1", "rows=9"),
  upgrade: fc.constantFrom("websocket", "h2c"),
  "x-http-method-override": fc.constant("DELETE"),
  "x-long": fc.constant("x".repeat(6000)),
};

/** Each kind of request with what is drawn for it, from the document of the very service that is asked. */
export function kindsOf(document: OpenApi): Readonly<Record<string, fc.Arbitrary<HostileRequest>>> {
  const any = (values: keyof ParameterValues): fc.Arbitrary<HostileRequest> =>
    fc.oneof(...Object.entries(document.paths).map(([path, { get }]) => requestsOf(path, get, values)));
  const [valid, edge, wrong] = [any("valid"), any("edge"), any("invalid")];
  return {
    "valid values": valid.map((request) => ({ ...request, ...rightStatuses(request) })),
    "values on the edge": edge,
    "wrong values": wrong,
    "parameters twice or unknown": fc
      .tuple(valid, fc.constantFrom("from", "scope", "x", "__proto__"))
      .map(([request, name]) => ({ ...request, target: `${withQuery(request.target)}${name}=1&${name}=1` })),
    "other methods": fc
      .tuple(valid, fc.constantFrom(...METHODS), fc.string({ maxLength: 2000 }))
      .map(([request, method, body]) => ({ ...request, method, body, statuses: [405] })),
    "HEAD and OPTIONS": fc
      .tuple(edge, fc.constantFrom("HEAD", "OPTIONS"))
      .map(([request, method]) => ({ ...request, method })),
    headers: fc
      .tuple(valid, fc.record(HEADERS, { requiredKeys: [] }))
      .map(([request, headers]) => ({ ...request, headers: withoutUndefined(headers) })),
    "bodies of GET": fc
      .tuple(valid, fc.string({ unit: "binary", maxLength: 5000 }))
      .map(([request, body]) => ({ ...request, body })),
    paths: fc.tuple(path, viewer).map(([target, who]) => plain(target, who)),
    "what is others'": fc
      .tuple(fc.constantFrom(...SECRETS), fc.constantFrom("amara", "nobody", "stranger"), fc.nat(1))
      .map(([name, who, n]) => {
        const scope = encodeURIComponent(`${name.includes(":") ? "host" : "user"}:${name}`);
        const target = `/v1/${["history", "heatmap"][n]}?scope=${scope}`;
        return { ...plain(target, who), statuses: [who === "stranger" ? 401 : 403] };
      }),
  };
}

/**
 * Operations that refuse some values which the document permits: one of two parameters is needed, a time has to lie in
 * the forecast, not every scope has a budget.
 */
const PARTICULAR: Readonly<Record<string, readonly number[]>> = {
  equivalencies: [400],
  bestTime: [400],
  budget: [400, 404],
};

/** What valid values are answered with. */
function rightStatuses({ viewer: who, target, operation }: HostileRequest): Pick<HostileRequest, "statuses"> {
  const particular = PARTICULAR[operation?.operationId ?? ""] ?? [];
  // Parameters are read before anybody is known, so what is wrong in them may be said first.
  if (who === "stranger" && target !== "/health" && target !== "/ready")
    return { statuses: [401, ...particular.filter((status) => status === 400)] };
  // A cursor is right only if it was in a reply to the same question.
  const ofCursor = target.includes("cursor=") ? [400] : [];
  return { statuses: [200, ...particular, ...ofCursor, ...(who === "operator" ? [] : [403])] };
}

const path = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "v1",
        "sites",
        "isis",
        "history",
        "live",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2F",
        "%00",
        "%zz",
        "%FF",
        "a;b",
        "@",
      ),
      fc.string({ unit: "binary", maxLength: 12 }).map((text) => encoded(text)),
      fc.constant("x".repeat(9000)),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => `/${parts.join("/")}`);

const plain = (target: string, who: string): HostileRequest => ({
  ...{ method: "GET", target, viewer: who, headers: {}, body: undefined, operation: undefined },
});

/** Requests of one operation, each of its optional parameters there or not. */
function requestsOf(
  pattern: string,
  operation: Operation,
  values: keyof ParameterValues,
): fc.Arbitrary<HostileRequest> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
  const inQuery = operation.parameters.filter((parameter) => parameter.in === "query");
  const textOf = (parameter: Parameter): fc.Arbitrary<string> => valuesOf(parameter)[values];
  const drawn = fc.record({
    path: fc.tuple(...inPath.map(textOf)),
    query: fc.tuple(
      ...inQuery.map((parameter) => (parameter.required ? textOf(parameter) : fc.option(textOf(parameter)))),
    ),
    viewer,
  });
  return drawn.map(({ path, query, viewer: who }) => {
    const filled = inPath.reduce(
      (text, { name }, i) => text.replace(`{${name}}`, () => encoded(path[i] ?? "")),
      pattern,
    );
    const pairs = inQuery.flatMap(({ name }, i) =>
      query[i] == null ? [] : [`${name}=${encoded(query[i])}`],
    );
    const target = pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
    // Dots lead to another operation, as they do in every URL.
    const isElsewhere = path.some((part) => part === "." || part === "..");
    return { ...plain(target, who), operation: isElsewhere ? undefined : operation };
  });
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function withQuery(target: string): string {
  return target.includes("?") ? `${target}&` : `${target}?`;
}

function withoutUndefined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
