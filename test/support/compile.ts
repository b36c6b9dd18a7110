import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** Compiles every file in a folder three below `root` as strictly as the sources; what the compiler says fails the test. */
export function expectCompiles(root: string, folder: string): void {
  const config = {
    extends: "../../../tsconfig.json",
    compilerOptions: { isolatedDeclarations: false, declaration: false, noEmit: true, rootDir: root },
    include: ["**/*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  try {
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    expect.fail(error instanceof Error && "stdout" in error ? String(error.stdout) : String(error));
  }
}
