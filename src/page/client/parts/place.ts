// A site, or what one has opened in it: the way down, the period, and what it comes to.
import { html, nothing, type TemplateResult } from "lit";
import { modelText } from "../../../http/model-text.js";
import { type Address, datesOf, KINDS, scopeOf } from "../address.js";
import {
  carbonText,
  energyText,
  intensityText,
  isKnown,
  percentText,
  powerText,
  rangeText,
} from "../amounts.js";
import { comparisonText, idleText, placeFinding, wholeScopeNote } from "../findings.js";
import type { History, MarketSums } from "../replies.js";
import { addDays, durationText, msOf } from "../times.js";
import {
  explained,
  gridText,
  hostName,
  link,
  nameText,
  siteTitle,
  staleNote,
  type View,
  waiting,
} from "../view.js";
import { boundsText } from "./my-machines.js";

function placeName({ address }: View): string {
  return address.path.at(-1)?.name ?? siteTitle(address.site);
}

export function crumbs(view: View): TemplateResult {
  const { address } = view;
  return html`<nav class="crumbs" aria-label="Where you are">
    <ol>
      <li>${address.path.length === 0 ? html`<span aria-current="page">${siteTitle(address.site)}</span>` : link(view, { path: [], explain: "" }, siteTitle(address.site))}</li>
      ${address.path.map(({ kind, name }, i) => {
        const isLast = i === address.path.length - 1;
        const text = html`<span class="small">${kind}</span> ${nameText(name)}`;
        return html`<li>${isLast ? html`<span aria-current="page">${text}</span>` : link(view, { path: address.path.slice(0, i + 1), explain: "" }, text)}</li>`;
      })}
    </ol>
  </nav>`;
}

export function placeHeading(view: View): TemplateResult {
  const reply = view.answers.history.value;
  const isSimulated = view.answers.me.value?.simulated === true || reply?.simulated === true;
  const { site, path } = view.address;
  const note = wholeScopeNote(siteTitle(site), path, view.answers.me.value?.sites.length ?? 1);
  return html`<div class="heading">
    <h1 id="place-h">${reply === undefined ? placeName(view) : placeFinding(placeName(view), reply)}</h1>
    ${isSimulated ? html`<span class="tag">Simulated data</span>` : nothing}
  </div>
  ${note === "" ? nothing : html`<p class="sub"><bdi>${note}</bdi></p>`}`;
}

const GAP_REASONS: Readonly<Record<History["gaps"][number]["reason"], string>> = {
  "not-over": "not over yet",
  "not-stored": "nothing is stored",
  "not-downloaded": "Prometheus was asked and had nothing",
};

const BESIDE: Readonly<Record<Address["beside"], string>> = {
  before: "the days before",
  "year-before": "a year before",
  nothing: "nothing",
};

