// Dates and times as people read them, in the zone that the page names.

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Formats instants in one zone. Formatters are made once: making one takes longer than a thousand uses. */
export class Calendar {
  readonly zone: string;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayAndYear: Intl.DateTimeFormat;
  readonly #clock: Intl.DateTimeFormat;
  readonly #month: Intl.DateTimeFormat;
  readonly #plain: Intl.DateTimeFormat;

  constructor(zone: string) {
    this.zone = zone;
    const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    this.#day = format({ weekday: "short", day: "numeric", month: "short" });
    this.#dayAndYear = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
    this.#clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#month = format({ month: "long" });
    this.#plain = format({ year: "numeric", month: "2-digit", day: "2-digit" });
  }

  /** "Fri 27 Nov", and "Fri 28 Nov 2025" of another year than this. */
  day(instant: number | string): string {
    const date = new Date(msOf(instant));
    const isOfThisYear = date.getUTCFullYear() === new Date().getUTCFullYear();
    return (isOfThisYear ? this.#day : this.#dayAndYear).format(date).replace(",", "");
  }

  /** "16:40" */
  clock(instant: number | string): string {
    return this.#clock.format(msOf(instant));
  }

  /** "Fri 27 Nov 16:40" */
  dayAndClock(instant: number | string): string {
    return `${this.day(instant)} ${this.clock(instant)}`;
  }

  /** "Fri 16:40" */
  weekdayAndClock(instant: number | string): string {
    return `${this.day(instant).split(" ")[0]} ${this.clock(instant)}`;
  }

  /** "November" */
  month(instant: number | string): string {
    return this.#month.format(msOf(instant));
  }

  /** "2026-11-27", the day on the wall calendar. */
  plainDate(instant: number | string): string {
    const parts = this.#plain.formatToParts(msOf(instant));
    const part = (type: string): string => parts.find((known) => known.type === type)?.value ?? "";
    return `${part("year")}-${part("month")}-${part("day")}`;
  }

  /** The day of the last hour that is over: today, or yesterday while the first hour of today is still running. */
  latestDay(now: number): string {
    return this.plainDate(Math.floor(now / HOUR_MS) * HOUR_MS - 1);
  }

  /** When the clocks of the zone show `2026-11-27T16:40`. In the hour that they go forward over, as if they had not. */
  instantOf(localTime: string): number {
    const asUtc = Date.parse(`${localTime}Z`);
    const ahead = (instant: number): number =>
      Date.parse(`${this.plainDate(instant)}T${this.clock(instant)}Z`) - instant;
    // What the clocks are ahead by is not known before the instant is: the second look is from within an hour of it.
    return asUtc - ahead(asUtc - ahead(asUtc));
  }

  /** The short name of the zone at an instant: "GMT", "BST", "UTC". */
  zoneName(instant: number | string): string {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: this.zone,
      timeZoneName: "short",
    }).formatToParts(msOf(instant));
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? this.zone;
  }
}

export function msOf(instant: number | string): number {
  return typeof instant === "number" ? instant : Date.parse(instant);
}

/** A plain date some days later, or earlier. */
export function addDays(plainDate: string, days: number): string {
  return new Date(Date.parse(`${plainDate}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day that there is: 2026-02-31 is none. */
export function isPlainDate(text: string): boolean {
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 10) === text;
}

/** Whether a text is `2026-11-27T16:40`, as fields for a time have it. */
export function isLocalTime(text: string): boolean {
  const [date = "", clock = ""] = text.split("T");
  return isPlainDate(date) && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(clock);
}

/** "3 days 4 h", "2 h", "under an hour". */
export function durationText(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 1) return "under an hour";
  if (hours < 48) return `${hours}\u00a0h`;
  const [days, rest] = [Math.floor(hours / 24), hours % 24];
  return days >= 7 || rest === 0 ? `${days}\u00a0days` : `${days}\u00a0days ${rest}\u00a0h`;
}

export function hoursBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / HOUR_MS;
}
