import { createPublicKey } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import * as z from "zod";
import { ProblemError } from "../../http/problem.js";
import { badInput } from "../../usage/errors.js";
import { viewerOf } from "./header.js";
import type { Identify } from "./identity.js";

// jose: no dependencies, MIT, Web Crypto, what most libraries for OpenID Connect on npm are built on.

/** How tokens are checked, and where in them the names are. */
export interface JwtIdentity {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** The claim with the user's name, such as `preferred_username`. Default `sub`. */
  readonly userClaim?: string | undefined;
  /** The claim with the names of groups. Default `groups`. */
  readonly groupsClaim?: string | undefined;
  /** Users who see everybody's data. */
  readonly operators: ReadonlySet<string>;
  /** UTC milliseconds. */
  readonly clock: () => number;
}

/** Signatures by a key of which we hold the public half only: nobody who knows our configuration can make a token. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** Clocks of two machines differ by a little. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Believes a bearer token whose signature, issuer, audience and time are right. A request without one is nobody's; one
 * with a token that will not do is refused (401), since who sends it expects to be known.
 */
export function identityByJwt(options: JwtIdentity): Identify {
  const { issuer, audience, keys, userClaim = "sub", groupsClaim = "groups", operators, clock } = options;
  return async ({ request }) => {
    const authorization = request.headers.get("authorization");
    if (authorization === null) return { request, viewer: undefined };
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw refused("invalid_request", "send Authorization: Bearer and a token");
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS },
      requiredClaims: ["exp"],
      currentDate: new Date(clock()),
    }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const user = payload[userClaim];
    if (typeof user !== "string" || user === "")
      throw refused("invalid_token", `the token names nobody: it has no claim ${userClaim}`);
    return { request, viewer: viewerOf(user, groupsIn(payload, groupsClaim), operators) };
  };
}

/** Groups as a list, or as one text with spaces or commas between them. */
function groupsIn(payload: JWTPayload, claim: string): string[] {
  const given = payload[claim];
  if (typeof given === "string") return given.split(/[\s,]+/);
  return Array.isArray(given) ? given.filter((group) => typeof group === "string") : [];
}

/** What is wrong with a token, without repeating any of it. */
function refusalOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof errors.JWTExpired)
    return refused("invalid_token", "the token has expired; sign in again", error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(
      "invalid_token",
      `the token's claim ${error.claim} is not what this service asks for`,
      error,
    );
  return refused("invalid_token", "the token is not one that this service can trust", error);
}

function refused(code: "invalid_request" | "invalid_token", detail: string, cause?: unknown): ProblemError {
  const headers = {
    "www-authenticate": `Bearer realm="ada-carbon", error="${code}", error_description="${detail}"`,
  };
  const details = { name: "unauthenticated", status: 401, title: "Who are you?", headers };
  return new ProblemError("unauthorised", details, detail, cause);
}

/** The keys could not be asked for: that says nothing about the token. */
function keysUnknown(cause: unknown): ProblemError {
  const headers = { "retry-after": "30" };
  const details = { name: "keys-unknown", status: 503, title: "Nobody can sign in now", headers };
  return new ProblemError(
    "unreachable",
    details,
    "the keys that tokens are checked by do not answer; try later",
    cause,
  );
}

/** Keys at a URL of the issuer, asked for again when they change. */
export function keysAt(url: string, fetch: typeof globalThis.fetch): JWTVerifyGetKey {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw badInput("the URL of the keys of tokens (JWKS) is no http or https URL");
  const keys = createRemoteJWKSet(new URL(url), { [customFetch]: fetch });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      throw isOfToken ? error : keysUnknown(error);
    }
  };
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.enum(["RSA", "EC", "OKP"]) })).min(1) });

/**
 * Keys from the text of a file: a public key as PEM, a JWK, or a set of them.
 *
 * @param where Names the file, for messages.
 */
export async function keysIn(text: string, where: string): Promise<JWTVerifyGetKey> {
  try {
    if (text.trimStart().startsWith("-----BEGIN")) {
      const key = createPublicKey(text);
      return async () => key;
    }
    const document: unknown = JSON.parse(text);
    const set = keySet.parse(isObject(document) && "kty" in document ? { keys: [document] } : document);
    for (const key of set.keys) createPublicKey({ key, format: "jwk" });
    return createLocalJWKSet(set);
  } catch (cause) {
    const message = `${where}: there is no public key in it; give a PEM, a JWK or a JWKS`;
    throw badInput(message, cause);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
