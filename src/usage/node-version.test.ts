import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { HttpClient } from "../transport/http.js";
import { LEAST_NODE, tooOld } from "./node-version.js";

const of = (node: string, more: Partial<NodeJS.ProcessVersions> = {}): string | undefined =>
  tooOld({ ...process.versions, node, ...more });

it("asks for the Node that the package asks for", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(engines.node).toBe(`>=${LEAST_NODE.join(".")}`);
});

it("says in a line what is needed, and nothing where it is there", () => {
  for (const old of ["20.20.2", "22.12.0", "18.0.0"])
    expect(of(old)).toBe(
      `needs Node 22.13 or later, and this is ${old}; install one from https://nodejs.org`,
    );
  for (const fine of ["22.13.0", "22.14.1", "24.0.0"]) expect(of(fine)).toBeUndefined();
  expect(of("22.6.0", { bun: "1.2.0" })).toBeUndefined();
});

afterEach(() => vi.unstubAllGlobals());

it("is said to a program that asks a service, too", () => {
  const client = (): HttpClient => new HttpClient({ url: "http://127.0.0.1:9" });
  vi.stubGlobal("process", { versions: { node: "20.20.2" } });
  expect(client).toThrow(/^ada-carbon needs Node 22.13 or later, and this is 20.20.2/);
  vi.stubGlobal("process", undefined);
  expect(client().where).toBe("http://127.0.0.1:9");
});
