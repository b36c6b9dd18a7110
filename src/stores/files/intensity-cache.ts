import { join } from "node:path";
import * as z from "zod";
import { CACHE_CALLS, type IntensityCache } from "../../intensity/cache-port.js";
import { firstIssue, instant } from "../../intensity/instant.js";
import { withNews } from "../../intensity/periods.js";
import type { IntensityPeriod } from "../../intensity/port.js";
import { limitTo } from "../../transport/limit.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { DAY_MS, formatInstant, type Interval, overlaps } from "../../usage/hour.js";
import { monthOf } from "../../usage/month.js";
import { assertArgument, checkedCalls, TEXT } from "../../usage/options.js";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import { assertNotNewer } from "../kit/versions.js";
import { listIfThere, readIfThere, replaceFile } from "./io.js";
import { encodeName } from "./names.js";

const VERSION = 1;
const Versioned = z.object({ version: z.number() });
const Document = z.object({
  version: z.literal(VERSION),
  source: z.string(),
  periods: z.array(
    z.object({
      from: instant,
      to: instant,
      gco2eqPerKwh: z.number().nonnegative(),
      kind: z.enum(INTENSITY_KINDS).exclude(["fallback"]),
      fetchedAt: instant,
      updatedAt: instant.optional(),
    }),
  ),
});

/**
 * Keeps periods in `<folder>/intensity/<source id, percent-encoded>/<YYYY-MM>.json`, by the UTC month in
 * which they start. A file is replaced whole: written beside, flushed, renamed. Periods are at most a day long.
 *
 * Two processes that write the same month at once can lose each other's news, never the file; what is lost
 * is fetched again.
 *
 * Errors: `store-corrupt` names a file that cannot be read as what it should be, and which can be deleted;
 * `store-newer` one of a newer version; `store-unavailable` when the folder cannot be read or written.
 *
 * @param folder Created when first written to.
 */
export function fileIntensityCache(folder: string): IntensityCache {
  assertArgument("fileIntensityCache", "folder", folder, TEXT);
  const directoryOf = (sourceId: string): string => join(folder, "intensity", encodeName(sourceId));
  const pathOf = (sourceId: string, month: string): string => join(directoryOf(sourceId), `${month}.json`);
  // Within this object one save follows the other, so that none overwrites what another has just read.
  const inTurn = limitTo(1);

  async function saveNow(sourceId: string, periods: readonly IntensityPeriod[]): Promise<void> {
    for (const [month, news] of Map.groupBy(periods, (period) => monthOf(period.from))) {
      const path = pathOf(sourceId, month);
      const kept = await read(path, sourceId);
      await replaceFile(path, format(sourceId, withNews(kept, news)));
    }
  }

  const cache: IntensityCache = {
    async load(sourceId, interval) {
      const months = await monthsIn(directoryOf(sourceId), interval);
      const files = await Promise.all(months.map((month) => read(pathOf(sourceId, month), sourceId)));
      return files.flat().filter((period) => overlaps(period, interval));
    },
    save: (sourceId, periods) => inTurn(() => saveNow(sourceId, periods)),
  };
  return checkedCalls("an IntensityCache", cache, CACHE_CALLS);
}

/** The kept months whose periods can reach into the interval. */
async function monthsIn(directory: string, { from, to }: Interval): Promise<string[]> {
  const names = await listIfThere(directory);
  const [first, last] = [monthOf(from - DAY_MS), monthOf(to)];
  const months = names.flatMap((name) => /^(\d{4}-\d{2})\.json$/.exec(name)?.[1] ?? []);
  return months.filter((month) => first <= month && month <= last).sort();
}

async function read(path: string, sourceId: string): Promise<IntensityPeriod[]> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return [];
  const value = parseJson(bytes, path);
  assertNotNewer(Versioned.safeParse(value).data?.version ?? VERSION, VERSION, path);
  const parsed = Document.safeParse(value);
  if (!parsed.success) throw corrupt(path, firstIssue(parsed.error), parsed.error);
  if (parsed.data.source !== sourceId) throw corrupt(path, `it is about ${parsed.data.source}`);
  return parsed.data.periods;
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw corrupt(path, "it is not JSON, or was cut off", cause);
  }
}

/** One period a line. */
function format(source: string, periods: readonly IntensityPeriod[]): string {
  const lines = periods.map(({ from, to, gco2eqPerKwh, kind, fetchedAt, updatedAt }) =>
    JSON.stringify({
      from: formatInstant(from),
      to: formatInstant(to),
      gco2eqPerKwh,
      kind,
      fetchedAt: formatInstant(fetchedAt),
      ...(updatedAt === undefined ? {} : { updatedAt: formatInstant(updatedAt) }),
    }),
  );
  return `{"version":${VERSION},"source":${JSON.stringify(source)},"periods":[\n${lines.join(",\n")}\n]}\n`;
}

function corrupt(path: string, what: string, cause?: unknown): AdaCarbonError {
  const line = `${path}: not an intensity cache of ada-carbon: ${what}; the file can be deleted, it will be fetched again`;
  return new AdaCarbonError("store-corrupt", line, { cause });
}
