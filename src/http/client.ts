import type { RequestContext } from "./context.js";

/** One spelling of who a request counts for; `null` where nothing is known of them. */
export function clientOf(request: Request, context: RequestContext | undefined): string | null {
  const { viewer, clientAddress, remoteAddr } = context ?? {};
  if (viewer !== undefined) return `user ${viewer.user}`;
  const address = clientAddress ?? remoteAddr?.hostname ?? addressInBun(request, context);
  return typeof address === "string" && address !== "" ? `address ${networkOf(address)}` : null;
}

function addressInBun(request: Request, context: RequestContext | undefined): string | undefined {
  return typeof context?.requestIP === "function" ? context.requestIP(request)?.address : undefined;
}

/** An IPv4 address as it is. Of an IPv6 address the first 64 bits: whoever has one has all others of them, too. */
function networkOf(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined || !bare.includes(":")) return mapped ?? bare;
  const [left = "", right] = bare.split("::");
  const leading = left === "" ? [] : left.split(":");
  const trailing = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - leading.length - trailing.length);
  const groups = [...leading, ...Array.from({ length: zeros }, () => "0"), ...trailing];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
