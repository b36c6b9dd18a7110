import { execFileSync } from "node:child_process";

/** Mounts a file system of its own at `path`, as small or as read-only as asked. Needs root, as CI has. */
export function mountTmpfs(path: string, options: string): string {
  execFileSync("mkdir", ["-p", path]);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return path;
}

/** Whether this process may mount. In CI it must; elsewhere the tests that need it are skipped, loudly. */
export function mayMount(): boolean {
  if (process.platform !== "linux") {
    console.warn(
      "\n*** SKIPPED: tests on a full or read-only disk, which mount a tmpfs. Only Linux has it. ***\n",
    );
    return false;
  }
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    if (process.getuid?.() === 0) return true;
  } catch (error) {
    if (process.env.CI === "true") throw new Error("CI must be able to mount a tmpfs", { cause: error });
  }
  if (process.env.CI === "true") throw new Error("CI must run as root, to mount a tmpfs");
  console.warn("\n*** SKIPPED: tests on a full or read-only disk. This process may not mount a tmpfs. ***\n");
  return false;
}
