import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// What is about to be packed, held against what package.json promises: every door is there, and its types lead where its
// code does. It runs before each `npm pack` and `npm publish`, so it must pack without running itself.

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ada-carbon-packed-"));
try {
  // `npm publish --dry-run` hands its flag down, and a tarball that is not made cannot be looked at.
  const pack = ["pack", "--ignore-scripts", "--dry-run=false", "--silent", "--pack-destination", folder];
  const tarball = execFileSync("npm", pack, { cwd: root, encoding: "utf8" }).trim();
  said("publint", [join(folder, tarball), "--strict"]);
  said("attw", [join(folder, tarball), "--profile", "esm-only"]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a checker, whose words are shown only if it finds something. */
function said(checker: string, args: readonly string[]): void {
  try {
    execFileSync("npx", ["--no-install", checker, ...args], { cwd: root, stdio: "pipe" });
  } catch (error) {
    const words = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    throw new Error(`the package is not as it should be, says ${checker}:\n${words}`, { cause: error });
  }
}