/** Dates, comparison and what is shown; all of it is in the address. */
export function filters(view: View): TemplateResult {
  const { address, latestDay } = view;
  const { from, to } = datesOf(address, latestDay);
  const choose = (event: Event): void => {
    const { name, value } = event.target as HTMLInputElement;
    const change: Partial<Address> = { [name]: value };
    view.go(name === "from" ? { from: value, to } : name === "to" ? { from, to: value } : change);
  };
  const options = (
    name: string,
    label: string,
    current: string,
    choices: readonly (readonly [string, string])[],
  ): TemplateResult =>
    html`<label>${label}<select name=${name} @change=${choose}>
      ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === current}>${text}</option>`)}
    </select></label>`;
  return html`<div class="bar" role="group" aria-label="What is shown">
      <label>From<input type="date" name="from" .value=${from} max=${latestDay} @change=${choose} /></label>
      <label>To<input type="date" name="to" .value=${to} max=${latestDay} @change=${choose} /></label>
      ${options("beside", "Beside", address.beside, Object.entries(BESIDE))}
      ${options(
        "by",
        "By",
        address.by,
        ["hour", "day", "week", "month"].map((by) => [by, by] as const),
      )}
      ${options("amount", "In", address.amount, [
        ["energy", "kWh"],
        ["carbon", "gCO₂e"],
      ])}
      ${options(
        "part",
        "Only",
        address.part,
        ["everything", "busy", "idle"].map((part) => [part, part] as const),
      )}
      <span class="grow"></span>
      <a class="button" href=${view.url("/history", { ...historyParameters(view), format: "csv" })} download>CSV</a>
      <button type="button" @click=${() => window.print()}>Print</button>
    </div>
    <p class="spans small">
      ${(
        [
          ["7 days", 7],
          ["30 days", 30],
          ["90 days", 90],
          ["a year", 365],
        ] as const
      ).map(([text, days]) => link(view, lastDays(latestDay, days), text))}
    </p>`;
}

/** The last days of which hours are over; the usual 30 need not stand in the address. */
function lastDays(latestDay: string, days: number): { from: string; to: string } {
  return days === 30 ? { from: "", to: "" } : { from: addDays(latestDay, 1 - days), to: latestDay };
}

/** What is asked of the service for the period that is shown: whole days of the zone, up to the end of the last. */
export function historyParameters(view: View): Record<string, string | readonly string[] | undefined> {
  const { address, latestDay, calendar } = view;
  const { from, to } = datesOf(address, latestDay);
  return {
    scope: scopeOf(address),
    by: address.by,
    from,
    to: to >= latestDay ? undefined : addDays(to, 1),
    zone: calendar.zone,
    beside: address.beside === "nothing" ? undefined : address.beside,
  };
}

/** Machines that nobody has used for days: the first thing for those who run the place. */
export function idleBanner(view: View): TemplateResult | typeof nothing {
  const { idle } = view.answers;
  const reply = idle.value;
  if (reply === undefined || reply.machines === 0 || view.address.path.length > 0) return nothing;
  const { machines, days, watts, mine, group, hidden, stop } = reply;
  // One machine may be in more than one of these, so they do not read as parts of a sum.
  const whose = [
    mine > 0 ? `${mine} ${mine === 1 ? "is" : "are"} yours` : "",
    group > 0 ? `${group} ${group === 1 ? "is" : "are"} of your group` : "",
    hidden > 0 ? `${hidden} ${hidden === 1 ? "has" : "have"} an owner who is not shown to you` : "",
  ].filter((part) => part !== "");
  return html`<section class="card banner" aria-label="Machines that have been idle for days">
    <div>
      <h2>${machines} ${machines === 1 ? "machine has" : "machines have"} been idle for ${days} days or more${isKnown(watts) ? `: ${powerText(watts)}` : ""}</h2>
      <p class="small">
        ${stop === null ? "" : html`Stopped until ${view.calendar.weekdayAndClock(stop.to)} ${machines === 1 ? "it" : "they"} would save <span title=${boundsText(stop)}>${energyText(stop.kwh.kwh)}, ${carbonText(stop.gco2eq.gco2eq)}</span>. `}
        ${whose.length === 0 ? "" : `Of these, ${whose.join("; ")}.`}
      </p>
    </div>
    ${link(view, { machines: view.address.machines === "idle" ? "" : "idle" }, view.address.machines === "idle" ? "Hide them" : `Show ${machines === 1 ? "it" : `the ${machines}`}`, { class: "button primary" })}
  </section>`;
}

export function idleList(view: View): TemplateResult | typeof nothing {
  const reply = view.answers.idle.value;
  if (view.address.machines !== "idle" || reply === undefined || view.address.path.length > 0) return nothing;
  return html`<section class="card" aria-label="The idle machines">
    <table>
      <thead><tr><th scope="col">Machine</th><th scope="col">User</th><th scope="col">Idle for</th><th scope="col">Now</th><th scope="col">Saves</th></tr></thead>
      <tbody>
        ${reply.list.map(
          ({ machine, instance, user, ownerHidden, idleSince, watts, kwh }) =>
            html`<tr>
              <th scope="row">${nameText(machine)}${instance === null ? nothing : html`<br /><span class="small">${nameText(hostName(instance))}</span>`}</th>
              <td>${ownerHidden ? "not shown" : nameText(user)}</td>
              <td>${idleSince === null ? "missing" : durationText(view.now - msOf(idleSince))}</td>
              <td>${powerText(watts)}</td><td>${energyText(kwh)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** The numbers of the period: electricity, idle, carbon, and how much of it is known. */
export function figures(view: View): TemplateResult {
  const { history } = view.answers;
  const reply = history.value;
  if (reply === undefined) return html`<div class="card">${waiting(history, "this period")}</div>`;
  const { totals } = reply;
  const { kwh, gco2eq } = totals;
  const bounds = (low: number | null, high: number | null, kind: "energy" | "carbon"): string =>
    `bounds ${rangeText(low, high, kind) || "not known"}`;
  const missing = totals.hours - totals.hoursKnown;
  return html`<section class="card figures" aria-label="The period in numbers">
      <div>
        <p class="key">Electricity</p>
        <p class="value">${explained(view, "use energy", energyText(kwh.kwh))}</p>
        <p class="small">${bounds(kwh.low, kwh.high, "energy")}</p>
        <p class="small">${comparisonText(reply)}</p>
      </div>
      <div>
        <p class="key">Of it idle</p>
        <p class="value">${explained(view, "use idle", energyText(totals.idleKwh))}</p>
        <p class="small">${idleText(reply)}</p>
      </div>
      <div>
        <p class="key">Carbon, ${gridText(view, "grid not configured")}</p>
        <p class="value">${explained(view, "use carbon", carbonText(gco2eq.gco2eq))}</p>
        <p class="small">${bounds(gco2eq.low, gco2eq.high, "carbon")}</p>
        <p class="small">${intensityText(totals.gco2eqPerKwh)}${isKnown(totals.actualShare) ? `, ${percentText(totals.actualShare)} actual` : ""}</p>
        ${totals.market === undefined ? nothing : html`<p class="small">${marketText(totals.market)}</p>`}
      </div>
      <div>
        <p class="key">Known</p>
        <p class="value">${totals.hoursKnown.toLocaleString("en-GB")} of ${totals.hours.toLocaleString("en-GB")} h</p>
        <p class="small">${wantingText(missing, totals)}</p>
        ${reply.gaps.length === 0 ? nothing : html`<details class="small"><summary>Why</summary><ul>${reply.gaps.slice(0, 20).map(({ from, to, reason }) => html`<li>${view.calendar.dayAndClock(from)} to ${view.calendar.dayAndClock(to)}: ${GAP_REASONS[reason]}</li>`)}</ul></details>`}
      </div>
    </section>
    <p class="small">${periodText(view, reply)}</p>
    ${staleNote(view, history)}`;
}

/** Hours that are in no sum, or not with all that was used in them. */
function wantingText(missing: number, { hoursIncomplete, hoursWithoutCarbon }: History["totals"]): string {
  const wanting = [
    ...(missing > 0 ? [`${missing.toLocaleString("en-GB")} h missing, in no sum`] : []),
    ...(hoursIncomplete > 0
      ? [`${hoursIncomplete.toLocaleString("en-GB")} h incomplete: more was used in them than was seen`]
      : []),
  ];
  const carbon = hoursWithoutCarbon > 0 ? [`${hoursWithoutCarbon} h without carbon`] : [];
  return [...(wanting.length === 0 ? ["nothing is missing"] : wanting), ...carbon].join("; ");
}

/** What comes to the same energy by what was bought. */
function marketText({ busyGco2eq, idleGco2eq, hoursWithoutCarbon, bases }: MarketSums): string {
  const grams = busyGco2eq === null || idleGco2eq === null ? null : busyGco2eq + idleGco2eq;
  const unknown = hoursWithoutCarbon > 0 ? `, without ${hoursWithoutCarbon} h that are not known` : "";
  const basis = bases.length === 0 ? "" : ` (${bases.join("; and ")})`;
  return `market-based ${carbonText(grams)}${unknown}${basis}`;
}

/** Of which time, by which model and of which grams the numbers, bars and lists of a place are. */
function periodText({ calendar }: View, { from, to, model, basis }: History): string {
  const period = `${calendar.dayAndClock(from)} to ${calendar.dayAndClock(to)}, ${calendar.zone}`;
  const facts = [
    model === null ? [] : `Power: ${modelText(model)}`,
    basis === null ? [] : `Grams: ${basis}`,
  ].flat();
  return [period, ...facts].map((fact) => `${fact}.`).join(" ");
}

/** Which lists can be opened below what is shown. */
export function kindsBelow({ address }: Pick<View, "address">): readonly string[] {
  const taken = new Set(address.path.map(({ kind }) => kind));
  return KINDS.filter((kind) => !taken.has(kind));
}
