import type { RowIndex } from "../rows/row-index.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { isTracked } from "../usage/provenance.js";
import type { SyncReport } from "./events.js";
import type { GridRows } from "./grids.js";
import { type Horizon, isMeasuredAgain } from "./plan.js";

/** Scrapes arrive within this time; a source that has been silent for longer does not only lag. */
const ARRIVAL_MS = HOUR_MS;

/** The carbon that a run is to get. */
export interface WantedCarbon {
  /** Whether there is a grid or a constant: else hours without carbon want nothing. */
  readonly isWanted: boolean;
  /** Whether there is a source of what was bought. */
  readonly isMarketWanted: boolean;
  /** The rows that say by which grid hours are stored; none where there is no grid. */
  readonly rows: readonly GridRows[];
}

/** Which of the wanted hours want something still, and which were left as they are on purpose. */
export function leftAlone(
  ada: RowIndex,
  hours: readonly FinishedHour[],
  carbon: WantedCarbon,
  horizon: Horizon,
): Pick<SyncReport, "wanting" | "tooYoung" | "givenUp" | "otherIntensity"> {
  const counts = { wanting: 0, tooYoung: 0, givenUp: 0, otherIntensity: 0 };
  for (const hour of hours) {
    const status = ada.status(hour) ?? "not downloaded";
    const { model, market, unsettled } = ada.provenance(hour) ?? {};
    const isCoarse = status === "download incomplete" || isTracked(model);
    const isAgain = isMeasuredAgain(ada, hour, horizon);
    const isTooYoung = unsettled === true && horizon.now - (hour + HOUR_MS) < ARRIVAL_MS;
    const isIncomplete = status === "download incomplete" && isAgain;
    const isWithoutCarbon = carbon.isWanted && Number.isNaN(ada.value("busyGco2eq", hour));
    const isWithoutMarket =
      carbon.isMarketWanted && !Number.isNaN(ada.value("busyKwh", hour)) && market === undefined;
    if (isTooYoung) counts.tooYoung += 1;
    else if (status === "not downloaded" || isIncomplete || isWithoutCarbon || isWithoutMarket)
      counts.wanting += 1;
    if (isCoarse && !isAgain) counts.givenUp += 1;
    if (carbon.rows.some((rows) => isOfOther(rows, hour))) counts.otherIntensity += 1;
  }
  return counts;
}

function isOfOther({ rows, source }: GridRows, hour: FinishedHour): boolean {
  const intensity = rows.provenance(hour)?.intensity ?? null;
  if (intensity === null || (intensity.kind === "fallback" && !intensity.settled)) return false;
  return intensity.source !== source.id;
}
