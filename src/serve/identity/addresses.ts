import { BlockList, isIP } from "node:net";
import { badInput } from "../../usage/errors.js";

/** Names connections over a Unix socket, which have no address. */
const UNIX = "unix";

/** Addresses that are trusted: those of reverse proxies. */
export interface AddressSet {
  /** `undefined` is a connection over a Unix socket. */
  has(address: string | undefined): boolean;
}

/**
 * Addresses and networks, such as `10.0.0.7`, `10.1.0.0/16`, `fd00::/8`, and `unix`. An IPv4 address is the same in
 * its IPv6 notation (`::ffff:10.0.0.7`).
 *
 * @throws {AdaCarbonError} `bad-input` for a text that is none.
 */
export function addressSet(texts: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const text of texts) if (text !== UNIX) addTo(list, text);
  const hasUnix = texts.includes(UNIX);
  return {
    has(address) {
      if (address === undefined) return hasUnix;
      const plain = plainAddress(address);
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 4 ? "ipv4" : "ipv6");
    },
  };
}

function addTo(list: BlockList, text: string): void {
  const [address = "", bits, ...rest] = text.split("/");
  const plain = plainAddress(address);
  const family = isIP(plain);
  const most = family === 4 ? 32 : 128;
  const isMapped = plain !== address && isIP(address) === 6;
  const given = bits === undefined ? most : Number(bits) - (isMapped ? 96 : 0);
  const isWhole = bits === undefined || /^\d{1,3}$/.test(bits);
  if (family === 0 || rest.length > 0 || !isWhole || given < 0 || given > most) {
    throw badInput(
      `${JSON.stringify(text)} is no address or network; write it like 10.0.0.7, 10.1.0.0/16, fd00::/8 or unix`,
    );
  }
  list.addSubnet(plain, given, family === 4 ? "ipv4" : "ipv6");
}

/** Without the zone of a link-local address, and an IPv4 address in its own notation. */
function plainAddress(address: string): string {
  const [withoutZone = ""] = address.split("%");
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone;
}

/**
 * Who really asks, behind proxies that are trusted: the last address of `X-Forwarded-For` that is none of theirs.
 * What stands before it is only what that client says.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | null,
  trusted: AddressSet,
): string | undefined {
  let address = peer;
  for (const hop of (forwardedFor ?? "").split(",").reverse()) {
    const text = hop.trim();
    if (!trusted.has(address) || isIP(plainAddress(text)) === 0) break;
    address = text;
  }
  return address;
}
