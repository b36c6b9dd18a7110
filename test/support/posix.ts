/** Whether this system has what POSIX systems have. On Windows the tests that need it are skipped, loudly. */
export function posix(needed: string): boolean {
  if (process.platform !== "win32") return true;
  console.warn(`\n*** SKIPPED: tests that need ${needed}, which Windows does not have. ***\n`);
  return false;
}
