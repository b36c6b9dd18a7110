import { expect, it } from "vitest";
import { warningOnce } from "./logger.js";

it("warns of everything once, and keeps no more lines than anybody reads", () => {
  const lines: string[] = [];
  const log = { debug() {}, info() {}, warn: (_: object, line: string) => lines.push(line), error() {} };
  const warn = warningOnce(log);
  for (let run = 0; run < 3; run++) for (const line of ["meter a: no host", "meter b: no host"]) warn(line);
  expect(lines).toEqual(["meter a: no host", "meter b: no host"]);
  for (let n = 0; n < 1000; n++) warn(`meter ${n}`);
  warn("meter a: no host");
  expect(lines.filter((line) => line === "meter a: no host")).toHaveLength(2);
});
