import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, requireChromium } from "./servers/chromium.js";

// The built package as bundlers make it into one file, for a server and for a browser.

const root = fileURLToPath(new URL("..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-bundles-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The bundle of a program that imports the package by its name. */
async function bundled(name: string, program: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, name);
  await build({
    // Not the paths of ours, which lead to the sources.
    tsconfigRaw: "{}",
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    outfile,
    logLevel: "error",
    ...options,
  });
  return outfile;
}

const SERIES = `
  import { ADA, emptySeries, finishedHour } from "ada-carbon";
  const hours = [0, 1].map((hour) => finishedHour(Date.UTC(2025, 8, 10, hour), Date.now()));
  const series = emptySeries(ADA, hours, { library: "test", model: null, intensity: null });`;

describe("a server bundle of /files runs, with parquet-wasm beside it as it is installed", () => {
  const program = `
    import { fileUsageStore } from "ada-carbon/files";
    ${SERIES}
    async function main() {
      const store = fileUsageStore(process.argv[2]);
      await store.replace([series]);
      console.log((await store.read(ADA, { from: 0, to: Date.now() })).hours.length);
      await store.close();
    }
    main();`;

  it.each([
    ["esm", "server.mjs"],
    ["cjs", "server.cjs"],
  ] as const)("%s", async (format, name) => {
    const file = await bundled(name, program, { format, platform: "node", external: ["parquet-wasm"] });
    const { stdout } = await promisify(execFile)(process.execPath, [file, join(folder, format)]);
    expect(stdout).toBe("2\n");
  });
});

describe.skipIf(!requireChromium())("in Chromium, a bundle", () => {
  async function inBrowser(program: string): Promise<unknown> {
    const script = await bundled("page.js", program, { format: "esm", platform: "browser" });
    const wasm = join(root, "node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm");
    const files: Record<string, readonly [string, string | Buffer]> = {
      "/": ["text/html", '<!doctype html><script type="module" src="page.js"></script>'],
      "/page.js": ["text/javascript", readFileSync(script)],
      "/parquet_wasm_bg.wasm": ["application/wasm", readFileSync(wasm)],
    };
    const server = createServer(({ url = "" }, response) => {
      const [type, body] = files[url] ?? ["text/plain", ""];
      response.writeHead(url in files ? 200 : 404, { "content-type": type }).end(body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const result = await page.waitForFunction(() => Reflect.get(globalThis, "result"));
      return await result.jsonValue();
    } finally {
      await browser.close();
      server.close();
    }
  }

  it("of /timeseries adds up hours by day, in a zone", async () => {
    const result = await inBrowser(`
      import { rollup } from "ada-carbon/timeseries";
      ${SERIES}
      series.busyKwh.set([1, 2]);
      const day = { from: Date.UTC(2025, 8, 9, 23), to: Date.UTC(2025, 8, 10, 23) };
      globalThis.result = rollup(series, day, "day", { zone: "Europe/London" }).map(({ busyKwh }) => busyKwh);`);
    expect(result).toEqual([3]);
  });

  it("of /parquet says what to do, and works when that is done", async () => {
    const result = await inBrowser(`
      import init from "parquet-wasm";
      import { decodeUsage, encodeUsage } from "ada-carbon/parquet";
      ${SERIES}
      let said;
      try { encodeUsage(series); } catch (error) { said = error.message; }
      await init("/parquet_wasm_bg.wasm");
      const { status } = decodeUsage(encodeUsage(series), { where: "ada.parquet" });
      globalThis.result = { said, status };`);
    expect(result).toEqual({
      said: expect.stringMatching(
        /^parquet-wasm has not been loaded; in a browser: import init from "parquet-wasm"/,
      ),
      status: ["not downloaded", "not downloaded"],
    });
  });
});
