import { badInput } from "../usage/errors.js";
import { OBJECT, optional, type Rules, TEXT } from "../usage/options.js";

/** Where a service is and how to be let in. */
export interface EndpointOptions {
  /** Base URL; it may have a path (`https://mimir.example/prometheus`) and `user:password@`. */
  readonly url: string | URL;
  /** Sent with every request, such as `X-Scope-OrgID` (Mimir) or `THANOS-TENANT`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly bearerToken?: string;
  readonly basicAuth?: { readonly username: string; readonly password: string };
}

export const ENDPOINT_OPTIONS: Rules<EndpointOptions> = {
  url: { allowed: "a URL", holds: (value) => typeof value === "string" || value instanceof URL },
  headers: optional(OBJECT),
  bearerToken: optional(TEXT),
  basicAuth: optional(OBJECT),
};

export interface Endpoint {
  /** Without credentials, parameters or trailing slash. */
  readonly url: string;
  readonly where: string;
  readonly headers: Headers;
}

/** Takes credentials out of the URL and into a header, where no message repeats them. */
export function endpointOf(options: EndpointOptions): Endpoint {
  const url = httpUrl(options.url);
  const headers = headersOf(options.headers ?? {});
  const basic = options.basicAuth ?? credentialsIn(url);
  if (basic !== undefined)
    headers.set("authorization", `Basic ${base64(`${basic.username}:${basic.password}`)}`);
  if (options.bearerToken !== undefined) setHeader(headers, "authorization", `Bearer ${options.bearerToken}`);
  headers.set("accept", "application/json");
  const clean = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
  return { url: clean, where: clean, headers };
}

/** An http or https URL; `bad-input`, without what may be a password, for what is none. */
export function httpUrl(input: string | URL): URL {
  const url = URL.canParse(String(input)) ? new URL(input) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url;
  // What cannot be parsed may still hold a password: show nothing before the last @.
  const shown = String(input).replace(/^.*@/s, "");
  // A host as browsers let it be written, without its scheme.
  const isHost = /^[\w.-]+(:\d+)?(\/\S*)?$/.test(shown) && shown !== "";
  const hint = isHost ? `; write http://${shown} or https://${shown}` : "";
  throw badInput(`${JSON.stringify(shown)} is not an http or https URL${hint}`);
}

function credentialsIn(url: URL): { username: string; password: string } | undefined {
  if (url.username === "" && url.password === "") return undefined;
  return { username: percentDecoded(url.username), password: percentDecoded(url.password) };
}

/** As `decodeURIComponent`, but a `%` that begins no escape stands for itself. */
export function percentDecoded(text: string): string {
  const value = text.replace(/[+&]/g, encodeURIComponent);
  return new URLSearchParams(`text=${value}`).get("text") ?? "";
}

function headersOf(record: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(record)) setHeader(headers, name, value);
  return headers;
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // The platform's message repeats the value, which may be a secret; so it is no cause either.
    throw badInput(`the header ${JSON.stringify(name)} has a name or value that HTTP does not allow`);
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
