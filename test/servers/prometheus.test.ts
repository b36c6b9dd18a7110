import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openMetrics, simulateCluster } from "../../src/testing/index.js";
import { requirePrometheus, startPrometheus } from "./prometheus.js";

const FROM = Date.parse("2025-09-10T00:00:00Z");
const openmetrics = (): Iterable<string> =>
  openMetrics(simulateCluster({ interval: { from: FROM, to: FROM + 60_000 }, hosts: 1 }));

const refuses = async (url: string): Promise<boolean> =>
  fetch(`${url}/-/ready`).then(
    () => false,
    () => true,
  );

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  vi.restoreAllMocks();
});

describe.skipIf(!requirePrometheus())("a real Prometheus", () => {
  test("is gone when stopped", async () => {
    const server = await startPrometheus({ openmetrics: openmetrics() });
    expect((await fetch(`${server.url}/api/v1/query?query=up`)).status).toBe(200);
    await server.stop();
    expect(await refuses(server.url)).toBe(true);
    await server.stop();
  });

  test("leaves nothing behind where it cannot start", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ada-carbon-test-"));
    vi.stubEnv("TMPDIR", folder);
    const nonsense = startPrometheus({ openmetrics: ["this is not OpenMetrics\n"] });
    await expect(nonsense).rejects.toThrow(/promtool ended with 1/);
    const flag = startPrometheus({ openmetrics: openmetrics(), flags: ["--no-such-flag"] });
    await expect(flag).rejects.toThrow(/no-such-flag/);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("asks for a password where its web configuration says so", async () => {
    // bcrypt of "secret"
    const webConfig =
      "basic_auth_users:\n  ada: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
    const headers = { authorization: `Basic ${btoa("ada:secret")}` };
    const server = await startPrometheus({ openmetrics: openmetrics(), webConfig, headers });
    const status = async (init?: RequestInit): Promise<number> =>
      (await fetch(`${server.url}/api/v1/query?query=up`, init)).status;
    expect(await status()).toBe(401);
    expect(await status({ headers })).toBe(200);
    await server.stop();
  });

  test("does not outlive a test process that is killed", async () => {
    const module = fileURLToPath(new URL("prometheus.ts", import.meta.url));
    const script = `
      import { startPrometheus } from ${JSON.stringify(module)};
      const { url } = await startPrometheus({ openmetrics: ["# TYPE up gauge\\nup 1 1757462400\\n# EOF\\n"] });
      console.log(url);
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    const url = String(line).trim();
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    child.kill("SIGKILL");
    await vi.waitUntil(() => refuses(url), { timeout: 10_000 });
  });
});

describe("where there is no Prometheus", () => {
  const without = async (ci: string): Promise<typeof import("./prometheus.js")> => {
    vi.stubEnv("PROMETHEUS_BIN", "/nowhere/prometheus");
    vi.stubEnv("CI", ci);
    vi.resetModules();
    return import("./prometheus.js");
  };

  test("the tests that need it are skipped, loudly", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect((await without("")).requirePrometheus()).toBe(false);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("SKIPPED"));
  });

  test("CI fails", async () => {
    const { requirePrometheus: require } = await without("true");
    expect(require).toThrow("/nowhere/prometheus");
  });
});
