import { clearLine, cursorTo } from "node:readline";
import type { Command } from "commander";
import { bestWindowSaving } from "../timeseries/equivalencies.js";
import { plusUnits, START } from "../timeseries/rollup/calendar.js";
import { parsePeriod } from "../timeseries/rollup/period.js";
import { instantsAt, wallClock } from "../timeseries/rollup/zone.js";
import { formatEnds, formatInstant, formatInstantOrNull, formatInterval, HOUR_MS } from "../usage/hour.js";
import { aboutDocument, factsOf } from "./grid-facts.js";
import { gridPlaces, type IntensityFlags } from "./grids.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { duration, number, zone } from "./parse.js";
import { kwhText, type PowerCurve, placesOf, powerCurveOption, powerOfJob } from "./places.js";
import { addIntensityOptions } from "./shared-options.js";
import { needed, ofFlags, UsageError } from "./usage-error.js";
import {
  FORECAST_HOURS,
  type Job,
  type Places,
  type Plan,
  planOf,
  type Waited,
  waitForStart,
} from "./wait.js";

interface Flags extends IntensityFlags {
  readonly for?: number;
  readonly before?: string;
  readonly zone: string;
  readonly kwh?: number;
  readonly powerCurve?: PowerCurve;
  readonly dryRun?: true;
  readonly json?: true;
}

export function waitCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "wait", "--for LENGTH --before TIME [OPTION]...", PAGE)
    .option("--for <length>", "how long the job takes, such as 4h, 90m or 1h30m", duration)
    .option(
      "--before <time>",
      "when it must be over: 18:00 is the next time that clocks show it; or 2025-09-10T18:00Z",
    )
    .option("--zone <zone>", "whose clocks are meant, such as Europe/London", zone, "UTC")
    .option("--kwh <kwh>", "what the job uses, to say the grams that waiting saves", number(0, "kWh"))
    .addOption(powerCurveOption())
    .option("--dry-run", "say when it would start, and end")
    .option("--json", "print what is said at the end as JSON");
  return addIntensityOptions(command, io).action(async (flags: Flags) => end(await wait(flags, io)));
}

async function wait(flags: Flags, io: Io): Promise<ExitStatus> {
  const job = await jobOf(flags, io);
  const places = placesOf(await gridPlaces(flags, io), "wait");
  const print = (waited: Waited): void => printWaited(waited, job, places, flags, io);
  if (flags.dryRun === true) print(await dryRun(job, places, io));
  else {
    const line = progressLine(job, Object.keys(places).length > 1, io);
    try {
      const waited = await waitForStart(job, places, io, line.show);
      line.clear();
      print(waited);
    } finally {
      line.clear();
    }
  }
  return EXIT.ok;
}

async function jobOf(flags: Flags, io: Io): Promise<Job> {
  const hours = needed(flags.for, "--for LENGTH", "ada-carbon help wait");
  const text = needed(flags.before, "--before TIME", "ada-carbon help wait");
  if (hours > FORECAST_HOURS)
    throw new UsageError(
      `--for: ${hours} hours are more than any forecast has; give at most ${FORECAST_HOURS}h`,
    );
  const now = io.clock();
  const before = ofFlags(() => instantOf(text, flags.zone, now), "--before");
  const lastStart = before - hours * HOUR_MS;
  const power = await powerOfJob(flags.powerCurve, hours);
  if (lastStart >= now) return { hours, before, power };
  throw new UsageError(
    `--before: ${hours} hours before ${formatInstant(before)} had to start by ${formatInstant(lastStart)}, and it is ${formatInstant(now)}; give a later time, or run it now`,
  );
}

/** A time of day is the next one that clocks of the zone show. */
function instantOf(text: string, where: string, now: number): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined && !/^\d{4}-/.test(text))
    throw new UsageError(
      `--before: ${JSON.stringify(text)} is no deadline; write 18:00, 2025-09-10 or 2025-09-10T18:00Z`,
    );
  if (hours === undefined) return parsePeriod(text, where, now).from;
  const clock = wallClock(where);
  const today = START.day(clock(now)) + Number(hours) * HOUR_MS + Number(minutes) * 60_000;
  const instants = [today, plusUnits(today, 1, "day")].flatMap((wall) => instantsAt(wall, clock));
  return instants.find((instant) => instant > now) ?? now;
}

async function dryRun(job: Job, places: Places, io: Io): Promise<Waited> {
  const plan = await planOf(job, places, io);
  const { from, to, nowGco2eqPerKwh: atOnceGco2eqPerKwh } = plan.window;
  return { from, to, plan, atOnceGco2eqPerKwh };
}

