import type { Command } from "commander";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { count } from "./parse.js";
import { addSeriesOptions, type SeriesFlags, seriesOptions } from "./prometheus-servers.js";
import { type ModeFlags, modesOption, modesPolicy } from "./shared-options.js";
import { ofFlags } from "./usage-error.js";

interface RulesFlags extends SeriesFlags, ModeFlags {
  readonly prefix: string;
  readonly every: number;
  readonly scrape: number;
}

export function rulesCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "rules", "[--prefix NAME] [OPTION]... > ada-carbon-rules.yml", PAGE)
    .option("--prefix <name>", "what all recorded names begin with", "ada")
    .option("--every <minutes>", "how often the rules are evaluated, 1 to 30", count, 5)
    .option("--scrape <seconds>", "from one scrape of a host to the next, 1 to 300", count, 60)
    .addOption(modesOption());
  return addSeriesOptions(command).action(async (flags: RulesFlags) => {
    const { recordingRulesFile } = await import("../prometheus/rules/file.js");
    const { prefix, every, scrape } = flags;
    const yaml = ofFlags(() =>
      recordingRulesFile({
        prefix,
        everyMinutes: every,
        scrapeSeconds: scrape,
        modes: modesPolicy(flags),
        ...seriesOptions(flags),
      }),
    );
    io.stdout.lines(yaml.trimEnd().split("\n"));
    end(EXIT.ok);
  });
}

const PAGE = {
  description: [
    "Prints a rules file for Prometheus. With these rules it records the busy and idle CPU-seconds of each full hour by project, machine and user, and how many were to be expected of the hosts that were up; ada-carbon sync --recording-rules then reads those instead of the counters of every host. That is for clouds so large that the counters take too long to ask for, and for servers that are only given the sums.",
    "",
    "An hour is what the counters gained from one end of it to the other, as sync measures it, but there are no hosts in the sums: explain, restate, averages and tenures need those. --modes, --label and --match must say here what they would say to sync, since it is decided when the rules are evaluated. --scrape is how often hosts are scraped: the value at the end of an hour lies between the scrape before and the one after.",
  ].join("\n"),
  cannotFail: true,
  sections: [
    {
      title: "NOTES",
      body: [
        "Hours are recorded from when the rules are loaded on; run sync without --recording-rules for earlier ones. An hour in whose following hour Prometheus was down is not recorded, and not downloaded until it is asked for without.",
        "",
        "A machine whose counters say more than its CPUs allow, or less than nothing, is missing in the sums, and coverage falls. An hour is complete when hosts have been heard twenty minutes after its end.",
        "",
        "Rules cannot know what arrives after the hour that follows, what was used in a gap of scrapes of more than five minutes over the end of an hour, what another replica has seen, that one machine is there under two names, and that a host is out of sight and not gone if it is not seen again within the next hour. docs/recording-rules.md says more.",
      ].join("\n"),
    },
  ],
  examples: [
    "ada-carbon rules > /etc/prometheus/ada-carbon-rules.yml",
    "promtool check rules /etc/prometheus/ada-carbon-rules.yml",
    "ada-carbon rules --prefix lab --label project=tenant --match job=node --scrape 15",
  ],
};
