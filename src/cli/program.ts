import { Command, CommanderError, Option } from "commander";
import { UnknownScopeError } from "../reports/unknown-scope.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { VERSION } from "../usage/version.js";
import { manualPage } from "./help.js";
import { EXIT, type ExitStatus, type Io, ioOf, type World } from "./io.js";
import { UsageError } from "./usage-error.js";
import { onOneLine } from "./wrap.js";

// commander parses the arguments: 0 dependencies, MIT, typed, maintained, and it leaves the layout of help to us.

/** Runs one command line (without node and script name) and says how it ended. Nothing is thrown. */
export async function run(given: readonly string[], world: World): Promise<ExitStatus> {
  const args = given[0] === "help" ? helpArgs(given.slice(1)) : given;
  const io = ioOf(world);
  let status: ExitStatus = EXIT.ok;
  const program = new Command("ada-carbon")
    .summary("electricity and carbon of a research cloud, hour by hour")
    .usage("COMMAND [OPTION]...")
    .version(VERSION, "-V, --version", "print the version")
    .addOption(new Option("-q, --quiet", "no progress, legends and hints; warnings are shown"))
    .addOption(
      new Option("-v, --verbose", "also say what is asked of whom, and what a failure came from").conflicts(
        "quiet",
      ),
    )
    .helpOption("-h, --help", "print this page")
    .helpCommand(false)
    .configureHelp({ formatHelp: manualPage(PAGE), showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.lines(linesOf(text)),
      writeErr: (text) => io.stderr.lines(linesOf(text)),
      outputError: (text) => printRefusal(text, program, io),
    })
    .exitOverride()
    .hook("preAction", (made) => setVolume(made.opts<VolumeFlags>(), io));
  try {
    for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
      // Completion looks at the options of the command that somebody is writing, which stands further back.
      const make = args.includes(name) ? await load() : () => new Command(name);
      const command = make(program, io, (ended) => {
        status = ended;
      });
      program.addCommand(command.summary(summary));
    }
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    return explain(error, io);
  }
}

interface VolumeFlags {
  readonly quiet?: true;
  readonly verbose?: true;
}

function setVolume({ quiet, verbose }: VolumeFlags, { stdout, stderr }: Io): void {
  const volume = quiet === true ? "quiet" : verbose === true ? "verbose" : "normal";
  stdout.volume = volume;
  stderr.volume = volume;
}

/** Names that other programs have for flags of ours, which commander's guess by letters would not find. */
const OUR_NAMES: Readonly<Record<string, string>> = {
  "--port": "--listen",
  "--host": "--listen",
  "--bind": "--listen",
  "--output": "--out",
  "--database": "--store",
  "--db": "--store",
  "--url": "--prometheus",
  "--start": "--from",
  "--end": "--to",
};

/** What commander has against a command line, with a guess of what was meant. */
function printRefusal(text: string, program: Command, { stderr }: Io): void {
  const [first = "", ...guess] = linesOf(text);
  stderr.error(first.replace(/^error: /, ""));
  stderr.lines(hintOf(first, guess, program));
}

/** Commander guesses by letters, `--out` for `--port`: names that others have for the same come first. */
function hintOf(refusal: string, guess: readonly string[], program: Command): readonly string[] {
  const [, what, name = ""] = /unknown (option|command) '([^'=]*)/.exec(refusal) ?? [];
  if (what === "command" && guess.length === 0) return [`(There are ${Object.keys(COMMANDS).join(", ")})`];
  const command = program.commands.find((known) => known.name() === program.args[0]);
  const isOurs = command?.options.some(({ long }) => long === OUR_NAMES[name]) === true;
  if (isOurs) return [`(Did you mean ${OUR_NAMES[name]}?)`];
  const isOfForm = /unknown option|too many arguments/.test(refusal);
  if (command === undefined || guess.length > 0 || !isOfForm) return guess;
  return [`(See ada-carbon ${command.name()} --help)`];
}

/** `help COMMAND` is `COMMAND --help`; a command that there is not is refused as without help. */
function helpArgs(asked: readonly string[]): readonly string[] {
  const [name] = asked;
  return name === undefined || Object.hasOwn(COMMANDS, name) ? [...asked, "--help"] : asked;
}

/** The lines of a text that is laid out already: a page of help, a stack. */
function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Whoever waits for a service to finish waits for ever. */
const STOP_THE_SERVICE =
  "if it is ada-carbon serve, which holds its store as long as it runs, stop that, run this, and start it again";