/** What is waited for: a line that is written over on a terminal, and elsewhere one for each new plan. */
function progressLine(
  job: Job,
  isNamed: boolean,
  io: Io,
): { show(start: number, plan: Plan): void; clear(): void } {
  const terminal = io.stderr.volume === "quiet" ? null : io.stderr.bar();
  let shown: number | undefined;
  const clear = (): void => {
    if (terminal === null || shown === undefined) return;
    cursorTo(terminal, 0);
    clearLine(terminal, 0);
    shown = undefined;
  };
  return {
    clear,
    show(start, { window, place }) {
      const end = formatInstant(start + job.hours * HOUR_MS);
      const where = isNamed ? ` at ${place}` : "";
      const text = `starts${where} ${formatInstant(start)}, ends ${end}, at ${window.gco2eqPerKwh.toFixed(0)} gCO2eq/kWh`;
      const minutes = Math.max(0, Math.ceil((start - io.clock()) / 60_000));
      if (terminal !== null) {
        clear();
        terminal.write(`${text}; ${Math.floor(minutes / 60)} h ${minutes % 60} min to wait`);
      } else if (io.stderr.volume !== "quiet" && shown !== start) io.stderr.line(text);
      shown = start;
    },
  };
}

function printWaited(
  waited: Waited,
  job: Job,
  places: Places,
  { kwh: given, dryRun, json }: Flags,
  io: Io,
): void {
  const isNamed = Object.keys(places).length > 1;
  const { plan, atOnceGco2eqPerKwh: atOnce } = waited;
  const kwh = plan?.window.run?.kwh ?? given;
  const source = places[plan?.place ?? ""] ?? Object.values(places)[0];
  const gco2eqPerKwh = plan?.window.gco2eqPerKwh ?? null;
  const saved = gco2eqPerKwh === null || atOnce === null ? null : atOnce - gco2eqPerKwh;
  const savedGco2eq = kwh === undefined ? null : bestWindowSaving({ savedGco2eqPerKwh: saved }, kwh);
  if (json === true) {
    io.stdout.json({
      ...(source === undefined ? {} : aboutDocument(source)),
      ...(isNamed ? { place: plan?.place ?? null } : {}),
      ...formatEnds(waited),
      before: formatInstant(job.before),
      forecastAt: formatInstantOrNull(plan?.askedAt ?? null),
      gco2eqPerKwh,
      atOnceGco2eqPerKwh: atOnce,
      savedGco2eqPerKwh: saved,
      ...(kwh === undefined ? {} : { kwh, savedGco2eq }),
      dryRun: dryRun === true,
    });
    return;
  }
  const where = isNamed && plan !== null ? ` at ${plan.place}` : "";
  io.stdout.line(`${dryRun === true ? "would run" : "run"}${where} ${formatInterval(waited)}`);
  if (plan === null) return;
  const at = `at ${plan.window.gco2eqPerKwh.toFixed(0)} gCO2eq/kWh by the forecast of ${formatInstant(plan.askedAt)}`;
  const grams = savedGco2eq === null ? "" : `, ${savedGco2eq.toFixed(0)} g for ${kwhText(kwh ?? 0)} kWh`;
  io.stdout.line(
    saved === null || atOnce === null
      ? at
      : `${at}; at once ${atOnce.toFixed(0)}: waiting saves ${saved.toFixed(0)} g for every kWh${grams}`,
  );
  io.stdout.notes(["", ...(source === undefined ? [] : factsOf(source))]);
}

const PAGE = {
  description:
    "Ends when it is time to start a job, so that it runs in the hours with the least carbon that are over before a deadline. The forecast is asked for every half hour, and the start may become earlier or later; the deadline stays. What is said to be saved is a forecast: starting when the wait began, as was forecast then, against the window of the last forecast.",
  incomplete: "with --dry-run: the forecast covers no such time",
  sections: [
    {
      title: "WITHOUT A FORECAST",
      body: "If no forecast can be had, the wait ends at once, with a warning and status 0. If one was had before, its window stands. With --dry-run, which has then nothing to say, it fails; so it does where the machine slept until it was too late for the deadline.",
    },
  ],
  examples: [
    "ada-carbon wait --for 4h --before 18:00 && ./job",
    "ada-carbon wait --for 4h --before 18:00 --grid isis=gb/12 --grid clf=gb/3 --power-curve 300,80",
    "ada-carbon wait --for 90m --before 2025-09-10T18:00Z --grid gb:12 --kwh 2.5 --dry-run",
  ],
};
