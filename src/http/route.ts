import * as z from "zod";
import { CSV, csvText, type Table, wantsCsv } from "../codecs/csv.js";
import type { Scope } from "../usage/scope.js";
import type { Admitted } from "./admitted.js";
import { queryReader } from "./query.js";
import { csvReply, jsonReply } from "./reply.js";
import type { RouteName } from "./route-name.js";

/** The parts of a path that stand for something, decoded. */
export type Params = Readonly<Record<string, string>>;

/** A request whose parameters have been read, before anybody asked whether it is allowed. */
interface Pending {
  readonly scope: Scope | null;
  readonly site: string | null;
  answer(admitted: Admitted): Promise<Response>;
}

/** What documents say of a route. */
interface RouteFacts {
  readonly name: RouteName;
  /** With `{site}` for a part that stands for something. */
  readonly path: string;
  readonly summary: string;
  /** Schema of a JSON reply, or of the data of an event. */
  readonly reply: z.ZodType | null;
  readonly contentType: string;
  /** A reply as it may look, for the OpenAPI document. */
  readonly example?: unknown;
  /** The same in the form that is not JSON: a table, events, text. */
  readonly textExample?: string | undefined;
}

/** What few routes have. */
interface RouteExtras {
  /** Whether everybody may ask, whoever they are. */
  readonly isOpen: boolean;
  /** What the same is to be had as, too. */
  readonly otherContentTypes: readonly string[];
  /** Statuses other than 200 that come with the same reply, and what each means. */
  readonly otherStatuses: Readonly<Record<number, string>>;
}

export interface Route extends RouteFacts, RouteExtras {
  readonly query: z.ZodType;
  /** Reads parameters; `bad-input` for those that will not do. */
  begin(params: Params, search: URLSearchParams): Pending;
}

interface Call<Query> extends Admitted {
  readonly params: Params;
  readonly query: Query;
}

interface Spec<Query, Answer> extends Partial<RouteExtras> {
  readonly query: z.ZodType<Query>;
  /** What the query asks about, for authorisation. */
  readonly scope?: (query: Query) => Scope | null;
  /** The site the query asks about, where it is not in the path. */
  readonly site?: (query: Query) => string | null;
  readonly answer: (call: Call<Query>) => Promise<Answer>;
}

type RawSpec<Query> = Spec<Query, Response> & RouteFacts;

interface JsonSpec<Query, Reply extends object>
  extends Spec<Query, Reply>,
    Pick<RouteFacts, "name" | "path" | "summary"> {
  /** Says what the example and the answer must be. */
  readonly reply: z.ZodType<Reply>;
  readonly example: NoInfer<Reply>;
  /** How long a reply stays good, seconds; with 0 a browser asks each time whether it still is. */
  readonly maxAgeSeconds: number;
  readonly status?: (reply: Reply) => number;
  /** The same as a table, for whoever accepts CSV or gives the parameter `format`. */
  readonly table?: (reply: Reply) => Table;
}

/** The parameter of routes that answer with CSV, too. */
export const formatText: z.ZodType<"json" | "csv" | undefined> = z.enum(["json", "csv"]).optional();

/** Whether a request wants the table of a route that has one. */
export function asksForCsv({ request, query }: { request: Request; query: object }): boolean {
  const format = "format" in query && typeof query.format === "string" ? query.format : undefined;
  return wantsCsv(request.headers.get("accept"), format);
}

/** How many of a list are shown where a request does not say: a table has all of them. */
export function mostShown(
  call: { request: Request; query: { limit?: number | undefined } },
  usual: number,
): number {
  return call.query.limit ?? (asksForCsv(call) ? Number.MAX_SAFE_INTEGER : usual);
}

/** A route that answers with JSON. */
export function jsonRoute<Query, Reply extends object>({
  table,
  maxAgeSeconds,
  status,
  ...spec
}: JsonSpec<Query, Reply>): Route {
  return rawRoute({
    ...spec,
    contentType: "application/json",
    otherContentTypes: table === undefined ? [] : [CSV],
    textExample: table && csvText(table(spec.example)),
    answer: async (call) => {
      const value = await spec.answer(call);
      if (table !== undefined && asksForCsv({ request: call.request, query: Object(call.query) }))
        return csvReply(call, table(value), maxAgeSeconds);
      return jsonReply(call, value, { maxAgeSeconds, status, isNegotiated: table !== undefined });
    },
  });
}

/** A route that answers as it likes. */
export function rawRoute<Query>({ scope, site, answer, ...facts }: RawSpec<Query>): Route {
  const read = queryReader(facts.query);
  return {
    ...{ isOpen: false, otherContentTypes: [], otherStatuses: {} },
    ...facts,
    begin(params, search) {
      const query = read(search);
      return {
        scope: scope?.(query) ?? null,
        site: params.site ?? site?.(query) ?? null,
        answer: (admitted) => answer({ ...admitted, params, query }),
      };
    },
  };
}

/** The parameters of a path that fits, or `undefined`. The path is valid percent-encoding. */
export function matchPath(pattern: string, path: string): Params | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const text = given[i] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== text) return undefined;
      continue;
    }
    if (text === "") return undefined;
    params[name] = decodeURIComponent(text);
  }
  return params;
}
