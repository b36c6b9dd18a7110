import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

// A site of vitepress knows what comes before its paths when it is built. This one is to work behind any prefix, so it
// is built for a placeholder: in a page that becomes the way up from it, in a script what the page has found out.

export const PLACEHOLDER = "/prefix-of-this-site/";
const FOUND = "globalThis.__prefix";

/** Puts the way up in the place of the placeholder, in every file of a site. */
export function toAnyPrefix(site: string): void {
  const entries = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const { parentPath, name } of entries) {
    const path = join(parentPath, name);
    const change = CHANGES.find(([ending]) => name.endsWith(ending))?.[1];
    if (change === undefined) continue;
    const up = relative(parentPath, site).replaceAll(sep, "/");
    writeFileSync(path, change(readFileSync(path, "utf8"), up === "" ? "./" : `${up}/`));
  }
}

const CHANGES: readonly (readonly [ending: string, change: (text: string, up: string) => string])[] = [
  [".html", page],
  [".js", script],
  [".css", (text, up) => text.replaceAll(PLACEHOLDER, up)],
];

/** Links are made whole before the scripts run, since they stay while the address changes under them. */
function page(text: string, up: string): string {
  const find = `${FOUND}=new URL(${JSON.stringify(up)},location.href).pathname;`;
  const whole = `document.querySelectorAll("[href]").forEach(e=>{if(!e.getAttribute("href").startsWith("#"))e.setAttribute("href",e.href)});`;
  return text
    .replace(/JSON\.parse\((".*?[^\\]")\)/g, (_, json: string) => `JSON.parse(${inString(json)})`)
    .replaceAll(`="${PLACEHOLDER}`, `="${up}`)
    .replace("<head>", () => `<head><script>${find}</script>`)
    .replace("</body>", () => `<script>${whole}</script></body>`);
}

function script(text: string): string {
  // The index of the search is one long string of JSON, whatever its quotes.
  return text.replace(/(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1/g, (string, quote: string, content: string) =>
    content.includes(PLACEHOLDER) ? `(${inString(`${quote}${content}${quote}`)})` : string,
  );
}

/** A literal in which the placeholder becomes what was found out when the page was opened. */
function inString(literal: string): string {
  if (!literal.includes(PLACEHOLDER)) return literal;
  return `${literal}.replaceAll(${JSON.stringify(PLACEHOLDER.slice(0, -1))}+"/",${FOUND})`;
}
