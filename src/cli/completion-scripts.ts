// Each asks `ada-carbon completion words` for lines of a word, a colon and what it is about. Without any, files are due.

export type Shell = "bash" | "zsh" | "fish";

export const SCRIPTS: Readonly<Record<Shell, string>> = {
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
