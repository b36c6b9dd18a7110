// Where a number comes from, beside it: the sum, how sure it is, and what it does not say.
import { html, nothing, type TemplateResult } from "lit";
import { modelText } from "../../../http/model-text.js";
import { placeOfSource } from "../../../http/place-of-source.js";
import {
  carbonText,
  energyText,
  intensityText,
  isKnown,
  percentText,
  powerText,
  rangeText,
  sumOf,
} from "../amounts.js";
import { boundsLine } from "../charts/small.js";
import { isIdle, wattsOf } from "../findings.js";
import type { Explanation, Grams, Kwh, MyMachine, Stop } from "../replies.js";
import { hoursBetween } from "../times.js";
import { gridText, link, modelNote, nameText, type View, waiting } from "../view.js";

/** The card that `explain` in the address asks for; nothing where it asks for nothing. */
export function explanation(view: View): TemplateResult | typeof nothing {
  const { explain } = view.address;
  const [what = "", argument = "", id = ""] = explain.split(" ");
  if (explain === "") return nothing;
  if (what === "saving") return panel(view, savingExplained(view, argument, id));
  if (explain === "now site") return panel(view, siteWattsExplained(view));
  if (what === "now") return panel(view, wattsExplained(view, argument));
  if (what === "job") return panel(view, jobExplained(view));
  return panel(view, useExplained(view));
}

interface Explained {
  readonly title: string;
  readonly body: TemplateResult;
}

function panel(view: View, { title, body }: Explained): TemplateResult {
  const url = explanationUrl(view);
  return html`<aside class="card drawer" tabindex="-1" aria-labelledby="explain-h" data-drawer>
    <header>
      <h2 id="explain-h">${title}</h2>
      ${link(view, { explain: "" }, html`<span aria-hidden="true">✕</span><span class="hidden">Close</span>`, { class: "button", title: "Close" })}
    </header>
    ${body}
    <p class="small">${url === "" ? nothing : html`<a href=${url}>As JSON</a> · `}<a href=${view.href({})}>This link</a></p>
  </aside>`;
}

/** The service's own explanation of what the period card, or the month, shows; empty where another number is asked about. */
export function explanationUrl(view: View): string {
  const { history, month } = view.answers;
  const { explain } = view.address;
  const reply = explain === "month" ? month.value : history.value;
  if (reply === undefined || !(explain === "month" || explain.startsWith("use"))) return "";
  return view.url("/explain", { scope: reply.scope, from: reply.from, to: reply.to });
}

/** Idle watts times hours is what the model gives; times the forecast's grams it is the carbon. */
function savingExplained(view: View, name: string, id: string): Explained {
  const mine = view.answers.mine.value;
  const machines =
    mine?.machines.filter((machine) => isIdle(machine) && (id === "" || machine.id === id)) ?? [];
  const stops = id === "" ? mine?.totals.stop : machines[0]?.stop;
  const stop = stops?.find((known) => known.name === name);
  if (mine === undefined || stop === undefined)
    return { title: "Where this comes from", body: waiting(view.answers.mine, "your machines") };
  const { calendar } = view;
  const hours = hoursBetween(stop.from, stop.to);
  const hoursText = hours.toFixed(hours % 1 === 0 ? 0 : 1);
  const kwh = stop.kwh.kwh;
  const watts = isKnown(kwh) && hours > 0 ? (kwh * 1000) / hours : null;
  const perKwh = isKnown(stop.gco2eq.gco2eq) && isKnown(kwh) && kwh > 0 ? stop.gco2eq.gco2eq / kwh : null;
  return {
    title: `Where ${carbonText(stop.gco2eq.gco2eq)} comes from`,
    body: html`<p>
        What the model gives ${machines.length === 1 ? "this idle machine" : `${machines.length} idle machines`} from
        ${calendar.dayAndClock(stop.from)} to ${calendar.dayAndClock(stop.to)}, ${hoursText} hours.
      </p>
      <h3>Sum</h3>
      <p class="sum">
        ${powerText(watts)} × ${hoursText} h<br />= ${energyText(kwh)}<br />×
        ${intensityText(perKwh)}<br />= ${carbonText(stop.gco2eq.gco2eq)}
      </p>
      ${howSure(stop.kwh, stop.gco2eq)}
      <h3>From</h3>
      <dl class="facts">
        ${machines.map((machine) => html`<dt>${nameText(machine.machine)}</dt><dd>${coresText(machine)}</dd>`)}
        <dt>Power</dt>${powerFact(mine.model)}
        <dt>Grid</dt><dd>${outlookText(view, stop)}</dd>
      </dl>
      <h3>What it does not say</h3>
      <p class="small">The host stays on. The saving is real once freed cores let the cloud run fewer hosts. A machine that
        is started again costs the same as before.</p>`,
  };
}

