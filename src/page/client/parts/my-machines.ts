// What a viewer wastes now, and what stopping it is worth.
import { html, nothing, type TemplateResult } from "lit";
import { carbonText, energyText, isKnown, percentText, powerText, rangeText } from "../amounts.js";
import { spark, usualRange } from "../charts/small.js";
import { isIdle, isSeen, machinesFinding, wattsOf } from "../findings.js";
import type { MyMachine, MyMachines, Stop } from "../replies.js";
import { durationText, hoursBetween, msOf } from "../times.js";
import { explained, hostName, nameText, staleNote, type View } from "../view.js";

/** The first card: idle machines, their watts now, and what stopping them saves until when. */
export function idleLead(view: View, mine: MyMachines): TemplateResult {
  const idle = mine.machines.filter(isIdle);
  const idleWatts = idle.reduce((sum, machine) => sum + wattsOf(machine), 0);
  const allWatts = mine.machines.reduce((sum, machine) => sum + wattsOf(machine), 0);
  const isMeasured = mine.machines.some(({ busyWatts }) => isKnown(busyWatts));
  const stop = longestFirst(mine.totals.stop);
  const consoleUrl = idle.find((machine) => machine.consoleUrl !== null)?.consoleUrl;
  const them = idle.length === 1 ? "it" : idle.length === 2 ? "both" : "them";
  if (mine.machines.length === 0)
    return html`<div>
      <h2>You run no machine here</h2>
      <p class="small">What the site uses is below.</p>
    </div>`;
  return html`<div>
    <h2>${machinesFinding(mine.machines)}</h2>
    ${
      isMeasured
        ? html`<p class="big">
            ${explained(view, "now", powerText(idle.length > 0 ? idleWatts : allWatts))}
            <small>${idle.length > 0 ? `in idle machines, of ${powerText(allWatts)}` : "now"}</small>
          </p>`
        : html`<p class="small">Watts are the difference of two measurements; the next one comes in a minute or so.</p>`
    }
    ${
      idle.length === 0 || stop.length === 0
        ? html`<p class="small">${mine.machines.some(isSeen) ? "There is nothing to stop." : ""}</p>`
        : html`<p class="small rule">Stopping ${them} saves</p>
            <dl class="savings">
              ${stop.map((saving) => savingRow(view, saving))}
            </dl>
            ${
              consoleUrl === undefined || consoleUrl === null
                ? nothing
                : html`<a class="button primary" href=${consoleUrl} rel="noreferrer">Stop ${them} in the console ↗</a>`
            }`
    }
    ${staleNote(view, view.answers.mine)}
  </div>`;
}

function savingRow(view: View, stop: Stop): TemplateResult {
  return html`<dt>${untilText(view, stop)}</dt>
    <dd>${explained(view, `saving ${stop.name}`, `${energyText(stop.kwh.kwh)}, ${carbonText(stop.gco2eq.gco2eq)}`, boundsText(stop))}</dd>`;
}

/** On a Sunday both end on Monday morning, and only one has begun. */
function longestFirst(stops: readonly Stop[]): Stop[] {
  return stops.toReversed().sort((a, b) => hoursBetween(b.from, b.to) - hoursBetween(a.from, a.to));
}

/** "until Mon 08:00", always with until when; a night that has not begun also with from when. */
function untilText({ calendar, now }: View, { from, to, name }: Stop): string {
  return name === "tonight"
    ? `tonight, ${msOf(from) > now ? `${calendar.clock(from)} ` : ""}to ${calendar.clock(to)}`
    : `until ${calendar.weekdayAndClock(to)}`;
}

export function boundsText({ kwh, gco2eq }: Pick<Stop, "kwh" | "gco2eq">): string {
  const ranges = [rangeText(kwh.low, kwh.high, "energy"), rangeText(gco2eq.low, gco2eq.high, "carbon")];
  return ranges.filter((range) => range !== "").join(", ");
}

/** Less than a week: a share of so few hours says little of 30 days. */
const FEW_HOURS = 168;

/** One row a machine: what it is, its watts, its last days, what is usual, what stopping saves. */
export function machineRows(view: View, mine: MyMachines): TemplateResult | typeof nothing {
  if (mine.machines.length === 0) return nothing;
  return html`<section class="card machines" aria-labelledby="machines-h">
    <h2 class="hidden" id="machines-h">Machine by machine</h2>
    <ul>
      ${mine.machines.map((machine) => html`<li class=${isIdle(machine) ? "machine is-idle" : "machine"}>${row(view, machine)}</li>`)}
    </ul>
  </section>`;
}

