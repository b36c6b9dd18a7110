import { CSV, csvBody, type Table } from "../codecs/csv.js";
import { shortDigest } from "../usage/digest.js";
import type { Admitted } from "./admitted.js";

interface JsonReplyOptions<Reply> {
  readonly maxAgeSeconds: number;
  readonly status?: ((reply: Reply) => number) | undefined;
  /** Whether the same is to be had in another form, by what is accepted. */
  readonly isNegotiated?: boolean | undefined;
}

/**
 * A value as JSON with an ETag, or 304 where the client has them. Who asks may change what
 * is answered, so a private reply only the client itself may keep.
 */
export async function jsonReply<Reply extends object>(
  { request, isPrivate }: Pick<Admitted, "request" | "isPrivate">,
  value: Reply,
  options: JsonReplyOptions<Reply>,
): Promise<Response> {
  const body = JSON.stringify(value);
  // When it was asked is no difference: without `at` two answers mean the same, which is what a weak tag says.
  const lasting = JSON.stringify({ ...value, at: undefined });
  const etag = `${lasting === body ? "" : "W/"}"${await shortDigest(lasting, 24)}"`;
  const status = options.status?.(value) ?? 200;
  const headers = {
    "content-type": "application/json",
    "cache-control": cacheControl(options.maxAgeSeconds, isPrivate),
    etag,
    ...varyOf(options.isNegotiated === true, isPrivate),
  };
  if (status === 200 && matches(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(body, { status, headers });
}

/** A table as CSV, to be kept as a file. */
export function csvReply(
  { isPrivate }: Pick<Admitted, "isPrivate">,
  table: Table,
  maxAgeSeconds: number,
): Response {
  const headers = {
    "content-type": CSV,
    "cache-control": cacheControl(maxAgeSeconds, isPrivate),
    "content-disposition": `attachment; filename="${table.name.replaceAll(/[^\w.-]+/g, "-")}.csv"`,
    ...varyOf(true, isPrivate),
  };
  return new Response(csvBody(table), { headers });
}

function varyOf(isNegotiated: boolean, isPrivate: boolean): Record<string, string> {
  const names = [isNegotiated ? "accept" : "", isPrivate ? "authorization, cookie" : ""].filter(Boolean);
  return names.length === 0 ? {} : { vary: names.join(", ") };
}

export function cacheControl(maxAgeSeconds: number, isPrivate: boolean): string {
  const whose = isPrivate ? "private" : "public";
  return maxAgeSeconds === 0 ? `${whose}, no-cache` : `${whose}, max-age=${maxAgeSeconds}`;
}

/** For a GET a weak tag is as good as a strong one; a proxy that compresses may have made it weak. */
function matches(header: string | null, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return header?.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag)) ?? false;
}