const UNTOLD = "the tracker's model, which the service was not told";

/** By which watts; the id that is stored with the numbers is shown on hover. */
function powerFact(model: string | null | undefined, otherwise = ""): TemplateResult {
  return html`<dd title=${model ?? ""}>${model == null ? otherwise : modelText(model)}</dd>`;
}

function coresText({ cores, idleWatts }: MyMachine): string {
  return `${isKnown(cores) ? `${cores} cores, ` : ""}${powerText(idleWatts)} idle now`;
}

function outlookText(view: View, { forecastUntil, beyond, to }: Stop): string {
  const { calendar } = view;
  const name = gridText(view, "no grid is configured");
  if (forecastUntil === null) return `${name}: no forecast`;
  if (beyond === null || Date.parse(forecastUntil) >= Date.parse(to)) return `${name}, forecast`;
  return `${name}, forecast to ${calendar.dayAndClock(forecastUntil)}, then the usual of 4 weeks`;
}

function wattsExplained(view: View, id: string): Explained {
  const mine = view.answers.mine.value;
  const machines =
    mine?.machines.filter((machine) => (id === "" ? isIdle(machine) : machine.id === id)) ?? [];
  const shown = machines.length > 0 ? machines : (mine?.machines ?? []);
  const watts = shown.reduce((sum, machine) => sum + wattsOf(machine), 0);
  return {
    title: `Where ${powerText(watts)} comes from`,
    body: html`<p>The mean of the last two measurements of ${shown.length === 1 ? "this machine" : `${shown.length} machines`}.</p>
      <h3>Sum</h3>
      <dl class="facts">
        ${shown.map(
          (machine) =>
            html`<dt>${nameText(machine.machine)}</dt>
              <dd>${powerText(machine.busyWatts)} busy, ${powerText(machine.idleWatts)} idle</dd>
              <dt class="small">measured</dt><dd class="small">${view.calendar.clock(machine.countedUntil)}</dd>`,
        )}
        <dt>Power</dt>${powerFact(mine?.models.live, UNTOLD)}
      </dl>
      ${modelNote(view)}`,
  };
}

function siteWattsExplained(view: View): Explained {
  const { now } = view.live;
  return {
    title: `Where ${powerText(sumOf([now?.busyWatts, now?.idleWatts]))} comes from`,
    body: html`<p>The mean of the last two measurements of each machine in use, added up.</p>
      <h3>Sum</h3>
      <dl class="facts">
        <dt>Busy</dt><dd>${powerText(now?.busyWatts)}</dd>
        <dt>Idle</dt><dd>${powerText(now?.idleWatts)}</dd>
        <dt>Machines</dt><dd>${(now?.workspaces ?? 0).toLocaleString("en-GB")}</dd>
        <dt>Power</dt>${powerFact(view.answers.me.value?.models.live, UNTOLD)}
      </dl>
      ${modelNote(view)}`,
  };
}

function jobExplained(view: View): Explained {
  const reply = view.answers.bestTime.value;
  const best = reply?.best ?? null;
  if (reply === undefined || best === null)
    return { title: "Where this comes from", body: waiting(view.answers.bestTime, "the best time") };
  const { calendar, address } = view;
  return {
    title: `Where ${carbonText(best.gco2eq.gco2eq)} comes from`,
    body: html`<p>
        ${address.cores} busy cores for ${address.hours} hours, from ${calendar.dayAndClock(best.from)}.
      </p>
      <h3>Sum</h3>
      <p class="sum">
        ${energyText(best.kwh.kwh)}<br />× ${intensityText(best.gco2eqPerKwh)}<br />= ${carbonText(best.gco2eq.gco2eq)}
      </p>
      ${howSure(best.kwh, best.gco2eq)}
      <p class="small">That is how far the forecast may be off. What the job takes is by the model, the same whenever it runs.</p>
      <dl class="facts">
        <dt>Power</dt>${powerFact(reply.model)}
        <dt>Grid</dt><dd>${gridText(view, "")}${reply.forecastAt === null ? "" : `, forecast of ${calendar.clock(reply.forecastAt)}`}</dd>
      </dl>`,
  };
}

