import type { Command, Option } from "commander";
import { optionsOf } from "./help.js";

// What completes a command line, from commander's own tree. Libraries for that are either unpublished since years or
// not yet at a first version, and would want the commands described a second time.

/** What may stand in the place of a word that is being written. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** Candidates for the last of the words after the program's name; none where a file or a name of somebody's own is due. */
export function candidates(program: Command, words: readonly string[]): Candidate[] {
  const isHelp = words.length > 1 && words[0] === "help";
  const typed = isHelp ? words.slice(1) : words;
  const current = typed.at(-1) ?? "";
  const start: WordPlace = { command: program, option: undefined, operands: 0 };
  const { command, option, operands } = typed.slice(0, -1).reduce(after, start);
  const found = option !== undefined ? choices(option.argChoices) : wordsOf(command, current, operands);
  const help = { word: "help", about: "explain a command" };
  const all = command === program && option === undefined && !isHelp ? [...found, help] : found;
  return all.filter(({ word }) => word.startsWith(current));
}

interface WordPlace {
  readonly command: Command;
  /** Whose value is due. */
  readonly option: Option | undefined;
  /** How many operands stand before. */
  readonly operands: number;
}

function after({ command, option, operands }: WordPlace, word: string): WordPlace {
  if (option !== undefined) return { command, option: undefined, operands };
  const known = optionsOf(command).find(({ short, long }) => short === word || long === word);
  if (known !== undefined) return { command, option: known.required ? known : undefined, operands };
  if (word.startsWith("-")) return { command, option, operands };
  const sub = command.commands.find((subcommand) => subcommand.name() === word);
  return sub === undefined
    ? { command, option, operands: operands + 1 }
    : { command: sub, option, operands: 0 };
}

function wordsOf(command: Command, current: string, operands: number): Candidate[] {
  if (current.startsWith("-"))
    return optionsOf(command).map(({ long, description }) => ({ word: long ?? "", about: description }));
  const help = command.createHelp();
  const commands = operands > 0 ? [] : help.visibleCommands(command);
  return [
    ...commands.map((sub) => ({ word: sub.name(), about: sub.summary() })),
    ...choices(command.registeredArguments[operands]?.argChoices),
  ];
}

function choices(words: readonly string[] = []): Candidate[] {
  return words.map((word) => ({ word, about: "" }));
}
