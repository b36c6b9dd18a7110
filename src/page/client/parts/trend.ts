import { html, nothing, type TemplateResult } from "lit";
import { carbonText, energyText, isKnown, sumOf } from "../amounts.js";
import { type Bar, barChart, highest } from "../charts/bars.js";
import type { Bins, History } from "../replies.js";
import type { View } from "../view.js";

/** Busy and idle of each bin, with the period before as a line and unknown bins hatched. */
export function trend(view: View): TemplateResult | typeof nothing {
  const reply = view.answers.history.value;
  if (reply === undefined) return nothing;
  const { address } = view;
  const isEnergy = address.amount === "energy";
  const bars = barsOf(view, reply);
  const scale = unitOf(highest(bars), isEnergy);
  const scaled = bars.map((bar) => ({
    ...bar,
    busy: times(bar.busy, scale.factor),
    idle: times(bar.idle, scale.factor),
    before: times(bar.before, scale.factor),
  }));
  const unknown = bars.filter(({ busy, idle }) => busy === null && idle === null).length;
  const middle = reply.bins.starts[Math.floor(reply.bins.starts.length / 2)];
  const [first, last] = [view.calendar.day(reply.from), view.calendar.day(Date.parse(reply.to) - 1)];
  return html`<section class="card" aria-labelledby="trend-h">
    <div class="card-head">
      <div>
        <h2 id="trend-h">${isEnergy ? "Electricity" : "Carbon"} ${address.by === "day" ? "a day" : `by ${address.by}`}, busy and idle, ${scale.unit}</h2>
        ${unknown === 0 ? nothing : html`<p class="small">${unknown} ${unknown === 1 ? "bar is" : "bars are"} missing and in no sum.</p>`}
      </div>
      <ul class="legend">
        <li><i class="swatch busy"></i>busy</li>
        <li><i class="swatch idle"></i>idle</li>
        ${reply.beside === null ? nothing : html`<li><i class="swatch before"></i>${view.address.beside === "year-before" ? "a year before" : "the days before"}</li>`}
        <li><i class="swatch unknown"></i>missing</li>
      </ul>
    </div>
    ${barChart({
      label: `Bars from ${first} to ${last}; arrow keys go from bar to bar`,
      bars: scaled,
      unit: scale.unit,
      ticks: [first, middle === undefined ? "" : view.calendar.day(middle), last],
    })}
    <details class="table-behind">
      <summary>The same as a table</summary>
      ${table(view, reply)}
    </details>
  </section>`;
}

/** Of two bars that stand for times of different length, the longer is not more. Months of 28 and 31 days are compared. */
const MOST_LONGER = 1.12;

/** What is drawn of the period before at a bar: nothing where what is known of it is no time of about that length. */
export function beforeOfBar(
  hours: number,
  hoursKnownBefore: number | undefined,
  before: number | null,
): number | null {
  if (hoursKnownBefore === undefined) return null;
  const [shorter, longer] = [Math.min(hours, hoursKnownBefore), Math.max(hours, hoursKnownBefore)];
  return longer <= MOST_LONGER * shorter ? before : null;
}

function barsOf(view: View, { bins, beside }: History): Bar[] {
  const { part } = view.address;
  const [busy, idle] = columnsOf(bins, view.address.amount);
  const before = beside === null ? undefined : columnsOf(beside.bins, view.address.amount);
  const text = view.address.amount === "energy" ? energyText : carbonText;
  return bins.starts.map((start, i) => {
    const [nowBusy, nowIdle] = [busy[i] ?? null, idle[i] ?? null];
    const hours = bins.hours[i] ?? 0;
    const beforeSum =
      before === undefined
        ? null
        : beforeOfBar(
            hours,
            beside?.bins.hoursKnown[i],
            sumOf([part === "idle" ? null : before[0][i], part === "busy" ? null : before[1][i]]),
          );
    const known = bins.hoursKnown[i] ?? 0;
    const when =
      view.address.by === "hour"
        ? view.calendar.dayAndClock(start)
        : view.address.by === "month"
          ? (bins.labels[i] ?? "")
          : view.calendar.day(start);
    const isUnknown = nowBusy === null && nowIdle === null;
    return {
      busy: part === "idle" ? (isUnknown ? null : 0) : nowBusy,
      idle: part === "busy" ? (isUnknown ? null : 0) : nowIdle,
      before: beforeSum,
      isPartial: !isUnknown && known < hours && Date.parse(bins.ends[i] ?? start) < view.now,
      text: isUnknown
        ? `${when}: missing`
        : `${when}: ${text(nowBusy)} busy, ${text(nowIdle)} idle${beforeSum === null ? "" : `, before ${text(beforeSum)}`}${known < hours ? `, ${known} of ${hours} h known` : ""}`,
    };
  });
}

function columnsOf(bins: Bins, amount: "energy" | "carbon"): readonly [Bins["busyKwh"], Bins["idleKwh"]] {
  return amount === "energy" ? [bins.busyKwh, bins.idleKwh] : [bins.busyGco2eq, bins.idleGco2eq];
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

/** One unit for the whole axis, so that it counts from zero in steps that people know. */
function unitOf(most: number, isEnergy: boolean): { unit: string; factor: number } {
  if (isEnergy)
    return most < 1
      ? { unit: "Wh", factor: 1000 }
      : most < 1000
        ? { unit: "kWh", factor: 1 }
        : { unit: "MWh", factor: 0.001 };
  return most < 1000
    ? { unit: "gCO₂e", factor: 1 }
    : most < 1_000_000
      ? { unit: "kgCO₂e", factor: 0.001 }
      : { unit: "tCO₂e", factor: 1e-6 };
}

function table({ calendar, address }: View, { bins }: History): TemplateResult {
  return html`<table>
    <thead><tr>${["From", "Busy", "Idle", "Busy carbon", "Idle carbon", "Known"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>
      ${bins.starts.map(
        (start, i) => html`<tr>
          <th scope="row">${address.by === "hour" ? calendar.dayAndClock(start) : calendar.day(start)}</th>
          <td>${energyText(bins.busyKwh[i])}</td><td>${energyText(bins.idleKwh[i])}</td>
          <td>${carbonText(bins.busyGco2eq[i])}</td><td>${carbonText(bins.idleGco2eq[i])}</td>
          <td>${isKnown(bins.hoursKnown[i]) ? `${bins.hoursKnown[i]} of ${bins.hours[i]} h` : ""}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
