import { messageOf } from "../usage/errors.js";
import type { Printer } from "./printer.js";

/** The most characters of a query that are shown. */
const SHOWN_CHARACTERS = 300;

/** The platform's fetch, which says with `--verbose` what was asked, how it was answered and how long that took. */
export function loggedFetch(stderr: Printer): typeof fetch {
  return async (input, init) => {
    if (stderr.volume !== "verbose") return fetch(input, init);
    const request = new Request(input, init);
    const asked = await questionOf(request);
    const begun = performance.now();
    const say = (ended: string): void =>
      stderr.detail(`${asked}: ${ended} after ${Math.round(performance.now() - begun)} ms`);
    try {
      const response = await fetch(request);
      say(String(response.status));
      return response;
    } catch (error) {
      say(messageOf(error));
      throw error;
    }
  };
}

/** Parameters by which a service that takes no header is told who asks, as ENTSO-E's `securityToken`. */
const SECRET = /token|secret|passw|api_?key/i;

/** Where a request goes and what it asks for. Credentials are not shown: neither headers nor parameters of such names. */
async function questionOf(request: Request): Promise<string> {
  const { protocol, host, pathname, search } = new URL(request.url);
  const parameters = request.method === "POST" ? await request.clone().text() : search.slice(1);
  const text = [...new URLSearchParams(parameters)]
    .map(([name, value]) => `${name}=${SECRET.test(name) ? "***" : value}`)
    .join(" ");
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
  return `${request.method} ${protocol}//${host}${pathname} ${shown}`.trim();
}
