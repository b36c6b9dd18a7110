import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCompiles } from "./support/compile.js";
import { blocksOf, pages, ROOT as root } from "./support/markdown.js";

// Every example in a docstring and every ```ts block in a page is compiled and run as it is printed.

const folder = join(root, "test/.artifacts/examples");

interface Example {
  readonly name: string;
  readonly code: string;
}

function filesBelow(path: string, ending: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The lines after each `@example` up to the next tag or the end of the comment. */
function examplesInComments(file: string): Example[] {
  const comments = readFileSync(file, "utf8").match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments.flatMap((comment) => {
    const lines = comment
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""));
    const starts = [...lines.keys()].filter((i) => lines[i]?.startsWith("@example"));
    return starts.map((start) => {
      const rest = lines.slice(start + 1);
      const end = rest.findIndex((line) => /^@\w/.test(line));
      return { name: relative(root, file), code: rest.slice(0, end < 0 ? undefined : end).join("\n") };
    });
  });
}

/** Programs that lie in a page as they are. Those with the name of a file are run by docs-pages.test.ts. */
function examplesInMarkdown(page: string): Example[] {
  return blocksOf(page)
    .filter(({ language, file }) => language === "ts" && file === "")
    .map(({ line, code }) => ({ name: `${page}-${line}`, code }));
}

const examples = [
  ...filesBelow(join(root, "src"), ".ts")
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap(examplesInComments),
  ...pages().flatMap(examplesInMarkdown),
].map((example, i) => ({
  ...example,
  file: join(folder, `${i}-${example.name.replaceAll(/[^\w.-]/g, "_").replace(/\.ts$/, "")}.ts`),
}));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { file, code } of examples) {
  writeFileSync(file, `${code}\nexport {};\n`);
}

describe("examples in the documentation", () => {
  it("are there", () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it("compile", () => {
    expectCompiles(root, folder);
  }, 120_000);

  // Services, which run until they are ended, are started by test/embedding.test.ts.
  const scripts = filesBelow(join(root, "examples"), ".ts").filter((file) => !file.includes("embedding"));
  it.each(scripts)("%s runs", async (file) => {
    await import(/* @vite-ignore */ file);
  });

  it.each(examples)("$name runs", async ({ file }) => {
    await import(/* @vite-ignore */ file);
  });
});
