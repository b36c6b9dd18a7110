import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { UsageSeries } from "ada-carbon";
import { toNodeListener, type Verdict } from "ada-carbon/http";
import { hours, session, world } from "../../test/http-fixture.js";

/** Names of people and hosts that only an operator may see. Nothing else contains them. */
export const SECRETS = [
  "zaphod-q7",
  "trillian-q7",
  "marvin-q7.example:9100",
  "eddie-q7.example:9100",
] as const;
const [ZAPHOD, TRILLIAN, MARVIN, EDDIE] = SECRETS;

/** Who asks, by the token that is sent. Whoever sends none is not known. */
export const VIEWERS: Readonly<Record<string, Verdict>> = {
  operator: { allow: true, users: "all" },
  amara: { allow: true, users: ["amara"] },
  nobody: { allow: true, users: [] },
};

export interface HostileWorld {
  readonly port: number;
  /** The service's own OpenAPI document. */
  readonly document: OpenApi;
  /** What went wrong inside, as the host application is told. */
  readonly errors: readonly unknown[];
  close(): Promise<void>;
}

/** The real handler behind `node:http` on loopback, with people whom most viewers may not see. */
export async function hostileWorld(): Promise<HostileWorld> {
  const made = await world({
    authorise: (request) => {
      const token = /^Bearer (\w+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
      return (Object.hasOwn(VIEWERS, token) && VIEWERS[token]) || { allow: false, status: 401 };
    },
    live: { everyMs: 1000, maxConnections: 1000 },
  });
  const { usage, workspaces } = made.options;
  await usage.replace([
    hours({ kind: "user", name: ZAPHOD }, 3),
    hours({ kind: "user", name: TRILLIAN }, 4),
    hostOf(MARVIN, ZAPHOD, 3),
    hostOf(EDDIE, TRILLIAN, 4),
  ]);
  await workspaces?.save([
    session(11, { instance: MARVIN, user: ZAPHOD, id: `isis/${MARVIN}/${ZAPHOD}/1` }),
    session(12, { instance: EDDIE, user: TRILLIAN, id: `clf/${EDDIE}/${TRILLIAN}/1`, site: "clf" }),
  ]);
  const operator = { headers: { authorization: "Bearer operator" } };
  const document: OpenApi = await (await made.get("/openapi.json", operator)).json();
  const server = createServer(toNodeListener(made.handler)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    document,
    errors: made.errors,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Hours of a host that was all one user's. */
function hostOf(name: string, user: string, size: number): UsageSeries {
  const series = hours({ kind: "host", name }, size);
  const provenance = series.provenance.map((row) => {
    if (row.host === undefined) return row;
    const owners = row.host.owners?.map((owner) => ({ ...owner, user })) ?? [];
    return { ...row, host: { ...row.host, user, owners } };
  });
  return { ...series, provenance };
}

/** What is read of an OpenAPI document. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

export interface Media {
  readonly schema: { readonly $ref?: string };
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: {
    readonly type?: string;
    readonly format?: string;
    readonly enum?: readonly string[];
    readonly examples?: readonly string[];
    readonly minimum?: number;
    readonly maximum?: number;
  };
}
