import { addressSet } from "../serve/identity/addresses.js";
import { identityByHeader } from "../serve/identity/header.js";
import type { ServiceIdentity } from "../serve/service.js";
import type { Logger } from "../usage/logger.js";
import { readInput } from "./read-input.js";
import type { ServeFlags } from "./serve-flags.js";
import { UsageError } from "./usage-error.js";

/** A forged header is said once in so long. */
const REMIND_MS = 60_000;

/** Who asks, as the flags say it is known; `undefined` where nobody is. */
export async function serveIdentity(
  flags: ServeFlags,
  clock: () => number,
  log: Logger,
): Promise<ServiceIdentity | undefined> {
  const { identityHeader, groupsHeader, trustedProxy = [], operator = [] } = flags;
  const trusted = addressSet(trustedProxy);
  const operators = new Set(operator);
  const hasToken =
    flags.jwtIssuer !== undefined || flags.jwtJwks !== undefined || flags.jwtKeyFile !== undefined;
  if (identityHeader === undefined && !hasToken) {
    if (operators.size > 0 || groupsHeader !== undefined)
      throw new UsageError(
        "--operator and --groups-header need --identity-header or --jwt-issuer: who asks is not known",
      );
    return undefined;
  }
  if (identityHeader === undefined) return { ...(await byToken(flags, operators, clock)), trusted };
  if (hasToken) throw new UsageError("give --identity-header or --jwt-issuer, not both");
  if (trustedProxy.length === 0)
    throw new UsageError("--identity-header needs --trusted-proxy: anybody could send that header");
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    trusted,
    headers: groupsHeader === undefined ? [identityHeader] : [identityHeader, groupsHeader],
    identify: identityByHeader({
      ...{ user: identityHeader, groups: groupsHeader, trusted, operators },
      onForged(peer) {
        if (clock() - saidAt < REMIND_MS) return;
        saidAt = clock();
        log.warn(
          {},
          `${identityHeader} of ${peer ?? "a Unix socket"}, which is no trusted proxy, is not believed`,
        );
      },
    }),
  };
}

async function byToken(
  flags: ServeFlags,
  operators: ReadonlySet<string>,
  clock: () => number,
): Promise<ServiceIdentity> {
  const { jwtIssuer: issuer, jwtAudience: audience, jwtJwks, jwtKeyFile } = flags;
  if (issuer === undefined || audience === undefined)
    throw new UsageError("tokens need --jwt-issuer and --jwt-audience: others' tokens would do as well");
  if ((jwtJwks === undefined) === (jwtKeyFile === undefined))
    throw new UsageError("tokens need --jwt-jwks URL or --jwt-key-file FILE, one of them");
  const { identityByJwt, keysAt, keysIn } = await import("../serve/identity/jwt.js");
  const keys =
    jwtKeyFile === undefined
      ? keysAt(jwtJwks ?? "", globalThis.fetch)
      : await keysIn(await readInput(jwtKeyFile, "keys"), jwtKeyFile);
  const { jwtUserClaim: userClaim, jwtGroupsClaim: groupsClaim } = flags;
  return { identify: identityByJwt({ issuer, audience, keys, userClaim, groupsClaim, operators, clock }) };
}