function row(view: View, machine: MyMachine): TemplateResult {
  const { calendar } = view;
  const watts = isKnown(machine.busyWatts) ? wattsOf(machine) : null;
  return html`<div class="who">
      <h3>${nameText(machine.machine, "Machine not known")}</h3>
      <p class="small"><bdi class="name">${hostName(machine.instance)}</bdi></p>
      <p class="small">${isKnown(machine.cores) ? `${machine.cores} cores, ` : ""}since ${calendar.day(machine.startedAt)}</p>
      <p class="state"><i class="dot" aria-hidden="true"></i>${stateText(view, machine)}</p>
    </div>
    <div>
      <p class="key">Now</p>
      <p class="value">${watts === null ? "not measured yet" : explained(view, `now ${machine.id}`, powerText(watts))}</p>
      <p class="small">${nowText(machine)}</p>
    </div>
    <div>
      <p class="key">kWh a day</p>
      ${spark(machine.days, `Electricity of the last ${machine.days.length} days`)}
      <p class="ends small">
        <span>${machine.days[0] === undefined ? "" : calendar.day(machine.days[0].starts).split(" ").slice(1).join(" ")}</span><span>today</span>
      </p>
    </div>
    <div>
      <p class="key">Idle time, 30 days</p>
      ${machine.usualIdleShare === null ? nothing : usualRange(machine.idleShare30d, machine.usualIdleShare)}
      <p class="value small-value">${percentText(machine.idleShare30d)}</p>
      <p class="small">
        ${isKnown(machine.idleShare30d) && machine.hoursKnown30d < FEW_HOURS ? html`of ${machine.hoursKnown30d}\u00a0h known<br />` : nothing}
        ${
          machine.usualIdleShare === null
            ? "no others to compare with"
            : `usual: ${Math.round(machine.usualIdleShare.p25 * 100)} to ${percentText(machine.usualIdleShare.p75)}`
        }
      </p>
    </div>
    <div>
      <p class="key">Stopping it saves</p>
      ${isIdle(machine) ? savings(view, machine) : html`<p class="small">${isSeen(machine) ? "At work: nothing to stop." : "Not known yet."}</p>`}
    </div>`;
}

function savings(view: View, machine: MyMachine): TemplateResult {
  const [first, ...others] = longestFirst(machine.stop);
  if (first === undefined) return html`<p class="small">not known yet</p>`;
  return html`<p class="value">${explained(view, `saving ${first.name} ${machine.id}`, energyText(first.kwh.kwh), boundsText(first))}</p>
    <p class="small">and ${carbonText(first.gco2eq.gco2eq)} ${untilText(view, first)}</p>
    ${others.map((stop) => html`<p class="small">${energyText(stop.kwh.kwh)}, ${carbonText(stop.gco2eq.gco2eq)} ${untilText(view, stop)}</p>`)}
    ${
      machine.consoleUrl === null
        ? nothing
        : html`<p class="acts"><a class="button primary" href=${machine.consoleUrl} rel="noreferrer">Stop ↗</a></p>`
    }`;
}

function stateText({ now }: View, machine: MyMachine): string {
  if (machine.idleSince !== null) return `Idle for ${durationText(now - msOf(machine.idleSince))}`;
  if (isSeen(machine)) return "At work";
  return isKnown(machine.busyWatts)
    ? "Whether it idles is known once an hour of it is stored"
    : "Not measured yet";
}

/** What an idle machine costs a day at the watts of now; carbon at the intensity of its last days. */
function nowText({ idleWatts, idleSince, idleKwhADay, idleGco2eqADay }: MyMachine): string {
  if (!isKnown(idleWatts)) return "";
  if (idleSince === null) return `${powerText(idleWatts)} of it idle`;
  const kwh = (idleWatts * 24) / 1000;
  const isPriced = isKnown(idleKwhADay) && isKnown(idleGco2eqADay) && idleKwhADay > 0;
  const carbon = isPriced ? `, ${carbonText((kwh * idleGco2eqADay) / idleKwhADay)}` : "";
  return `Idle costs ${energyText(kwh)}${carbon} a day`;
}
