// Static files: those of `public/`, and the chart library as npm installed it. No build step.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface StaticFiles {
  /** A file by its name, or 404. Only names that are in the folder are ever looked up. */
  read(name: string): Promise<Response>;
}

export function staticFiles(): StaticFiles {
  const folder = new URL("./public/", import.meta.url);
  const paths = new Map<string, URL>(readdirSync(folder).map((name) => [name, new URL(name, folder)]));
  // Chart.js: MIT, kept for ten years, stacked bars and gaps out of the box, and fine with a strict CSP.
  const chart = pathToFileURL(createRequire(import.meta.url).resolve("chart.js"));
  paths.set("chart.js", new URL("chart.umd.min.js", chart));
  return {
    async read(name) {
      const path = paths.get(name);
      const notFound = { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } };
      if (path === undefined) return new Response("There is no such file.\n", notFound);
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const headers = { "content-type": type, "cache-control": "no-cache" };
      return new Response(new Uint8Array(await readFile(path)), { headers });
    },
  };
}
