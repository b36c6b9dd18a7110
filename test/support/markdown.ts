import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

// The pages that people read, and the fenced blocks in them.

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block: its language, and the file it is printed as (```` ```ts server.ts ````), empty without. */
export interface Block {
  readonly page: string;
  /** Of the fence that opens it, from 1. */
  readonly line: number;
  readonly language: string;
  readonly file: string;
  readonly code: string;
}

/** Every page of the repository, by its path from the root. What is generated is no page. */
export function pages(): string[] {
  const found = ["docs", "examples"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
  const ours = found.filter(
    (path) => !/^docs\/(api|\.vitepress)\//.test(path) && !path.includes("node_modules"),
  );
  const top = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  return [...top, ...ours].sort();
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** The blocks of a page in its order. A fence may be indented, as in a list; its lines are then by as much. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { indent: string; line: number; info: string; lines: string[] } | undefined;
  for (const [i, text] of textOf(page).split("\n").entries()) {
    const [, indent = "", info] = /^( *)```(.*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (info !== undefined) open = { indent, line: i + 1, info, lines: [] };
    } else if (info === "" && indent === open.indent) {
      const [language = "", file = ""] = open.info.split(" ");
      blocks.push({ page, line: open.line, language, file, code: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else {
      open.lines.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text);
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: a block that is not closed`);
  return blocks;
}

/** Whether commands of a page are run: then its files are written first, in one folder of the page's own. */
export function isRun(page: string): boolean {
  return blocksOf(page).some(({ language }) => language === "console");
}
