import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/**
 * Compiles every file in a folder three below `root` as strictly as the sources, against the package as it was built, as
 * whoever installs it does; what the compiler says fails the test.
 */
export function expectCompiles(root: string, folder: string): void {
  const config = {
    extends: "../../../tsconfig.json",
    // Without paths into the sources the package is found by its own name: its declarations, not all of its code.
    compilerOptions: {
      isolatedDeclarations: false,
      declaration: false,
      noEmit: true,
      rootDir: root,
      paths: {},
    },
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
