import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { requireShell } from "./servers/shells.js";
import { cli } from "./support/cli-lab.js";

const BIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "ada-carbon-shells-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
writeFileSync(join(home, "ada-carbon"), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
chmodSync(join(home, "ada-carbon"), 0o755);
writeFileSync(join(home, "meters.csv"), "");

const words = async (...typed: string[]): Promise<string[]> =>
  (await cli(["completion", "words", "--", ...typed])).stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(":")[0] ?? "");

describe("candidates", () => {
  it("are commands, then what the command takes", async () => {
    expect(await words("")).toEqual(expect.arrayContaining(["sync", "top", "completion", "help"]));
    expect(await words("re")).toEqual(["report", "restate"]);
    expect(await words("help", "to")).toEqual(["top"]);
    expect(await words("top", "")).toEqual([
      "projects",
      "machines",
      "users",
      "groups",
      "experiments",
      "hosts",
    ]);
    expect(await words("top", "users", "")).toEqual([]);
    expect(await words("averages", "i")).toEqual(["import"]);
    expect(await words("completion", "")).toEqual(["bash", "zsh", "fish"]);
  });

  it("are options, and the values of those that have a few", async () => {
    expect(await words("top", "users", "--f")).toEqual(["--from", "--format"]);
    expect(await words("top", "users", "--format", "")).toEqual(["table", "csv", "json"]);
    expect(await words("report", "--by", "m")).toEqual(["month"]);
    expect(await words("report", "--out", "")).toEqual([]);
    expect(await words("list", "--out", "carbon", "u")).toEqual(["users"]);
    expect(await words("sync", "--ver")).toEqual(["--verbose"]);
    expect(await words("sync", "--demo", "--qu")).toEqual(["--quiet"]);
  });

  it("know every command and option that there is", async () => {
    for (const command of await words("")) {
      if (command === "help") continue;
      const [, page = ""] = (await cli([command, "--help"])).stdout.split(/^OPTIONS$|^EXIT STATUS$/m);
      const options = [...page.matchAll(/^ {7}(?:-\w, )?(--[\w-]+)/gm)].map(([, long]) => long);
      expect([command, (await words(command, "--")).sort()]).toEqual([command, [...new Set(options)].sort()]);
    }
  });
});

/** A script that prints what a shell offers for a line, by the script that it was given. */
const SHELLS: Readonly<Record<string, { readonly args: readonly string[]; script(line: string): string }>> = {
  bash: {
    args: ["--norc"],
    script: (line) => `source <(ada-carbon completion bash)
      COMP_WORDS=(${line.replace(/ $/, " ''")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _ada_carbon; printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  // zsh completes in its line editor only, so another one is typed into.
  zsh: {
    args: ["-f"],
    script: (line) => `zmodload zsh/zpty
      heard() { local text part; repeat $1; do sleep 0.1; while zpty -r -t shell part; do text+=$part; done; done; print -r -- $text }
      zpty shell zsh -f -i
      zpty -w shell 'autoload -Uz compinit; compinit -u -D; source <(ada-carbon completion zsh); PS1=; LISTMAX=0'
      heard 30 >/dev/null
      zpty -n -w shell $'${line}\\t\\t'
      heard 30
      zpty -d shell`,
  },
  fish: {
    args: ["--no-config"],
    script: (line) => `ada-carbon completion fish | source; complete -C '${line}'`,
  },
};

describe.each(Object.entries(SHELLS))("%s", (name, { args, script }) => {
  const offered = async (line: string): Promise<string> => {
    const { stdout } = await promisify(execFile)(name, [...args, "-c", script(line)], {
      cwd: home,
      env: { ...process.env, PATH: `${home}:${process.env.PATH}`, HOME: home, TERM: "xterm", COLUMNS: "200" },
      timeout: 60_000,
    });
    return stdout;
  };

  it.skipIf(!requireShell(name))(
    "offers commands, operands, options and their values",
    async () => {
      // Beside each other: most of the time zsh is waited for.
      const lines = [
        "ada-carbon re",
        "ada-carbon top ",
        "ada-carbon top users --format ",
        "ada-carbon report --bo",
      ];
      expect(await Promise.all(lines.map(offered))).toEqual([
        expect.stringMatching(/report[\s\S]*restate/),
        expect.stringMatching(/machines/),
        expect.stringMatching(/csv/),
        expect.stringMatching(/--bounds/),
      ]);
    },
    120_000,
  );
});
