import { Argument, type Command } from "commander";
import { candidates } from "./completion.js";
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

// Each asks `ada-carbon completion words` for lines of a word, a colon and what it is about. Without any, files are due.

type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# ada-carbon in bash
_ada_carbon() {
  local IFS=$'\\n'
  COMPREPLY=($(ada-carbon completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -d: -f1))
}
complete -o bashdefault -o default -F _ada_carbon ada-carbon
`,
  zsh: `#compdef ada-carbon
# ada-carbon in zsh
_ada_carbon() {
  local -a typed found
  typed=("\${(@)words[2,CURRENT]}")
  found=(\${(f)"$(ada-carbon completion words -- "\${typed[@]}" 2>/dev/null)"})
  if (( \${#found} )); then _describe ada-carbon found; else _files; fi
}
if [[ $funcstack[1] == _ada-carbon ]]; then _ada_carbon "$@"; else compdef _ada_carbon ada-carbon; fi
`,
  fish: `# ada-carbon in fish
function __ada_carbon
    set -l words (commandline -opc) (commandline -ct)
    set -l found (ada-carbon completion words -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        string replace -- : \\t $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c ada-carbon -f -a '(__ada_carbon)'
`,
};
