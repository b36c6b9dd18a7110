import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// tsc writes a declaration for each source file. Those that no public door leads to are taken out again: they were more
// than half of all, and an installed package would hold them for nothing.

const root = fileURLToPath(new URL("..", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string }>;
};

const doors = Object.values(exports).flatMap((target) =>
  typeof target === "string" ? [] : [join(root, target.types)],
);
const reached = new Set<string>();
for (const file of doors) reach(file);
const dist = join(root, "dist");
for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  const file = join(dist, path);
  if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
}

function reach(file: string): void {
  if (reached.has(file)) return;
  reached.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path = ""] of text.matchAll(/\b(?:from |import\(|import )"(\.[^"]+)\.js"/g))
    reach(join(dirname(file), `${path}.d.ts`));
}
