import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { startOwnPostgres } from "./postgres.js";

const folders = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("ada-carbon-postgres-"));

const refuses = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });

test("a real PostgreSQL is gone when stopped, and keeps its data when it is only restarted", async () => {
  const server = await startOwnPostgres();
  await server.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
  await server.crash();
  expect(await refuses(server.url)).toBe(true);
  await server.restart();
  expect(await server.sql("SELECT a FROM t")).toEqual([{ a: 7 }]);
  await server.stop();
  expect(await refuses(server.url)).toBe(true);
});

test("it does not outlive a test process that is killed", async () => {
  const before = folders();
  const module = fileURLToPath(new URL("postgres.ts", import.meta.url));
  const script = `
    import { startOwnPostgres } from ${JSON.stringify(module)};
    const { url } = await startOwnPostgres();
    console.log(url);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  });
  const [line] = await once(child.stdout, "data");
  const url = String(line).trim();
  expect(await refuses(url)).toBe(false);
  const [folder] = folders().filter((name) => !before.includes(name));
  child.kill("SIGKILL");
  await vi.waitUntil(() => refuses(url), { timeout: 10_000 });
  await vi.waitUntil(() => folder === undefined || !folders().includes(folder), { timeout: 10_000 });
});
