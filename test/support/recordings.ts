import { existsSync } from "node:fs";

const FOLDER = new URL("../../../shared/recordings/", import.meta.url);

/** Where a recorded reply lies. */
export function recordingAt(name: string): URL {
  return new URL(name, FOLDER);
}

/** Whether recorded replies lie beside the repository, of which they are no part; says so where they do not. */
export function hasRecordings(): boolean {
  if (existsSync(FOLDER)) return true;
  console.warn(`\n*** SKIPPED: tests on recorded replies. There is no folder ${FOLDER.pathname}. ***\n`);
  return false;
}
