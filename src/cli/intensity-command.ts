import type { Command } from "commander";
import { type BestWindow, bestWindow } from "../intensity/best-window.js";
import { GB_LICENCE } from "../intensity/gb-facts.js";
import type { IntensityPeriod } from "../intensity/port.js";
import { bestWindowSaving } from "../timeseries/equivalencies.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatInstant, formatInterval } from "../usage/hour.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { instant, number } from "./parse.js";
import { printable } from "./printable.js";
import { addIntensityOptions, type IntensityFlags, intensitySource } from "./shared-options.js";
import { intensityTable } from "./table.js";

interface Flags extends IntensityFlags {
  readonly from?: number;
  readonly to?: number;
  readonly best?: number;
  readonly kwh?: number;
  readonly json?: true;
}

export function intensityCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "intensity", "[--from ISO --to ISO | --best HOURS] [OPTION]...", PAGE)
    .option("--from <iso>", "start; needs --to", instant)
    .option("--to <iso>", "end; needs --from", instant)
    .option(
      "--best <hours>",
      "the window of so many hours with the least intensity in the forecast",
      number(0.5, "hours"),
    )
    .option(
      "--kwh <kwh>",
      "with --best: what the job uses, to say the grams that waiting saves",
      number(0, "kWh"),
    )
    .option("--json", "print JSON");
  return addIntensityOptions(command, io).action(async (flags: Flags) => end(await show(flags, io)));
}

async function show(flags: Flags, io: Io): Promise<ExitStatus> {
  const source = await intensitySource(flags, io);
  const now = io.clock();
  const onWarning = (message: string): void => void io.stderr.write(`warning: ${printable(message)}\n`);
  const call = { signal: io.signal, onWarning };
  if (flags.best !== undefined) {
    const periods = await source.forecast(now, 48, call);
    const best = bestWindow(periods, flags.best, { notBefore: now });
    if (best === null) {
      throw new AdaCarbonError(
        "no-data",
        `${source.id}: the forecast covers no ${flags.best} hours in one piece; ask for fewer`,
      );
    }
    io.stdout.write(
      flags.json === true ? bestJson(source.id, best, flags.kwh) : bestText(best, flags.best, flags.kwh),
    );
    return EXIT.ok;
  }
  if ((flags.from === undefined) !== (flags.to === undefined)) {
    throw new AdaCarbonError("bad-input", "--from and --to go together");
  }
  const interval = { from: flags.from ?? now, to: flags.to ?? now + DAY_MS };
  if (interval.from >= interval.to) {
    throw new AdaCarbonError(
      "bad-input",
      `the interval ${formatInterval(interval)} is empty: --to must be after --from`,
    );
  }
  const periods = await source.periods(interval, call);
  if (periods.length === 0)
    throw new AdaCarbonError("no-data", `${source.id}: nothing is known of ${formatInterval(interval)}`);
  io.stdout.write(
    flags.json === true ? periodsJson(source.id, periods) : `${intensityTable(periods)}\n\n${GB_LICENCE}\n`,
  );
  return EXIT.ok;
}

function periodsJson(source: string, periods: readonly IntensityPeriod[]): string {
  const rows = periods.map(({ from, to, fetchedAt, ...rest }) => ({
    from: formatInstant(from),
    to: formatInstant(to),
    ...rest,
    fetchedAt: formatInstant(fetchedAt),
  }));
  return `${JSON.stringify({ source, licence: GB_LICENCE, periods: rows }, null, 2)}\n`;
}

function bestJson(source: string, best: BestWindow, kwh: number | undefined): string {
  const window = {
    ...best,
    from: formatInstant(best.from),
    to: formatInstant(best.to),
    ...(kwh === undefined ? {} : { kwh, savedGco2eq: bestWindowSaving(best, kwh) }),
  };
  return `${JSON.stringify({ source, licence: GB_LICENCE, ...window }, null, 2)}\n`;
}

function bestText(best: BestWindow, hours: number, kwh: number | undefined): string {
  const line = `best ${hours} h: ${formatInterval(best)} at ${best.gco2eqPerKwh.toFixed(0)} gCO2eq/kWh`;
  const { savedGco2eqPerKwh: saved, nowGco2eqPerKwh: now } = best;
  const compared =
    now === null || saved === null
      ? ""
      : saved > 0
        ? `\nstarting now would be at ${now.toFixed(0)}; waiting saves ${saved.toFixed(0)} g for every kWh${savingText(best, kwh)}`
        : "\nthat is as good as starting now";
  return `${line}${compared}\n\n${GB_LICENCE}\n`;
}

function savingText(best: BestWindow, kwh: number | undefined): string {
  const grams = kwh === undefined ? null : bestWindowSaving(best, kwh);
  return grams === null ? "" : `, ${grams.toFixed(0)} g for ${kwh} kWh`;
}

const PAGE = {
  description:
    "Without an interval or --best, the next 24 hours. Values are gCO2 per kWh of electricity consumed in Great Britain, losses included, from the GB Carbon Intensity API.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon intensity --from 2025-09-10T00:00Z --to 2025-09-11T00:00Z",
        "    ada-carbon intensity --best 4 --kwh 2.5 --region 12",
      ].join("\n"),
    },
  ],
};
