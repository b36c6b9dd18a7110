// The one timer of the page. It rests while the page is hidden.

const listeners = [];
let timer;

/** Calls `listener` with the time, once a second while somebody can see the page. */
export function everySecond(listener) {
  listeners.push(listener);
  start();
}

function start() {
  if (timer !== undefined || document.hidden) return;
  timer = setInterval(() => {
    const now = Date.now();
    for (const listener of listeners) listener(now);
  }, 1000);
}

document.addEventListener("visibilitychange", () => {
  clearInterval(timer);
  timer = undefined;
  start();
});

/** Longer than this after the last count nothing is carried on: the number stands still. */
const CARRIED_ON_MS = 150_000;

/**
 * Idle use between two measurements. The rate is that of the last two counts; until there are two, the number
 * stands still, since a guess is no measurement.
 */
export class IdleUse {
  #kwh = 0;
  #countedAt = 0;
  #perMs = 0;

  /** A new state of the same workspace. */
  update({ idleKwh, countedUntil }) {
    const at = Date.parse(countedUntil);
    if (this.#countedAt > 0 && at > this.#countedAt) {
      this.#perMs = Math.max(0, idleKwh - this.#kwh) / (at - this.#countedAt);
    }
    this.#kwh = idleKwh;
    this.#countedAt = at;
  }

  get isMoving() {
    return this.#perMs > 0;
  }

  /** kWh at an instant of the server's clock. */
  at(now) {
    const since = Math.min(Math.max(0, now - this.#countedAt), CARRIED_ON_MS);
    return this.#kwh + this.#perMs * since;
  }

  isStale(now) {
    return now - this.#countedAt > 2 * CARRIED_ON_MS;
  }
}
