// One workspace: what it is, whose, what it used, and what of that is not known.
import { el, setName, setText, splitBar } from "./dom.js";
import { carbon, clockText, duration, kwh, percent, tickerKwh, UNKNOWN, whenText } from "./format.js";
import { IdleUse } from "./ticker.js";

export class Card {
  #workspace;
  #idle = new IdleUse();
  #parts;
  #isSeen = false;
  #isStale = true;
  root;

  update(workspace) {
    if (workspace === this.#workspace) return;
    this.#workspace = workspace;
    this.#idle.update(workspace);
    this.#isStale = true;
    if (this.#isSeen) this.#fill();
  }

  /** Whether it is in view: what nobody sees is not written anew. */
  set isSeen(isSeen) {
    this.#isSeen = isSeen;
    if (isSeen && this.#isStale) this.#fill();
  }

  /** The element, made when it is first wanted. */
  build() {
    if (this.root !== undefined) return this.root;
    const { bar, show } = splitBar();
    this.#parts = {
      name: el("h3", { class: "card-name" }),
      who: el("p", { class: "card-who" }),
      host: el("p", { class: "card-host" }),
      ticker: el("span", {
        class: "ticker-value",
        role: "timer",
        "aria-live": "off",
        "aria-label": "Idle use",
      }),
      showBusy: show,
      facts: el("dl", { class: "facts" }),
      note: el("p", { class: "card-note" }),
    };
    const { name, who, host, ticker, facts, note } = this.#parts;
    const idle = el("p", { class: "ticker" }, ticker, " ", el("span", { class: "ticker-unit" }, "kWh idle"));
    this.root = el("li", { class: "card" }, name, who, host, idle, bar, facts, note);
    this.#fill();
    return this.root;
  }

  tick(now) {
    setText(this.#parts.ticker, tickerKwh(this.#idle.at(now)));
  }

  #fill() {
    this.#isStale = false;
    const workspace = this.#workspace;
    const { name, who, host, showBusy, facts, note } = this.#parts;
    const total = workspace.busyKwh + workspace.idleKwh;
    setName(name, workspace.machine ?? "Machine not known");
    setName(who, ownerText(workspace));
    setName(host, workspace.instance?.replace(/:\d+$/, "") ?? "");
    showBusy(total === 0 ? 0 : (100 * workspace.busyKwh) / total);
    const rows = [
      ["Electricity", `${kwh(total)}${total > 0 ? `, ${percent(workspace.idleKwh / total)} idle` : ""}`],
      ["Carbon", carbonText(workspace, total)],
      ["Worked", duration(workspace.runtimeSeconds)],
      ["Since", el("time", { datetime: workspace.startedAt }, whenText(Date.parse(workspace.startedAt)))],
    ];
    facts.replaceChildren(...rows.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
    const notes = notesOf(workspace, total);
    note.hidden = notes.length === 0;
    setText(note, notes.join(" "));
    // Later the clock of the page sets it: going back to what was measured would look like a step back.
    if (this.#parts.ticker.textContent === "") this.tick(Date.parse(workspace.countedUntil));
  }
}

function ownerText({ user, ownerHidden }) {
  if (ownerHidden) return "owner not shown";
  return user ?? "owner not known";
}

function carbonText({ busyGco2eq, idleGco2eq, kwhWithoutCarbon }, total) {
  return total > 0 && kwhWithoutCarbon >= total ? UNKNOWN : carbon(busyGco2eq + idleGco2eq);
}

/** What is missing from the numbers above. */
function notesOf({ unknownSeconds, kwhWithoutCarbon, countedUntil }, total) {
  const notes = [];
  if (unknownSeconds >= 60) notes.push(`Not observed for ${duration(unknownSeconds)}: that use is missing.`);
  if (kwhWithoutCarbon > 0 && kwhWithoutCarbon < total)
    notes.push(`The carbon of ${kwh(kwhWithoutCarbon)} is not known.`);
  if (Date.now() - Date.parse(countedUntil) > 600_000)
    notes.push(`Last measured at ${clockText(Date.parse(countedUntil))}.`);
  return notes;
}
