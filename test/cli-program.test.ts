import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli, type Ended, folder, out, servers, syncArgs } from "./support/cli-lab.js";
import { posix } from "./support/posix.js";

const BIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

describe("the program itself", () => {
  const start = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [BIN, ...args], { cwd: folder }, (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });

  it("says its version, and how it ended", async () => {
    expect(await start("--version")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await start("sync")).toMatchObject({ status: 2, stderr: expect.stringMatching(/^ada-carbon: /) });
  });

  it("explains a command with help before it or after it", async () => {
    const page = await cli(["top", "--help"]);
    expect(page.stdout).toMatch(/^NAME\n +ada-carbon top - rank users/);
    expect(await cli(["help", "top"])).toEqual(page);
    expect(await cli(["help"])).toEqual(await cli(["--help"]));
    expect(await cli(["help", "tpo"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/mean top/),
    });
  });

  describe.runIf(posix("limits of the size of a file, and shells"))("with output that is not taken", () => {
    const shell = (line: string, ...args: string[]): Promise<Ended> =>
      new Promise((resolve) => {
        execFile(
          "bash",
          ["-c", line, process.execPath, BIN, ...args],
          { cwd: folder },
          (error, stdout, stderr) =>
            resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
        );
      });

    it("fails in a line where a file has room for a part of it", async () => {
      // A kilobyte of the page of help, which has three.
      const { status, stderr } = await shell('ulimit -f 1; "$0" "$@" > page.txt', "help", "sync");
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^ada-carbon: standard output is not whole: .*\n$/),
      ]);
    });

    it("goes on where nobody takes its messages", async () => {
      const args = syncArgs();
      expect(await shell('"$0" "$@" 2>/dev/full', ...args)).toMatchObject({ status: 0 });
      expect(await shell('"$0" "$@" 2> >(exit 0)', "list", "--out", out)).toMatchObject({ status: 0 });
    });
  });

  it("stops cleanly when interrupted", async () => {
    servers.fault = ({ path }) => (path.endsWith("query_range") ? { hang: true } : undefined);
    const child = spawn(process.execPath, [BIN, ...syncArgs()], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      // A second signal would end it at once.
      if (!child.killed && stderr.includes("hours wanted")) child.kill("SIGINT");
    });
    const [status] = await once(child, "exit");
    expect([status, stderr]).toEqual([130, expect.stringMatching(/interrupted; what was stored is whole/)]);
    servers.fault = () => undefined;
    expect((await cli(syncArgs())).status).toBe(0);
  });

  it("refuses a second run on the same folder", async () => {
    let waiting = 0;
    servers.fault = ({ path }) => {
      if (!path.endsWith("query_range")) return undefined;
      waiting += 1;
      return { delayMs: 1500 };
    };
    const first = start(...syncArgs());
    while (waiting === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await start(...syncArgs());
    expect([second.status, second.stderr]).toEqual([
      1,
      expect.stringMatching(/ada-carbon: .*(another|lock|held)/i),
    ]);
    expect((await first).status).toBe(0);
  });

  it("goes on when nobody reads its output any more", async () => {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${BIN}" sync --help | head -1`], {
      stdio: "pipe",
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await once(child, "exit");
    expect(text).toBe("NAME\n");
  });
});
