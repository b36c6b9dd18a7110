import type { View } from "./view.js";

/** What stands beside the dot: the time of the last news, and what failed where something did. */
export function explainLive({ live, calendar }: View): string {
  const heard = live.heardAt === 0 ? "" : calendar.clock(live.heardAt);
  switch (live.state) {
    case "live":
      return `Live, ${heard}`;
    case "connecting":
      return "Connecting";
    case "trouble":
      return `The machines cannot be measured since ${heard}`;
    case "silent":
      return `No news since ${heard}; trying again`;
    case "off":
      return "Stored hours only";
  }
}
