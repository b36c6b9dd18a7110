import { type HostHabits, readHostHabits } from "../reports/host-habits.js";
import type { UsageStore } from "../stores/usage-store.js";
import { DAY_MS, hourOf } from "../usage/hour.js";
import { within } from "../usage/within.js";

const WINDOW_MS = 30 * DAY_MS;

/** How all hosts are used: read once an hour for everybody, whatever the number of viewers. */
export class HabitsOfHour {
  readonly #usage: UsageStore;
  readonly #clock: () => number;
  readonly #signal: AbortSignal | undefined;
  #hour = Number.NaN;
  #reading: Promise<HostHabits> | undefined;
  #known: HostHabits | undefined;

  constructor(usage: UsageStore, clock: () => number, signal: AbortSignal | undefined) {
    this.#usage = usage;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** The habits of this hour; rejects if the store cannot be read, which is then asked again next time. */
  read(): Promise<HostHabits> {
    const hour = hourOf(this.#clock());
    if (this.#reading !== undefined && this.#hour === hour) return this.#reading;
    const interval = { from: Math.max(0, hour - WINDOW_MS), to: hour };
    const reading = readHostHabits(this.#usage, interval, this.#signal);
    this.#hour = hour;
    this.#reading = reading;
    reading.then(
      (habits) => {
        // Where no hosts are stored yet, looking again costs nothing, and they may come at any time.
        const isEmpty = habits.hosts.size === 0;
        this.#known = isEmpty ? undefined : habits;
        if (isEmpty && this.#reading === reading) this.#reading = undefined;
      },
      () => {
        if (this.#reading === reading) this.#reading = undefined;
      },
    );
    return reading;
  }

  /** The habits that are known, at worst those of an hour before; the first call waits until they are read. */
  async latest(): Promise<HostHabits> {
    const reading = this.read();
    if (this.#known === undefined) return reading;
    // Whoever asks for habits themselves is told of a failure; until then the earlier ones stand.
    reading.catch(() => undefined);
    return this.#known;
  }

  /**
   * The habits, if they are read within so many milliseconds, else those of an hour before; `undefined` where none are
   * known yet.
   */
  async within(ms: number): Promise<HostHabits | undefined> {
    return (await within(ms, this.read())) ?? this.#known;
  }
}
