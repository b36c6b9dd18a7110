import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import { type Matrix, parseValue } from "./matrix.js";
import { decodeStreamed, matrixData } from "./reference.testing.js";
import { readReply } from "./reply.js";

const grid = { from: 3_600_000, stepMs: HOUR_MS, count: 3 };
const read = (body: unknown): unknown =>
  readReply(matrixData)(
    new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
    "http://prometheus",
  );

function decode(result: readonly unknown[]): Matrix {
  const body = { status: "success", data: { resultType: "matrix", result } };
  return decodeStreamed([new TextEncoder().encode(JSON.stringify(body))], grid).data;
}

describe("a matrix reply", () => {
  it("becomes columns on the grid, missing points NaN", () => {
    const matrix = decode([
      {
        metric: { a: "1" },
        values: [
          [3600, "1.5"],
          [10800, "2e3"],
        ],
      },
    ]);
    expect([...matrix.values]).toEqual([1.5, Number.NaN, 2000]);
  });

  it("keeps what is not finite apart, and histograms", () => {
    const values = [
      [3600, "NaN"],
      [7200, "+Inf"],
      [10800, "-Inf"],
    ];
    const matrix = decode([
      { metric: {}, values },
      { metric: { h: "1" }, histograms: [[3600, {}]] },
    ]);
    expect([...matrix.values].every(Number.isNaN)).toBe(true);
    expect(matrix.notFinite.map(({ value }) => value)).toEqual(["NaN", "+Inf", "-Inf"]);
    expect(matrix.histograms).toEqual([{ h: "1" }]);
  });

  it.each([
    [[[3601, "1"]], /not among the times asked for/],
    [[[14400, "1"]], /not among the times asked for/],
    [[["3600", "1"]], /not a pair/],
    [[[3600, 1]], /not a pair/],
    [[[3600, "one"]], /"one" is not a number/],
    [[[3600, ""]], /"" is not a number/],
  ])("refuses %j", (values, message) => {
    expect(() => decode([{ metric: {}, values }])).toThrow(message);
  });

  it("reads Prometheus's spelling of numbers", () => {
    expect(["1e+06", "0.1", "-0", "+Inf"].map((text) => parseValue(text, ""))).toEqual([
      1e6,
      0.1,
      -0,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("an envelope", () => {
  const data = { resultType: "matrix", result: [] };

  it("hands on what the server says is missing, and no mere remarks", () => {
    expect(
      read({ status: "success", data, warnings: ["store gone", "PromQL info: not a counter"], infos: ["x"] }),
    ).toEqual({
      data,
      warnings: ["store gone"],
    });
    expect(read({ status: "success", data, isPartial: true })).toMatchObject({ warnings: [/in part/] });
    expect(read({ status: "success", data, warnings: null, infos: null, more: 1 })).toEqual({
      data,
      warnings: [],
    });
  });

  it.each([
    [{ status: "error", errorType: "bad_data", error: "no" }, "refused", /bad_data: no/],
    [{ status: "error", errorType: "timeout", error: "no" }, "timeout", /timeout: no/],
    [{ status: "error", errorType: "unavailable", error: "no" }, "server-error", /unavailable: no/],
    [{ status: "error", errorType: "execution", error: "no" }, "too-large", /execution: no/],
    [{ status: "error", error: "too many points" }, "too-large", /error: too many points/],
    [{ hello: "world" }, "bad-reply", /not of Prometheus/],
    [{ status: "success" }, "bad-reply", /another shape/],
    [{ status: "success", data: { resultType: "vector", result: [] } }, "bad-reply", /resultType/],
    [
      { status: "success", data: { resultType: "matrix", result: [{ metric: { a: 1 } }] } },
      "bad-reply",
      /metric\.a/,
    ],
    ["<html>", "bad-reply", /HTML/],
  ])("refuses %j", (body, code, message) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
