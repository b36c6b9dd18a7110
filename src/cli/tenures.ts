import { tenureList } from "../attribution/sources.js";
import type { TenureSource } from "../attribution/tenure.js";
import { readInput } from "./read-input.js";

/** Tenures from a CSV or JSON file, where one is named. */
export async function tenureSource(path: string | undefined): Promise<TenureSource | undefined> {
  if (path === undefined) return undefined;
  const { parseTenures } = await import("../attribution/tenure-text.js");
  return tenureList(path, parseTenures(await readInput(path, "tenures"), path));
}
