// Busy and idle, stacked, by day, month or year, in energy or carbon; and the same as a table.
import { ask } from "./api.js";
import { colours, common, missingColumns, onColours } from "./charts.js";
import { byId, el, setText, whileBusy } from "./dom.js";
import { carbon, kwh, percent, UNKNOWN } from "./format.js";

const NAMES = { day: ["day", "days"], month: ["month", "months"], year: ["year", "years"] };

export class History {
  #site;
  #chart;
  #reply;

  constructor(site) {
    this.#site = site;
    for (const input of document.querySelectorAll('input[name="by"], input[name="metric"]')) {
      input.addEventListener("change", () => this.load());
    }
    onColours(() => this.#draw());
  }

  async load() {
    const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
    const wanted = { by: chosen("by"), metric: chosen("metric") };
    try {
      const reply = await whileBusy(byId("history"), () =>
        ask("/history", { scope: `site:${this.#site}`, by: wanted.by }),
      );
      // An answer to an earlier choice may come late.
      if (wanted.by !== chosen("by") || wanted.metric !== chosen("metric")) return;
      this.#reply = { ...wanted, ...columns(reply.bins, wanted.metric) };
      this.#draw();
      this.#table();
    } catch (error) {
      if (wanted.by !== this.#reply?.by || wanted.metric !== this.#reply?.metric) this.#clear();
      setText(byId("history-note"), `This cannot be shown now: ${error.message}.`);
    }
  }

  /** Bars of another choice would pass for those of this one. */
  #clear() {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#reply = undefined;
    byId("history-table").replaceChildren();
  }

  #draw() {
    const reply = this.#reply;
    if (reply === undefined) return;
    const { unit, values } = shown(reply);
    const { busy, idle } = colours();
    const missing = reply.busy.map((value) => value === null);
    const options = common({ unit, stacked: true });
    options.plugins.tooltip.callbacks = {
      footer: ([{ dataIndex }]) =>
        missing[dataIndex] ? UNKNOWN : `known for ${percent(reply.coverage[dataIndex])} of the time`,
    };
    const bars = { maxBarThickness: 48, borderRadius: 3, borderSkipped: "bottom" };
    const data = {
      labels: reply.labels.map(shortLabel),
      datasets: [
        { label: `busy (${unit})`, data: reply.busy.map(values), backgroundColor: busy, ...bars },
        { label: `idle (${unit})`, data: reply.idle.map(values), backgroundColor: idle, ...bars },
      ],
      missing,
    };
    this.#chart?.destroy();
    this.#chart = new Chart(byId("history"), { type: "bar", data, options, plugins: [missingColumns] });
    setText(byId("history-note"), note(reply, missing));
  }

  #table() {
    const { by, metric, labels, busy, idle, coverage } = this.#reply;
    const text = metric === "energy" ? kwh : carbon;
    const head = [NAMES[by][0], "busy", "idle", "known"].map((name) => el("th", { scope: "col" }, name));
    const rows = labels.map((label, i) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, label),
        el("td", {}, text(busy[i])),
        el("td", {}, text(idle[i])),
        el("td", {}, percent(coverage[i])),
      ),
    );
    byId("history-table").replaceChildren(el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  }
}

/** Busy and idle of what is shown. */
function columns({ labels, coverage, ...bins }, metric) {
  const unit = metric === "energy" ? "Kwh" : "Gco2eq";
  return { labels, coverage, busy: bins[`busy${unit}`], idle: bins[`idle${unit}`] };
}

/** Carbon is shown in kilograms. */
function shown({ metric }) {
  if (metric === "energy") return { unit: "kWh", values: (value) => value };
  return { unit: "kgCO₂e", values: (value) => (value === null ? null : value / 1000) };
}

/** The sum, how much of it is idle, and what is missing from it. */
function note({ by, metric, busy, idle, coverage }, missing) {
  const sum = (list) => list.reduce((total, value) => total + (value ?? 0), 0);
  const gaps = missing.filter(Boolean).length;
  if (gaps === missing.length) return "Nothing is known of this time yet.";
  const inPart = coverage.filter((share, i) => !missing[i] && share < 0.995).length;
  const name = (count) => `${count} of ${missing.length} ${NAMES[by][missing.length === 1 ? 0 : 1]}`;
  const total = sum(busy) + sum(idle);
  const notes = [
    `${(metric === "energy" ? kwh : carbon)(total)}, ${total === 0 ? "none" : percent(sum(idle) / total)} of it idle.`,
    gaps > 0 ? `Nothing is known of ${name(gaps)}: hatched, and missing from the sum.` : "",
    inPart > 0 ? `Of ${name(inPart)} only a part is known.` : "",
  ];
  return notes.filter(Boolean).join(" ");
}

const months = new Intl.DateTimeFormat("en-GB", { month: "short", year: "2-digit", timeZone: "UTC" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function shortLabel(label) {
  if (label.length === 10) return days.format(new Date(label));
  return label.length === 7 ? months.format(new Date(`${label}-01`)) : label;
}
