import { Argument, type Command } from "commander";
import { candidates } from "./completion.js";
import { SCRIPTS, type Shell } from "./completion-scripts.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";

export function completionCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "completion", "bash|zsh|fish", PAGE);
  command.addCommand(
    commandOf(program, "words", "-- WORD...", WORDS_PAGE)
      .argument("<words...>")
      .action((words: string[]) => {
        io.stdout.lines(candidates(program, words).map(({ word, about }) => `${word}:${about}`));
        end(EXIT.ok);
      }),
    { hidden: true },
  );
  return command
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => {
      io.stdout.lines(SCRIPTS[shell].trimEnd().split("\n"));
      end(EXIT.ok);
    });
}

const PAGE = {
  description:
    "Prints a script for a shell, with which the tab key completes commands, options, and the values of options that have a few. The script asks ada-carbon itself, so it is right for the version that is installed.",
  cannotFail: true,
  examples: [
    "ada-carbon completion bash > ~/.local/share/bash-completion/completions/ada-carbon",
    "ada-carbon completion zsh > ~/.zfunc/_ada-carbon        # with fpath+=~/.zfunc before compinit",
    "ada-carbon completion fish > ~/.config/fish/completions/ada-carbon.fish",
  ],
};

const WORDS_PAGE = {
  description: "What may stand in the place of the last word.",
  cannotFail: true,
};
