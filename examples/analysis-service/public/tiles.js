// Sums of the site right now.
import { byId, el, setText } from "./dom.js";
import { carbon, duration, number, percent, plural, tickerKwh } from "./format.js";
import { IdleUse } from "./ticker.js";

const TILES = [
  ["active", "In use"],
  ["idle", "Idle use so far"],
  ["energy", "Electricity so far"],
  ["carbon", "Carbon so far"],
  ["grid", "Grid now"],
];

export class Tiles {
  #tiles = new Map();
  #idle = new IdleUse();

  constructor() {
    for (const [key, title] of TILES) {
      const big = el("span", { class: "big" }, "…");
      const unit = el("span", { class: "unit" });
      const more = el("div", { class: "more" });
      byId("tiles").append(
        el(
          "div",
          { class: "tile", "data-tile": key },
          el("dt", {}, title),
          el("dd", {}, big, " ", unit, more),
        ),
      );
      this.#tiles.set(key, { big, unit, more });
    }
  }

  show({ at, totals, workspaces }) {
    const {
      active,
      busyKwh,
      idleKwh,
      busyGco2eq,
      idleGco2eq,
      runtimeSeconds,
      unknownSeconds,
      kwhWithoutCarbon,
    } = totals;
    const total = busyKwh + idleKwh;
    const counted = workspaces.reduce(
      (last, { countedUntil }) => (countedUntil > last ? countedUntil : last),
      "1970-01-01T00:00:00Z",
    );
    this.#idle.update({ idleKwh, countedUntil: counted });
    this.#set(
      "active",
      number(active),
      plural(active, "workspace", "workspaces").replace(/^\S+ /, ""),
      `worked ${duration(runtimeSeconds)} altogether`,
    );
    this.#set(
      "idle",
      tickerKwh(this.#idle.at(Date.parse(at))),
      "kWh",
      total === 0 ? "" : `${percent(idleKwh / total)} of the electricity`,
    );
    this.#set(
      "energy",
      number(total),
      "kWh",
      unknownSeconds >= 60 ? `${duration(unknownSeconds)} of use not observed` : "all of it observed",
    );
    const [amount, unit = ""] = carbon(
      total > 0 && kwhWithoutCarbon >= total ? null : busyGco2eq + idleGco2eq,
    ).split(/ (?=\S+$)/);
    this.#set(
      "carbon",
      amount,
      unit,
      kwhWithoutCarbon > 0 ? `not known for ${number(kwhWithoutCarbon)} kWh` : "by the grid of each moment",
    );
  }

  showGrid(now, available) {
    if (now === null) return this.#set("grid", "not known", "", "the grid's service does not answer");
    const kinds = { actual: "measured", forecast: "forecast", fallback: "a constant" };
    this.#set(
      "grid",
      number(now.gco2eqPerKwh),
      "gCO₂e/kWh",
      available ? kinds[now.kind] : `${kinds[now.kind]}: the grid's service does not answer`,
    );
  }

  tick(now) {
    if (this.#idle.isMoving) setText(this.#tiles.get("idle").big, tickerKwh(this.#idle.at(now)));
  }

  #set(key, big, unit, more) {
    const tile = this.#tiles.get(key);
    setText(tile.big, big);
    setText(tile.unit, unit);
    setText(tile.more, more);
  }
}
