import { Command, CommanderError } from "commander";
import { isAdaCarbonError } from "../usage/errors.js";
import { VERSION } from "../usage/version.js";
import { averagesCommand } from "./averages-command.js";
import { dayCommand } from "./day-command.js";
import { explainCommand } from "./explain-command.js";
import { manualPage } from "./help.js";
import { intensityCommand } from "./intensity-command.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { migrateCommand } from "./migrate-command.js";
import { pruneCommand } from "./prune-command.js";
import { reportCommand } from "./report-command.js";
import { restateCommand } from "./restate-command.js";
import { rulesCommand } from "./rules-command.js";
import { UsageError } from "./shared-options.js";
import { syncCommand } from "./sync-command.js";
import { workspacesCommand } from "./workspaces-command.js";

// commander parses the arguments: 0 dependencies, MIT, typed, maintained, and it leaves the layout of help to us.

/** Runs one command line (without node and script name) and says how it ended. Nothing is thrown. */
export async function run(args: readonly string[], io: Io): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  const program = new Command("ada-carbon")
    .summary("electricity and carbon of a research cloud, hour by hour")
    .usage("COMMAND [OPTION]...")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this page")
    .helpCommand(false)
    .configureHelp({ formatHelp: manualPage(PAGE) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "ada-carbon: ")),
    })
    .exitOverride();
  try {
    for (const command of COMMANDS) {
      program.addCommand(
        command(program, io, (ended) => {
          status = ended;
        }),
      );
    }
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, io: Io): ExitStatus {
  // commander has written its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    io.stderr.write(`ada-carbon: ${error.message}\n`);
    return EXIT.usage;
  }
  if (io.signal.aborted) {
    io.stderr.write(
      "ada-carbon: interrupted; what was stored is whole, run the same command again to go on\n",
    );
    return EXIT.interrupted;
  }
  if (isAdaCarbonError(error)) {
    io.stderr.write(`ada-carbon: ${error.message.replace(/\s*\n\s*/g, " ")}\n`);
    return EXIT.failed;
  }
  io.stderr.write(`ada-carbon: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}

const COMMANDS = [
  syncCommand,
  workspacesCommand,
  reportCommand,
  explainCommand,
  averagesCommand,
  dayCommand,
  restateCommand,
  pruneCommand,
  intensityCommand,
  rulesCommand,
  migrateCommand,
];

const PAGE = {
  description: [
    "Takes the CPU counters that a cloud keeps in Prometheus and turns them into electricity (kWh) and carbon (gCO2eq), hour by hour, for every project, machine type, user and group.",
    "",
    "Without a server, see it work on a simulated cluster:",
    "",
    "    ada-carbon sync --demo",
    "",
    "ada-carbon COMMAND --help explains a command.",
  ].join("\n"),
  sections: [
    {
      title: "EXIT STATUS",
      body: [
        "    0    all is well",
        "    1    it failed; one line on standard error says what, where and what to do",
        "    2    the command line is wrong",
        "    3    it finished, but some hours could not be fetched or have no carbon yet; run it again",
        "    130  interrupted; what was stored is whole",
      ].join("\n"),
    },
  ],
};
