import type { View } from "./view.js";

/** What stands beside the dot: the time of the last news, or what failed, and that it is tried again. */
export function explainLive({ live, calendar, answers }: View): string {
  const { me } = answers;
  if (me.value === undefined && me.error !== undefined) return `${me.error.whatFailed}; trying again`;
  if (me.value === undefined && me.isLate) return "Our service does not answer; trying again";
  if (me.value === undefined) return "Connecting";
  const heard = live.heardAt === 0 ? "" : calendar.clock(live.heardAt);
  switch (live.state) {
    case "live":
      return `Live, ${heard}`;
    case "connecting":
      return "Connecting";
    case "unheard":
      return "No live news from our service yet; trying again";
    case "trouble":
      return `The store of our service does not answer since ${heard}; trying again`;
    case "unmeasured":
      return `No machine was measured since ${calendar.clock(live.countedUntil)}: the tracker or its Prometheus is away`;
    case "silent":
      return `No news since ${heard}; trying again`;
    case "off":
      return "Stored hours only";
  }
}
