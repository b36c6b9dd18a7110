import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "../support/cli-lab.js";
import { closeExits, EVIL, EXIT_CASES, type ExitCase, NOWHERE, runCase } from "../support/exit-cases.js";

// Every command of the command line, with cases for each status that its own page says it may end with. A command or
// a status that is new fails here until it has cases. Names, warnings and servers are hostile, and what goes to the
// terminal must be clean whatever comes of it.

afterAll(closeExits);

/**
 * What a terminal obeys or nobody sees. A line feed ends a line, in CSV with a carriage return before it, and the bar's
 * own movements are its own.
 */
const UNCLEAN = /(?!\r?\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}\u200b]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what the progress bar writes
const OF_THE_BAR = /\u001b(?:[78]|\[\??[\d;]*[A-HJKhl])/g;

const page = async (command: string): Promise<string> =>
  (await cli([...command.split(" ").filter(Boolean), "--help"])).stdout;

function sectionOf(text: string, title: string): string[] {
  const [, body = ""] = new RegExp(`^${title}\n(.*?)(?:\n\n|$(?![^]))`, "ms").exec(text) ?? [];
  return body.split("\n").flatMap((line) => /^ {7}(\S.*)$/.exec(line)?.[1] ?? []);
}

/** Every command with the statuses that its page names; commands of commands, too. */
async function commandsUnder(parent: string): Promise<[string, string[]][]> {
  const names = sectionOf(await page(parent), "COMMANDS").map((name) => `${parent} ${name}`.trim());
  const found: [string, string[]][] = [];
  for (const name of names)
    found.push([name, sectionOf(await page(name), "EXIT STATUS")], ...(await commandsUnder(name)));
  return found;
}

const commands = await commandsUnder("");

it("knows the commands that there are, and no others", () => {
  expect(commands.length).toBeGreaterThan(12);
  expect(Object.keys(EXIT_CASES).sort()).toEqual(commands.map(([name]) => name).sort());
});

describe.each(commands)("%s", (command, statuses) => {
  it("has cases for each status that its page names", () => {
    expect(Object.keys(EXIT_CASES[command] ?? {})).toEqual(statuses);
  });

  const cases = Object.entries(EXIT_CASES[command] ?? {}).flatMap(([status, given]) =>
    given.map((each) => [status, printed(each.args), each] as const),
  );
  const endsAsSaid = async (status: string, _: string, given: ExitCase): Promise<void> => {
    const { status: ended, stdout, stderr } = await runCase(command, given);
    expect([String(ended), stdout.slice(0, 2000), stderr.slice(-2000)]).toEqual([
      status,
      expect.anything(),
      given.says === undefined || given.says.test(stdout)
        ? expect.anything()
        : expect.stringMatching(given.says),
    ]);
    expect(stdout).not.toMatch(UNCLEAN);
    expect(stderr.replace(OF_THE_BAR, "")).not.toMatch(UNCLEAN);
    expect(stdout + stderr).not.toContain("hunter2");
    if (status === "0" || status === "3") return;
    expect(stderr).toMatch(/^ada-carbon: .+$/m);
    expect(stderr).not.toMatch(/^ +at /m);
  };
  // Those that try again and again to reach nobody wait beside each other.
  const waits = ({ args }: ExitCase): boolean => args.includes(NOWHERE);
  it.concurrent.each(cases.filter(([, , given]) => waits(given)))("ends with %s: %s", endsAsSaid);
  it.each(cases.filter(([, , given]) => !waits(given)))("ends with %s: %s", endsAsSaid);

  it.each([["--no-such-flag"], ["no", "such", "operand"]])("ends with 2: %s", async (...wrong) => {
    const takesOperands = (await page(command)).includes("FILE...");
    if (takesOperands && wrong.length > 1) return;
    const { status, stdout } = await cli([...command.split(" "), ...wrong]);
    expect([status, stdout]).toEqual([2, ""]);
  });
});

it("no command at all, and one that there is not, end with 2", async () => {
  for (const args of [[], ["snyc"], [EVIL], ["--verbose"], ["list", "--quiet", "--verbose"]]) {
    const { status, stderr } = await cli(args);
    expect(status).toBe(2);
    expect(stderr).not.toMatch(UNCLEAN);
  }
});

it("no command writes past the printer", () => {
  const sources = readdirSync("src/cli").filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const past = sources.filter((name) =>
    /process\.std|console\.|std(out|err)\.write\(/.test(readFileSync(`src/cli/${name}`, "utf8")),
  );
  expect(past).toEqual(["main.ts"]);
});

function printed(args: readonly string[]): string {
  return args
    .map((arg) => (arg === EVIL ? "EVIL" : arg.replace(/^.*ada-carbon-exits-[^/]*\//, "")))
    .join(" ")
    .replace(/[^ -~]/g, "?")
    .slice(0, 120);
}