function useExplained(view: View): Explained {
  const { explanation: loaded } = view.answers;
  const reply = loaded.value;
  if (reply === undefined)
    return { title: "Where this comes from", body: waiting(loaded, "the explanation") };
  return {
    title: `Where ${energyText(reply.kwh.kwh)} and ${carbonText(reply.gco2eq.gco2eq)} come from`,
    body: html`<p>${view.calendar.dayAndClock(reply.from)} to ${view.calendar.dayAndClock(reply.to)}.${idlePart(view)}</p>
      <h3>Sum</h3>
      <table class="sum-table">
        <thead><tr><th scope="col">Machines</th><th scope="col">Core-hours busy</th><th scope="col">idle</th><th scope="col">Energy</th></tr></thead>
        <tbody>${reply.sum.map(
          ({ what, busyCpuSeconds, idleCpuSeconds, kwh }) =>
            html`<tr><th scope="row">${nameText(what, "hosts that are not stored")}</th><td>${coreHours(busyCpuSeconds)}</td><td>${coreHours(idleCpuSeconds)}</td><td>${energyText(kwh)}</td></tr>`,
        )}</tbody>
      </table>
      ${howSure(reply.kwh, reply.gco2eq)}
      <h3>From</h3>
      <dl class="facts">
        <dt>Power</dt>${powerFact(reply.model, "several models")}
        ${reply.intensity.map(
          ({ kind, source, hours, gco2eqPerKwh }) =>
            html`<dt>Grid, ${hours} h ${kind}</dt><dd title=${source}>${placeOfSource(source)}, mean ${intensityText(gco2eqPerKwh)}</dd>`,
        )}
        ${reply.basis === null ? nothing : html`<dt>Grams</dt><dd>${reply.basis}</dd>`}
        <dt>Coverage</dt><dd>${percentText(reply.coverage)}</dd>
        <dt>Hours</dt><dd>${hoursText(reply)}</dd>
      </dl>
      ${reply.notes.length === 0 ? nothing : html`<h3>What it does not say</h3>${reply.notes.map((note) => html`<p class="small">${note}</p>`)}`}`,
  };
}

/** Of the number that was asked about, where that is the idle part of the sum. */
function idlePart({ address, answers }: View): string {
  if (address.explain !== "use idle") return "";
  return ` Of it idle: ${energyText(answers.history.value?.totals.idleKwh)}, for the idle core-hours.`;
}

function coreHours(cpuSeconds: number | null): string {
  return isKnown(cpuSeconds) ? Math.round(cpuSeconds / 3600).toLocaleString("en-GB") : "missing";
}

function hoursText({ hours }: Explanation): string {
  const { asked, known, provisional, withoutCarbon } = hours;
  const parts = [`${known} of ${asked} known`];
  if (provisional > 0) parts.push(`${provisional} may still change`);
  if (withoutCarbon > 0) parts.push(`${withoutCarbon} without carbon`);
  return parts.join(", ");
}

function howSure(kwh: Kwh, gco2eq: Grams): TemplateResult {
  // Without a range of their own, kWh have no bounds that are known.
  const energy = kwh.low === kwh.high ? "" : rangeText(kwh.low, kwh.high, "energy");
  const carbon = rangeText(gco2eq.low, gco2eq.high, "carbon");
  if (energy === "" && carbon === "")
    return html`<h3>How sure</h3><p class="small">No bounds are known for this.</p>`;
  const [low, value, high] =
    carbon === "" ? [kwh.low, kwh.kwh, kwh.high] : [gco2eq.low, gco2eq.gco2eq, gco2eq.high];
  const isAtTheTop = isKnown(value) && isKnown(high) && isKnown(low) && high - value < (high - low) * 0.02;
  return html`<h3>How sure</h3>
    ${isKnown(low) && isKnown(value) && isKnown(high) ? boundsLine(low, value, high) : nothing}
    <p class="small">
      ${[energy, carbon].filter((text) => text !== "").join(", ")}.${isAtTheTop ? " The estimate is at the top of its range." : ""}
    </p>`;
}
