import { Command, type Help, type Option } from "commander";
import { EXIT, type ExitStatus } from "./io.js";
import { wrap } from "./wrap.js";

/** What a manual page has beyond what the flags say themselves. */
export interface ManualPage {
  readonly description: string;
  /** What status 3 means, of a command that may end with it. */
  readonly incomplete?: string;
  /** Whether it does nothing that could fail once the command line is right. */
  readonly cannotFail?: boolean;
  readonly sections?: readonly { readonly title: string; readonly body: string }[];
  /** Command lines; one that goes on is several. */
  readonly examples?: readonly string[];
}

/** A command with its usage and its manual page; everything else is as the program has it. */
export function commandOf(program: Command, name: string, usage: string, page: ManualPage): Command {
  return new Command(name)
    .copyInheritedSettings(program)
    .usage(usage)
    .helpOption("-h, --help", "print this page")
    .configureHelp({ formatHelp: manualPage(page), showGlobalOptions: true });
}

const INDENT = "       ";

/** Help laid out like a manual page: NAME, SYNOPSIS, DESCRIPTION, OPTIONS and the page's own sections. */
export function manualPage(page: ManualPage): (command: Command, helper: Help) => string {
  return (command, helper) => {
    const width = Math.min(helper.helpWidth ?? 80, 100);
    const block = (text: string, indent = INDENT): string => wrap(text, width, indent).join("\n");
    const commands = helper.visibleCommands(command);
    return [
      section("NAME", block(`${fullName(command)} - ${command.summary()}`)),
      section(
        "SYNOPSIS",
        command
          .usage()
          .split("\n")
          .map((line) => block(`${fullName(command)} ${line}`))
          .join("\n"),
      ),
      section("DESCRIPTION", block(page.description)),
      ...(commands.length === 0
        ? []
        : [section("COMMANDS", commands.map((sub) => entry(sub.name(), sub.summary(), block)).join("\n"))]),
      section(
        "OPTIONS",
        optionsOf(command, helper)
          .map((option) => entry(helper.optionTerm(option), helper.optionDescription(option), block))
          .join("\n"),
      ),
      section(
        "EXIT STATUS",
        statusLines(page)
          .map(([status, text]) => entry(status, text, block))
          .join("\n"),
      ),
      ...(page.sections ?? []).map(({ title, body }) => section(title, block(body))),
      ...(page.examples === undefined
        ? []
        : [section("EXAMPLES", page.examples.map((line) => `${INDENT}    ${line}`).join("\n"))]),
    ].join("\n");
  };
}

/** How a command may end. */
function statusLines({ incomplete, cannotFail }: ManualPage): [string, string][] {
  const ended = (status: ExitStatus, text: string): [string, string] => [String(status), text];
  return [
    ended(EXIT.ok, "all is well"),
    ...(cannotFail === true
      ? []
      : [ended(EXIT.failed, "it failed; one line on standard error says what, where and what to do")]),
    ended(EXIT.usage, "the command line is wrong"),
    ...(incomplete === undefined ? [] : [ended(EXIT.incomplete, incomplete)]),
    ...(cannotFail === true ? [] : [ended(EXIT.interrupted, "interrupted; what was stored is whole")]),
  ];
}

/** The options of a command and those of all commands. The version is the program's, not a command's. */
export function optionsOf(command: Command, helper: Help = command.createHelp()): Option[] {
  const isVersion = ({ long }: Option): boolean => long === "--version" && command.parent !== null;
  return [...helper.visibleOptions(command), ...helper.visibleGlobalOptions(command)].filter(
    (option, i, all) => all.findIndex(({ long }) => long === option.long) === i && !isVersion(option),
  );
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function section(title: string, body: string): string {
  return `${title}\n${body}\n`;
}

function entry(term: string, text: string, block: (text: string, indent?: string) => string): string {
  return `${INDENT}${term}\n${block(text, `${INDENT}    `)}`;
}
