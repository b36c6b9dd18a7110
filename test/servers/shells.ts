import { spawnSync } from "node:child_process";

/**
 * Whether a shell is there to test with. Where it must be (`CI=true`) it throws if it is not; elsewhere it says loudly
 * that its tests are skipped.
 */
export function requireShell(name: string): boolean {
  const { error, status } = spawnSync(name, ["-c", "exit 0"], { timeout: 30_000 });
  if (error === undefined && status === 0) return true;
  const why = `${name} does not run (${error?.message ?? `status ${status}`}); install it`;
  if (process.env.CI === "true") throw new Error(`CI needs ${name}: ${why}`);
  console.warn(`\n*** SKIPPED: completion in ${name}. ${why}. ***\n`);
  return false;
}
