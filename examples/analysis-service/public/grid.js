// The forecast of the grid, and the best time to start something.
import { ask } from "./api.js";
import { band, colours, common, onColours } from "./charts.js";
import { byId, setText, whileBusy } from "./dom.js";
import { hourText, number, percent, weekdayText } from "./format.js";

export class GridForecast {
  #tiles;
  #chart;
  #reply;

  constructor(tiles) {
    this.#tiles = tiles;
    byId("window").addEventListener("change", () => this.load());
    onColours(() => this.#draw());
  }

  async load() {
    try {
      const wanted = { hours: 48, window: byId("window").value };
      this.#reply = await whileBusy(byId("grid"), () => ask("/intensity", wanted));
      const { now, available, licence } = this.#reply;
      this.#tiles.showGrid(now, available);
      setText(byId("best"), sentence(this.#reply));
      setText(byId("licence"), licence ?? "");
      this.#draw();
    } catch (error) {
      this.#tiles.showGrid(null, false);
      setText(byId("best"), `The intensity of the grid is not known now: ${error.message}.`);
    }
  }

  #draw() {
    const reply = this.#reply;
    if (reply === undefined || reply.forecast.length === 0) return;
    const { busy } = colours();
    const options = common({ unit: "gCO₂e/kWh", stacked: false });
    const { forecast, bestWindow } = reply;
    const points = [
      ...forecast.map(({ from, gco2eqPerKwh }) => ({ x: Date.parse(from), y: gco2eqPerKwh })),
      { x: Date.parse(forecast.at(-1).to), y: forecast.at(-1).gco2eqPerKwh },
    ];
    options.scales.x = {
      ...options.scales.x,
      type: "linear",
      min: points[0].x,
      max: points.at(-1).x,
      ticks: { ...options.scales.x.ticks, callback: (time) => tickText(time) },
      afterBuildTicks: (axis) => {
        axis.ticks = evenHours(axis.min, axis.max).map((value) => ({ value }));
      },
    };
    options.interaction = { mode: "nearest", axis: "x", intersect: false };
    options.plugins.tooltip.callbacks = {
      title: ([{ parsed }]) => weekdayText(parsed.x),
      label: ({ parsed }) => `${number(parsed.y)} gCO₂e/kWh`,
    };
    const line = {
      data: points,
      borderColor: busy,
      backgroundColor: busy,
      borderWidth: 2,
      stepped: true,
      pointRadius: 0,
      pointHitRadius: 12,
    };
    const data = {
      datasets: [line],
      band:
        bestWindow === null
          ? undefined
          : { from: Date.parse(bestWindow.from), to: Date.parse(bestWindow.to) },
    };
    this.#chart?.destroy();
    this.#chart = new Chart(byId("grid"), { type: "line", data, options, plugins: [band] });
  }
}

function sentence({ now, bestWindow, windowHours, available }) {
  const hours = windowHours === 1 ? "an hour" : `${windowHours} hours`;
  if (!available)
    return "The grid's service does not answer, so there is no forecast; carbon is counted with a constant.";
  if (bestWindow === null) return `The forecast does not reach far enough to say when ${hours} are best.`;
  const { from, to, gco2eqPerKwh, nowGco2eqPerKwh, savedGco2eqPerKwh } = bestWindow;
  const when =
    Date.parse(from) - Date.now() < 300_000
      ? "now"
      : `${weekdayText(Date.parse(from)).replace(" at", "")} to ${hourText(Date.parse(to))}`;
  const base = `The best ${windowHours === 1 ? "hour" : hours} to compute: ${when}, at ${number(gco2eqPerKwh)} gCO₂e/kWh`;
  if (when === "now" || savedGco2eqPerKwh === null || nowGco2eqPerKwh === null || nowGco2eqPerKwh === 0)
    return `${base}${now === null ? "" : "."}`;
  return `${base}, ${percent(savedGco2eqPerKwh / nowGco2eqPerKwh)} less than right away.`;
}

/** Midnights and noons of the place where the page is looked at. */
function evenHours(from, to) {
  const ticks = [];
  const time = new Date(from);
  time.setHours(Math.ceil((time.getHours() + 0.01) / 12) * 12, 0, 0, 0);
  for (; time.getTime() <= to; time.setHours(time.getHours() + 12)) ticks.push(time.getTime());
  return ticks;
}

function tickText(time) {
  const isMidnight = new Date(time).getHours() === 0;
  return isMidnight ? weekdayText(time).slice(0, 3) : hourText(time);
}
