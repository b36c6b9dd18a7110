import { AdaCarbonError } from "./errors.js";

/** As `engines` of package.json has it. */
export const LEAST_NODE: readonly [number, number] = [22, 13];

/** Why this runtime is too old, in one line; `undefined` where it is not. Bun and Deno only say which Node they resemble. */
export function tooOld({ node = "0", bun, deno }: NodeJS.ProcessVersions): string | undefined {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  const isNew = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isNew || bun !== undefined || deno !== undefined) return undefined;
  return `needs Node ${LEAST_NODE.join(".")} or later, and this is ${node}; install one from https://nodejs.org`;
}

/** Refuses a Node that is too old before it ends in something else. A browser does not say what it is. */
export function assertNewEnough(): void {
  const fault = typeof process === "undefined" ? undefined : tooOld(process.versions);
  if (fault !== undefined) throw new AdaCarbonError("bad-input", `ada-carbon ${fault}`);
}
