// The days of a year as a table of squares: one stop of the Tab key, then the arrow keys.
import { ask } from "./api.js";
import { byId, el, setText, whileBusy } from "./dom.js";
import { carbon, dayText, kwh, percent } from "./format.js";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const LEVELS = 4;
const month = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });

export class Heatmap {
  #site;
  #year;
  #days = [];
  #text = kwh;
  #cells = new Map();

  constructor(site) {
    this.#site = site;
    byId("year-before").addEventListener("click", () => this.load(this.#year - 1));
    byId("year-after").addEventListener("click", () => this.load(this.#year + 1));
    const table = byId("heatmap");
    table.addEventListener("keydown", (event) => this.#move(event));
    for (const name of ["focusin", "pointerover"])
      table.addEventListener(name, ({ target }) => this.#tell(target));
    for (const input of document.querySelectorAll('input[name="metric"]'))
      input.addEventListener("change", () => this.load(this.#year));
  }

  async load(year = this.#year) {
    const { value: metric } = document.querySelector('input[name="metric"]:checked');
    try {
      const wanted = { scope: `site:${this.#site}`, metric, ...(year === undefined ? {} : { year }) };
      const reply = await whileBusy(byId("heatmap"), () => ask("/heatmap", wanted));
      this.#year = reply.year;
      this.#days = reply.days.filter(({ date }) => date <= reply.today);
      this.#text = metric === "energy" ? kwh : carbon;
      setText(byId("year"), String(reply.year));
      byId("year-after").disabled = reply.year >= Number(reply.today.slice(0, 4));
      this.#draw(reply.days);
    } catch (error) {
      setText(byId("day"), `This cannot be shown now: ${error.message}.`);
    }
  }

  #draw(days) {
    const most = Math.max(0, ...this.#days.map(({ value }) => value ?? 0));
    const weeks = Math.max(...days.map(({ week }) => week)) + 1;
    this.#cells.clear();
    const cells = new Map(
      this.#days.map((day, i) => [`${day.weekday}-${day.week}`, this.#cell(day, i, most)]),
    );
    const rows = WEEKDAYS.map((name, weekday) =>
      el(
        "tr",
        {},
        el(
          "th",
          { scope: "row" },
          el("span", { "aria-hidden": "true" }, name.slice(0, 3)),
          el("span", { class: "hidden" }, name),
        ),
        ...Array.from({ length: weeks }, (_, week) => cells.get(`${weekday}-${week}`) ?? el("td")),
      ),
    );
    byId("heatmap").replaceChildren(monthRow(days, weeks), el("tbody", {}, ...rows));
    // On a phone the latest days are what one wants to see.
    const scroll = byId("heatmap").parentElement;
    const today = this.#cells.get(this.#days.length - 1);
    if (today !== undefined)
      scroll.scrollLeft = today.offsetLeft - scroll.clientWidth + 2 * today.offsetWidth;
    drawScale(most === 0 ? "more" : this.#text(most));
    const missing = this.#days.filter(({ value }) => value === null).length;
    setText(
      byId("day"),
      missing === 0
        ? "Every day is known."
        : `${missing} of ${this.#days.length} days are not known; they have a dashed border.`,
    );
  }

  #cell(day, i, most) {
    const level =
      day.value === null
        ? "heat-missing"
        : `heat heat-${most === 0 ? 0 : Math.ceil((LEVELS * day.value) / most)}`;
    const isLast = i === this.#days.length - 1;
    const cell = el(
      "td",
      { class: level, "data-i": String(i), tabindex: isLast ? "0" : "-1" },
      el("span", { class: "hidden" }, this.#describe(day)),
    );
    this.#cells.set(i, cell);
    return cell;
  }

  #describe({ date, value, coverage }) {
    const known = coverage > 0 && coverage < 0.995 ? `, known for ${percent(coverage)} of the day` : "";
    return `${dayText(date)}: ${this.#text(value)}${known}`;
  }

  #tell(target) {
    const day = this.#days[Number(target.closest?.("td[data-i]")?.dataset.i ?? -1)];
    if (day !== undefined) setText(byId("day"), this.#describe(day));
  }

  #move(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, Home: -400, End: 400 }[event.key];
    const from = Number(event.target.closest("td[data-i]")?.dataset.i ?? -1);
    if (step === undefined || from < 0) return;
    event.preventDefault();
    const to = Math.min(Math.max(from + step, 0), this.#days.length - 1);
    const isLong = Math.abs(step) === 7 && (from + step < 0 || from + step >= this.#days.length);
    const cell = this.#cells.get(isLong ? from : to);
    this.#cells.get(from)?.setAttribute("tabindex", "-1");
    cell?.setAttribute("tabindex", "0");
    cell?.focus();
  }
}

/** The name of a month stands over the week of its first day. */
function monthRow(days, weeks) {
  const names = new Map(
    days
      .filter(({ date }) => date.endsWith("-01"))
      .map(({ date, week }) => [week, month.format(new Date(date))]),
  );
  const cells = Array.from({ length: weeks }, (_, week) =>
    names.has(week) ? el("th", { scope: "col" }, names.get(week)) : el("td"),
  );
  return el("thead", {}, el("tr", {}, el("td"), ...cells));
}

/** @param most What the darkest square stands for. */
function drawScale(most) {
  const square = (name) => el("i", { class: name });
  byId("scale").replaceChildren(
    square("heat-missing"),
    el("span", {}, "not known"),
    el("span", {}, "0"),
    ...[0, 1, 2, 3, 4].map((n) => square(`heat heat-${n}`)),
    el("span", {}, most),
  );
}