function explain(error: unknown, io: Io): ExitStatus {
  // commander has written its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    io.stderr.error(error.message);
    return EXIT.usage;
  }
  if (io.signal.aborted) {
    io.stderr.error("interrupted; what was stored is whole, run the same command again to go on");
    return EXIT.interrupted;
  }
  for (const cause of causesOf(error)) io.stderr.detail(`caused by ${cause}`);
  if (isAdaCarbonError(error)) {
    const hint = error.code === "store-locked" ? `; ${STOP_THE_SERVICE}` : "";
    io.stderr.error(`${onOneLine(error.message)}${hint}`);
    // A name that was never stored is a mistake; hours that are not there may come.
    return error.code === "no-data" && !(error instanceof UnknownScopeError) ? EXIT.incomplete : EXIT.failed;
  }
  const [first = "", ...more] = linesOf(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  io.stderr.error(first);
  io.stderr.lines(more);
  return EXIT.failed;
}

/** What a failure came from, the nearest first. */
function causesOf(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? [] : [String(cause), ...causesOf(cause)];
}

/** A command as its module makes it, with its name, usage and flags. */
type MakeCommand = (program: Command, io: Io, end: (status: ExitStatus) => void) => Command;

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<MakeCommand>;
}

/** In the order of the manual page. Only the command that is run is loaded: the others' parts take their time. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  sync: {
    summary: "bring the hourly files of an interval up to date",
    load: async () => (await import("./sync-command.js")).syncCommand,
  },
  serve: {
    summary: "one process: page, API, live tracker and hourly sync",
    load: async () => (await import("./serve-command.js")).serveCommand,
  },
  workspaces: {
    summary: "follow the hosts that are up now: energy and carbon, poll by poll",
    load: async () => (await import("./workspaces-command.js")).workspacesCommand,
  },
  report: {
    summary: "show what is stored",
    load: async () => (await import("./report-command.js")).reportCommand,
  },
  top: {
    summary: "rank users, projects, machines, groups, experiments or hosts",
    load: async () => (await import("./top-command.js")).topCommand,
  },
  rollup: {
    summary: "sum years of every scope of a kind, by ada-carbon or by DuckDB",
    load: async () => (await import("./rollup-command.js")).rollupCommand,
  },
  list: {
    summary: "list what is stored: names, from when to when, hours known",
    load: async () => (await import("./list-command.js")).listCommand,
  },
  explain: {
    summary: "say where the numbers of one hour come from",
    load: async () => (await import("./explain-command.js")).explainCommand,
  },
  diff: {
    summary: "say why a number is another than it was",
    load: async () => (await import("./diff-command.js")).diffCommand,
  },
  averages: {
    summary: "show what is normal for a machine name",
    load: async () => (await import("./averages-command.js")).averagesCommand,
  },
  day: {
    summary: "print a day of a project as its document",
    load: async () => (await import("./day-command.js")).dayCommand,
  },
  restate: {
    summary: "compute stored hours again, without asking Prometheus",
    load: async () => (await import("./restate-command.js")).restateCommand,
  },
  calibrate: {
    summary: "fit watts of machines to meters, for --machines",
    load: async () => (await import("./calibrate-command.js")).calibrateCommand,
  },
  prune: {
    summary: "remove old hours",
    load: async () => (await import("./prune-command.js")).pruneCommand,
  },
  forget: {
    summary: "erase the names of people; what they used becomes nobody's",
    load: async () => (await import("./forget-command.js")).forgetCommand,
  },
  intensity: {
    summary: "show the grid's carbon intensity, or the best time to run something",
    load: async () => (await import("./intensity-command.js")).intensityCommand,
  },
  wait: {
    summary: "wait for the best time to run something, before a deadline",
    load: async () => (await import("./wait-command.js")).waitCommand,
  },
  rules: {
    summary: "print recording rules for Prometheus, so that sync asks for a series an owner, not one a host",
    load: async () => (await import("./rules-command.js")).rulesCommand,
  },
  import: {
    summary: "take in hours from Parquet files of any tool",
    load: async () => (await import("./import-command.js")).importCommand,
  },
  completion: {
    summary: "print what completes command lines in bash, zsh or fish",
    load: async () => (await import("./completion-command.js")).completionCommand,
  },
  migrate: {
    summary: "make or bring forward the tables of a database",
    load: async () => (await import("./migrate-command.js")).migrateCommand,
  },
};

const PAGE = {
  description: [
    "Takes the CPU counters that a cloud keeps in Prometheus and turns them into electricity (kWh) and carbon (gCO2eq), hour by hour, for every project, machine type, user and group.",
    "",
    "Without a server, see it work on a simulated cluster:",
    "",
    "    ada-carbon sync --demo",
    "",
    "ada-carbon help COMMAND explains a command.",
  ].join("\n"),
  incomplete: "it finished, but hours that were asked for are not there, not whole, or have no carbon yet",
};
