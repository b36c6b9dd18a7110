import { clearLine, cursorTo } from "node:readline";
import cliProgress from "cli-progress";
import type { SyncEvent } from "../sync/events.js";
import type { Io } from "./io.js";
import type { OutputStream } from "./printer.js";

// cli-progress draws the bar: small, MIT, no opinion on the rest of the terminal, writes to any stream.

/** Shows the events of a run on stderr: a bar on a terminal, a line each elsewhere. Quietly, only what is wrong. */
export interface ProgressView {
  show(event: SyncEvent): void;
  stop(): void;
}

export function progressView(io: Io): ProgressView {
  if (io.stderr.volume === "quiet") return lineView(io, ["warning", "finding"]);
  const terminal = io.stderr.bar();
  return terminal === null ? lineView(io) : barView(io, terminal);
}

function lineView(io: Io, types?: readonly SyncEvent["type"][]): ProgressView {
  return {
    show(event) {
      if (types !== undefined && !types.includes(event.type)) return;
      const line = lineOf(event);
      if (line !== undefined) io.stderr.line(line);
    },
    stop: () => {},
  };
}

function lineOf(event: SyncEvent): string | undefined {
  switch (event.type) {
    case "planned": {
      const { wanted, fetch, restate, done } = event.plan;
      return `${wanted} hours wanted: ${fetch} to fetch, ${restate} to look up carbon for, ${done} done before`;
    }
    case "progress":
      return `${event.done}/${event.total} hours  ${event.message}`;
    case "warning":
      return `warning: ${event.message}`;
    case "finding":
      return `finding: ${event.finding.message}`;
    case "report":
      return undefined;
  }
}

/** The bar stays at the bottom; warnings scroll above it. */
function barView(io: Io, terminal: OutputStream): ProgressView {
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} hours  {message}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    stream: terminal,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  const start = (total: number, message: string): void => {
    if (total > 0) bar.start(total, 0, { message });
    started = total > 0;
  };
  return {
    show(event) {
      if (event.type === "planned") {
        start(event.plan.fetch + event.plan.restate, "asking Prometheus and the grid");
      } else if (event.type === "progress") {
        if (!started) start(event.total, event.message);
        bar.update(event.done, { message: event.message });
      } else {
        const line = lineOf(event);
        if (line === undefined) return;
        if (started) {
          clearLine(terminal, 0);
          cursorTo(terminal, 0);
        }
        io.stderr.line(line);
      }
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
