import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

// Every command in docs/walkthrough.md is run, in its order and in one folder, and must print what the page
// says. `UPDATE_DOCS=1 npx vitest run test/walkthrough.test.ts` writes what they print into the page.

const page = fileURLToPath(new URL("../docs/walkthrough.md", import.meta.url));
const bin = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ada-carbon-walk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(page, "utf8");
const blocks = [...text.matchAll(/^```(console|csv) ?(\S*)\n([\s\S]*?)^```$/gm)].map(
  ([whole, kind, file, body = ""]) => ({ whole, kind, file, body }),
);

/** What a command prints, without what differs from day to day and from machine to machine. */
function steady(output: string): string {
  return output
    .replaceAll(folder, "/home/ada")
    .replace(/fetched \d{4}-\d\d-\d\dT[\d:.]+Z/g, "fetched 2026-11-21T12:00:00Z")
    .replace(/"(fetchedAt|before)": "\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"$1": "2026-11-21T12:00:00Z"')
    .trimEnd();
}

function run(command: string): string {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  expect(words.shift()).toBe("ada-carbon");
  return steady(
    execFileSync(process.execPath, [bin, ...words], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

describe("the walk-through", () => {
  let updated = text;
  it.each(blocks)("$body", ({ whole, kind, file, body }) => {
    if (kind === "csv") {
      writeFileSync(join(folder, file ?? ""), body);
      return;
    }
    const [line = "", ...rest] = body.trimEnd().split("\n");
    const output = run(line.replace(/^\$ /, ""));
    if (process.env.UPDATE_DOCS === "1") {
      updated = updated.replace(whole, () => `\`\`\`console\n${line}\n${output}\n\`\`\``);
      writeFileSync(page, updated);
    } else {
      expect(output).toBe(rest.join("\n").trimEnd());
    }
  });
});
