import { AdaCarbonError } from "../usage/errors.js";

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;

/**
 * Fetches, and follows redirects as long as they stay on the same origin (scheme, host and port). Our headers are
 * secrets of that origin, and so may be what is asked: nothing is sent to another one. `not-found` names both.
 *
 * @param request Made with `redirect: "manual"`.
 * @param form Its body, to be sent again: questions are only read, so a redirect does not turn them into a GET.
 */
export async function fetchFromOrigin(
  fetch: (request: Request) => Promise<Response>,
  request: Request,
  form: URLSearchParams | undefined,
  where: string,
): Promise<Response> {
  let asked = request;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(asked);
    const target = targetOf(response, asked.url, where);
    if (target === undefined) return response;
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS)
      throw new AdaCarbonError(
        "not-found",
        `${where}: redirected more than ${MOST_REDIRECTS} times; check the URL`,
      );
    const { method, headers, signal } = asked;
    asked = new Request(target, {
      ...{ headers, signal, redirect: "manual" },
      ...(form === undefined || method === "GET" || response.status === 303 ? {} : { method, body: form }),
    });
  }
}

/** Where a response sends us; `undefined` if it is none of that kind. */
function targetOf(response: Response, asked: string, where: string): URL | undefined {
  if (response.type === "opaqueredirect")
    throw new AdaCarbonError(
      "not-found",
      `${where}: redirected, and browsers do not say where to; check the URL`,
    );
  const location = response.headers.get("location");
  if (!REDIRECTS.includes(response.status) || location === null || !URL.canParse(location, asked))
    return undefined;
  const target = new URL(location, asked);
  const [from, to] = [originOf(new URL(asked)), originOf(target)];
  if (from !== to) {
    throw new AdaCarbonError(
      "not-found",
      `${where}: redirected from ${from} to ${to}, where nothing was sent; if that is the service, give its URL`,
    );
  }
  target.username = "";
  target.password = "";
  return target;
}

/** As `URL.origin`, also of schemes that the platform knows no origins of. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
