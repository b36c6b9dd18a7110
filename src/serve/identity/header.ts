import type { Viewer } from "../../http/context.js";
import { badInput } from "../../usage/errors.js";
import type { AddressSet } from "./addresses.js";
import type { Identify } from "./identity.js";

/** Headers in which a reverse proxy says who has signed in. */
export interface HeaderIdentity {
  /** Such as `X-Remote-User`. */
  readonly user: string;
  /** Such as `X-Remote-Groups`: names with commas between them. */
  readonly groups?: string | undefined;
  /** Proxies that are believed. They must replace these headers, whatever a client sends. */
  readonly trusted: AddressSet;
  /** Users who see everybody's data. */
  readonly operators: ReadonlySet<string>;
  /** Told of a request that claims to be somebody and does not come from a trusted proxy. */
  readonly onForged?: ((peer: string | undefined) => void) | undefined;
}

/**
 * Believes the headers of trusted proxies alone: what counts is the address of the connection, which no header can
 * change. From anybody else they are taken off the request, and whoever asks is nobody.
 *
 * @throws {AdaCarbonError} `bad-input` for a name that no header can have.
 */
export function identityByHeader(options: HeaderIdentity): Identify {
  const { user, groups, trusted, operators, onForged } = options;
  const names = groups === undefined ? [user] : [user, groups];
  for (const name of names) assertHeaderName(name);
  return async ({ request, peer }) => {
    if (!trusted.has(peer)) {
      const isForged = names.some((name) => request.headers.has(name));
      if (!isForged) return { request, viewer: undefined };
      onForged?.(peer);
      return { request: withoutHeaders(request, names), viewer: undefined };
    }
    const name = textOf(request.headers.get(user));
    if (name === "") return { request, viewer: undefined };
    const list = groups === undefined ? "" : textOf(request.headers.get(groups));
    return { request, viewer: viewerOf(name, list.split(","), operators) };
  };
}

/** A user with the groups that have a name. */
export function viewerOf(user: string, groups: readonly string[], operators: ReadonlySet<string>): Viewer {
  return {
    user,
    groups: groups.map((group) => group.trim()).filter((group) => group !== ""),
    seesEveryone: operators.has(user),
  };
}

function assertHeaderName(name: string): void {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return;
  throw badInput(`${JSON.stringify(name)} is not the name of a header`);
}

function withoutHeaders(request: Request, names: readonly string[]): Request {
  const headers = new Headers(request.headers);
  for (const name of names) headers.delete(name);
  return new Request(request, { headers });
}

/** HTTP carries bytes, which arrive one a character; most proxies send names in UTF-8. */
function textOf(header: string | null): string {
  const bytes = Uint8Array.from(header ?? "", (char) => char.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch (error) {
    // Bytes that are no UTF-8 are ISO 8859-1, as HTTP had it once.
    if (error instanceof TypeError) return (header ?? "").trim();
    throw error;
  }
}
