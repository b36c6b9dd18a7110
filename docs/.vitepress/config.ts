import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";
import { PLACEHOLDER, toAnyPrefix } from "./any-prefix.ts";

// vitepress: MIT, kept up, builds static pages with a search of its own. The pages are those of docs/ as they are on
// GitHub; the reference is made by typedoc into docs/api. `npm run docs` puts the site into site/.

const docs = fileURLToPath(new URL("..", import.meta.url));
const REPOSITORY = "https://github.com/stfc/ada-carbon";

/** The title of a page: its first heading. */
function titleOf(page: string): string {
  return /^# (.+)$/m.exec(readFileSync(join(docs, page), "utf8"))?.[1] ?? page;
}

function entry(page: string, text: string = titleOf(page)): DefaultTheme.SidebarItem {
  return { text, link: `/${page.replace(/README\.md$/, "").replace(/\.md$/, ".html")}` };
}

function pagesOf(folder: string): DefaultTheme.SidebarItem[] {
  const names = readdirSync(join(docs, folder)).filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  return names.sort().map((name) => entry(`${folder}/${name}`));
}

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: "Use it",
    items: [
      entry("README.md", "Getting started"),
      entry("walkthrough.md"),
      entry("serve.md"),
      entry("page.md"),
      entry("grafana.md"),
      entry("several-servers.md"),
      entry("recording-rules.md"),
      entry("workspaces.md"),
      entry("forgetting.md"),
    ],
  },
  { text: "Recipes", link: "/recipes/", collapsed: true, items: pagesOf("recipes") },
  {
    text: "Keep it",
    items: [
      entry("adapters.md", "Adapters, and your own"),
      ...["memory", "files", "sqlite", "postgresql", "mongodb"].map((name) => entry(`adapters/${name}.md`)),
    ],
  },
  {
    text: "Trust it",
    items: ["accuracy", "models", "intensity", "reliability", "performance", "scale"].map((name) =>
      entry(`${name}.md`),
    ),
  },
  {
    text: "Understand it",
    items: [
      entry("names.md"),
      entry("glossary.md"),
      entry("architecture.md"),
      { text: "Decisions", link: "/decisions/", collapsed: true, items: pagesOf("decisions") },
    ],
  },
  { text: "API reference", link: "/api/", collapsed: true, items: reference() },
];

/** A page an import, as typedoc has made them. */
function reference(): DefaultTheme.SidebarItem[] {
  return [entry("api/ada-carbon.md"), ...pagesOf("api/ada-carbon")];
}

/** GitHub's anchors, so that a link to a heading is right there and here. */
function githubAnchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** A link as it is on GitHub, for the site: out of docs/, as ../examples/machines.json, it is one into the repository. */
function hrefInSite(href: string, page: string): string {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const path = posix.join("docs", posix.dirname(page), href);
  const inDocs = href.replace(/README\.md(#|$)/, "index.md$1");
  return path.startsWith("docs/") ? inDocs : `${REPOSITORY}/blob/main/${path}`;
}

const config: UserConfig<DefaultTheme.Config> = defineConfig({
  title: "ada-carbon",
  description:
    "CPU counters in Prometheus to electricity (kWh) and carbon (gCO2eq), hour by hour, and whose they were.",
  lang: "en-GB",
  base: PLACEHOLDER,
  outDir: "../site",
  rewrites: (page) => page.replace(/README\.md$/, "index.md"),
  markdown: {
    anchor: { slugify: githubAnchor },
    languageAlias: { promql: "sh", crontab: "sh" },
    config(md) {
      md.core.ruler.push("links-in-site", ({ tokens, env }) => {
        const links = tokens
          .flatMap(({ children }) => children ?? [])
          .filter(({ type }) => type === "link_open");
        for (const link of links) {
          link.attrSet("href", hrefInSite(link.attrGet("href") ?? "", env.relativePath));
        }
      });
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Walk-through", link: "/walkthrough.html" },
      { text: "Recipes", link: "/recipes/" },
      { text: "API", link: "/api/" },
    ],
    sidebar,
    socialLinks: [{ icon: "github", link: REPOSITORY }],
  },
  // The index of the search and the reference of the root are large, and loaded only when they are asked for.
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  buildEnd: ({ outDir }) => toAnyPrefix(outDir),
});

export default config;
