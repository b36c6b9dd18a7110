import type { Dice } from "./dice.js";

/** A reply as it comes, and whether all of it does. */
export interface OddResponse {
  readonly response: Response;
  /** Whether the body is the answer to what was asked: of status 2xx, and not cut off. */
  readonly isWhole: boolean;
}

const STATUSES = [
  201, 206, 300, 301, 302, 307, 400, 401, 403, 404, 408, 413, 418, 422, 429, 500, 502, 503, 504, 599,
];
const TYPES = ["application/json", "text/html", "application/json; charset=utf-16", "", "x/\u00ff"];
const LOCATIONS = [
  "http://elsewhere.invalid/api",
  "//elsewhere.invalid",
  "http://user:pw@[",
  "ftp://x",
  "",
  "/again",
];

/** Mostly a 200 in a few chunks; sometimes another status, another type, or a connection that breaks off. */
export function oddResponse(body: Uint8Array, dice: Dice): OddResponse {
  const status = dice.oneIn(6) ? dice.pick(STATUSES) : 200;
  const headers: Record<string, string> = {
    "content-type": dice.oneIn(4) ? dice.pick(TYPES) : "application/json",
  };
  if (status >= 300 && status < 400) headers.location = dice.pick(LOCATIONS);
  if (status === 429)
    headers["retry-after"] = dice.pick(["0", "3600", "-1", "x", "Thu, 01 Jan 1970 00:00:00 GMT"]);
  const breaksOff = dice.oneIn(12);
  const response = new Response(inChunks(body, breaksOff, dice), { status, headers });
  return { response, isWhole: response.ok && !breaksOff };
}

function inChunks(
  body: Uint8Array,
  breaksOff: boolean,
  dice: Dice,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
  if (!breaksOff && dice.oneIn(2)) return body.slice();
  const size = 1 + dice.below(Math.max(1, body.length));
  let from = 0;
  return new ReadableStream({
    pull(controller) {
      if (from < body.length) controller.enqueue(body.slice(from, from + size));
      else if (breaksOff) controller.error(new TypeError("terminated"));
      else controller.close();
      from += size;
    },
  });
}
