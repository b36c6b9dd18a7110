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

export interface Route {
  readonly name: RouteName;
  /** With `{site}` for a part that stands for something. */
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodType;
  /** Whether everybody may ask, whoever they are. */
  readonly isOpen: boolean;
  /** Schema of a JSON reply, or of the data of an event. */
  readonly reply: z.ZodType | null;
  readonly contentType: string;
  /** What the same is to be had as, too. */
  readonly otherContentTypes: readonly string[];
  /** Statuses other than 200 that come with the same reply, and what each means. */
  readonly otherStatuses: Readonly<Record<number, string>>;
  /** A reply as it may look, for the OpenAPI document. */
  readonly example?: unknown;
  /** The same in the form that is not JSON: a table, events, text. */
  readonly textExample?: string | undefined;
  /** Reads parameters; `bad-input` for those that will not do. */
  begin(params: Params, search: URLSearchParams): Pending;
}

interface Call<Query> extends Admitted {
  readonly params: Params;
  readonly query: Query;
}

interface Spec<Query> {
  readonly name: RouteName;
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodType<Query>;
  readonly isOpen?: boolean;
  readonly otherStatuses?: Readonly<Record<number, string>>;
  /** What the query asks about, for authorisation. */
  readonly scope?: (query: Query) => Scope | null;
  /** The site the query asks about, where it is not in the path. */
  readonly site?: (query: Query) => string | null;
}

interface JsonSpec<Query, Reply extends object> extends Spec<Query> {
  /** Says what the example and the answer must be. */
  readonly reply: z.ZodType<Reply>;
  readonly example: NoInfer<Reply>;
  /** How long a reply stays good, seconds; with 0 a browser asks each time whether it still is. */
  readonly maxAgeSeconds: number;
  readonly status?: (reply: Reply) => number;
  readonly answer: (call: Call<Query>) => Promise<Reply>;
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
export function jsonRoute<Query, Reply extends object>(spec: JsonSpec<Query, Reply>): Route {
  const { reply, example, table, maxAgeSeconds, status } = spec;
  return rawRoute({
    ...spec,
    reply,
    example,
    contentType: "application/json",
    otherContentTypes: table === undefined ? [] : [CSV],
    textExample: table && csvText(table(example)),
    answer: async (call) => {
      const value = await spec.answer(call);
      if (table !== undefined && asksForCsv({ request: call.request, query: Object(call.query) }))
        return csvReply(call, table(value), maxAgeSeconds);
      return jsonReply(call, value, { maxAgeSeconds, status, isNegotiated: table !== undefined });
    },
  });
}

interface RawSpec<Query> extends Spec<Query> {
  readonly reply: z.ZodType | null;
  readonly example?: unknown;
  readonly textExample?: string | undefined;
  readonly contentType: string;
  readonly otherContentTypes?: readonly string[];
  readonly answer: (call: Call<Query>) => Promise<Response>;
}

/** A route that answers as it likes. */
export function rawRoute<Query>(spec: RawSpec<Query>): Route {
  const read = queryReader(spec.query);
  const { name, path, summary, query, reply, contentType, example, textExample } = spec;
  const { isOpen = false, otherContentTypes = [], otherStatuses = {} } = spec;
  return {
    ...{ name, path, summary, query, isOpen, reply, contentType, otherContentTypes, otherStatuses },
    ...{ example, textExample },
    begin(params, search) {
      const values = read(search);
      return {
        scope: spec.scope?.(values) ?? null,
        site: params.site ?? spec.site?.(values) ?? null,
        answer: (admitted) => spec.answer({ ...admitted, params, query: values }),
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
