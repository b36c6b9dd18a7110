import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, startKept } from "../../test/servers/kept-process.ts";

const PATIENCE_MS = 300_000;
const PAGE: URL = new URL("../../docs/scale.md", import.meta.url);

/** A page of what a statement gives, as Trino's REST API writes it. */
interface Page {
  readonly nextUri?: string;
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly message: string };
}

/** The rows that a statement gives. */
type Ask = (statement: string) => Promise<(readonly unknown[])[]>;

/**
 * Asks a real Trino about the tables of a folder, which are declared by the statements of `docs/scale.md`.
 *
 * @param home An unpacked `trino-server` 476 or newer; `TRINO_JAVA_HOME` has the Java that it needs, 24 or newer.
 */
export async function askTrino<T>(home: string, folder: string, ask: (ask: Ask) => Promise<T>): Promise<T> {
  const port = await freePort();
  const place = mkdtempSync(join(tmpdir(), "ada-carbon-trino-"));
  write(place, port);
  symlinkSync(resolve(folder, "hours"), join(place, "lake", "hours"));
  const { TRINO_JAVA_HOME: java = "", PATH = "" } = process.env;
  const launcher = ["env", `JAVA_HOME=${java}`, `PATH=${java}/bin:${PATH}`, join(home, "bin/launcher")];
  const places = ["--etc-dir", join(place, "etc"), "--data-dir", join(place, "data")];
  const server = startKept(place, [...launcher, "run", ...places]);
  const url = `http://127.0.0.1:${port}`;
  try {
    await whenStarted(url, server.process);
    for (const statement of statementsOf(readFileSync(PAGE, "utf8"))) await rowsOf(url, statement);
    return await ask((statement) => rowsOf(url, statement));
  } finally {
    await server.stop();
  }
}

function write(place: string, port: number): void {
  const files = {
    "etc/node.properties": "node.environment=carbon",
    "etc/jvm.config": "-Xmx4G\n-Djdk.attach.allowAttachSelf=true\n--enable-native-access=ALL-UNNAMED\n",
    "etc/config.properties": [
      "coordinator=true",
      "node-scheduler.include-coordinator=true",
      `http-server.http.port=${port}`,
      `discovery.uri=http://127.0.0.1:${port}`,
    ].join("\n"),
    "etc/catalog/hive.properties": [
      "connector.name=hive",
      "hive.metastore=file",
      "hive.metastore.catalog.dir=local:///metastore",
      "fs.native-local.enabled=true",
      `local.location=${join(place, "lake")}`,
    ].join("\n"),
  };
  for (const folder of ["etc/catalog", "lake/metastore", "data"])
    mkdirSync(join(place, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), `${text}\n`);
}

/** What the page says to Trino, with the folder in the place of its bucket. */
function statementsOf(page: string): string[] {
  const [, text] = /```text\n(CREATE SCHEMA hive[^`]*)```/.exec(page) ?? [];
  if (text === undefined) throw new Error("docs/scale.md has no statements that begin with CREATE SCHEMA");
  const statements = text.replaceAll("s3://carbon/", "local:///").split(";");
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}

async function whenStarted(
  url: string,
  server: { readonly exitCode: number | null; readonly stderr: NodeJS.ReadableStream },
): Promise<void> {
  let log = "";
  server.stderr.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-5000);
  });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    // It answers before it has a node that works.
    const nodes = await rowsOf(url, "SELECT node_id FROM system.runtime.nodes").catch(String);
    if (typeof nodes !== "string" && nodes.length > 0) return;
    if (Date.now() > deadline || server.exitCode !== null)
      throw new Error(`Trino does not start: ${nodes} ${log}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

async function rowsOf(url: string, statement: string): Promise<(readonly unknown[])[]> {
  const headers = { "x-trino-user": "carbon" };
  const rows: (readonly unknown[])[] = [];
  let reply = await fetch(`${url}/v1/statement`, { method: "POST", headers, body: statement });
  for (;;) {
    const { nextUri, data = [], error } = (await reply.json()) as Page;
    if (error !== undefined) throw new Error(`Trino refuses ${statement}: ${error.message}`);
    rows.push(...data);
    if (nextUri === undefined) return rows;
    reply = await fetch(nextUri, { headers });
  }
}
