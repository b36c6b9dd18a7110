// Numbers, times and names as people read them. What is not known is a dash with words, never a zero.

export const UNKNOWN = "not known";

const significant = (digits) => new Intl.NumberFormat("en-GB", { maximumSignificantDigits: digits });
const three = significant(3);
const six = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 6, maximumFractionDigits: 6 });
const dateTime = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const weekdayTime = new Intl.DateTimeFormat("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit" });
const hourMinute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const longDate = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

export const number = (value) => three.format(value);
export const kwh = (value) => (value === null ? UNKNOWN : `${three.format(value)} kWh`);
export const tickerKwh = (value) => six.format(value);
export const percent = (share) => `${Math.round(share * 100)}\u00a0%`;
export const whenText = (time) => dateTime.format(time);
export const clockText = (time) => clockTime.format(time);
export const weekdayText = (time) => weekdayTime.format(time);
export const hourText = (time) => hourMinute.format(time);
/** A date without a time, such as 2025-09-10. */
export const dayText = (date) => longDate.format(new Date(`${date}T00:00:00Z`));

/** Grams as kilograms, or as grams where a kilogram is too large a unit to see anything. */
export function carbon(grams) {
  if (grams === null) return UNKNOWN;
  return grams >= 10 || grams === 0 ? `${three.format(grams / 1000)} kgCO₂e` : `${three.format(grams)} gCO₂e`;
}

export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "under a minute";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

/** What has no shape of its own, or turns the direction of writing round. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b\u2060\ufeff]/gu;
const code = (char) => `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** A name as it can be seen. One of nothing but blanks and joiners is spelt out. */
export function nameText(name) {
  const isSeen = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Bidi_Control}]/u.test(name);
  return isSeen ? name.replace(UNSEEN, code) : [...name].map(code).join("");
}

export const plural = (count, one, many) =>
  `${new Intl.NumberFormat("en-GB").format(count)} ${count === 1 ? one : many}`;
