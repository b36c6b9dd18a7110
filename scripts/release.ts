import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Makes a release of what is committed: version, changelog, tarball, commit and tag, all on this machine. Publishing is
// the next step and another's: with a statement of provenance, it is done by the workflow that sees the tag.

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

if (run("git", "status", "--porcelain") !== "")
  stop("there are changes that are not committed; commit them first");
if (/^## \[Unreleased\]\s*^## /m.test(read("CHANGELOG.md")))
  stop("CHANGELOG.md says nothing under Unreleased; write down what changed first");
// `changeset version` would end in a stack trace.
if (!readdirSync(join(root, ".changeset")).some((file) => /^(?!README).*\.md$/.test(file)))
  stop("no file in .changeset/ asks for a release; npx changeset writes one");
const before = versionOf("package.json");
// The kind of release is what the files in .changeset/ say; the text of the changelog is written by hand.
run("npx", "--no-install", "changeset", "version");
const version = versionOf("package.json");
if (version === before) stop("what is in .changeset/ asks for no other version");

replaceIn("CHANGELOG.md", "## [Unreleased]\n", `## [Unreleased]\n\n## [${version}] - ${today()}\n`);
replaceIn("src/usage/version.ts", `"${before}"`, `"${version}"`);
replaceIn("test/public-api/root.txt", `"${before}"`, `"${version}"`);
replaceIn("jsr.json", `"version": "${before}"`, `"version": "${version}"`);
replaceIn("docs/walkthrough.md", `ada-carbon ${before}`, `ada-carbon ${version}`);
replaceIn("examples/container/Containerfile", `ada-carbon-${before}.tgz`, `ada-carbon-${version}.tgz`);
run(
  "npm",
  "install",
  "--package-lock-only",
  "--ignore-scripts",
  "--prefer-offline",
  "--no-audit",
  "--no-fund",
);

mkdirSync(join(root, "release"), { recursive: true });
run("npm", "pack", "--pack-destination", "release");
run("npm", "run", "--silent", "jsr");
run("git", "add", "--update");
run("git", "commit", "--quiet", "--message", `release: ${version}`);
run("git", "tag", "--annotate", `v${version}`, "--message", `ada-carbon ${version}`);

console.log(`ada-carbon ${version} is tagged v${version} and packed in release/ada-carbon-${version}.tgz
next:  git push --follow-tags, upon which the workflow publishes it with provenance
or:    npm publish ./release/ada-carbon-${version}.tgz --provenance=false`);

function versionOf(path: string): string {
  return (JSON.parse(read(path)) as { version: string }).version;
}

function replaceIn(path: string, text: string, by: string): void {
  const content = read(path);
  if (!content.includes(text)) stop(`${path} does not contain ${JSON.stringify(text)}`);
  writeFileSync(join(root, path), content.replaceAll(text, by));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function stop(why: string): never {
  console.error(`release: ${why}`);
  process.exit(1);
}
