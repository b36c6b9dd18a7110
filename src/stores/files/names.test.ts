import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeName, encodeName } from "./names.js";

/** What Windows, the strictest of the three, allows in a file name. */
const SAFE = /^[A-Za-z0-9%_.!'()~-]+$/;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

describe("encodeName", () => {
  it.each([
    ["IDAaaS", "IDAaaS"],
    ["Artemis (Matlab)", "Artemis%20(Matlab)"],
    ["host-172-16-100-116.nubes.stfc.ac.uk:9100", "host-172-16-100-116.nubes.stfc.ac.uk%3A9100"],
    ["../x", "%2E.%2Fx"],
    ["..", "%2E%2E"],
    [".", "%2E"],
    ["a/b", "a%2Fb"],
    ["a\\b", "a%5Cb"],
    ["CON", "%43ON"],
    ["nul.txt", "%6Eul.txt"],
    ["COM1", "%43OM1"],
    ["console", "console"],
    ["dots..", "dots.%2E"],
    ["space ", "space%20"],
    ["what*?", "what%2A%3F"],
    ["100%", "100%25"],
    ["🙂", "%F0%9F%99%82"],
    ["nul\0byte", "nul%00byte"],
    ["a~b", "a%7Eb"],
  ])("makes %j the file name %j, and back", (name, encoded) => {
    expect(encodeName(name)).toBe(encoded);
    expect(decodeName(encoded)).toEqual({ name });
  });

  it("makes any name a file name that every system takes, below 255 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 400 }), (name) => {
        const encoded = encodeName(name);
        expect(encoded).toMatch(SAFE);
        expect(encoded).not.toMatch(RESERVED);
        expect(encoded).not.toMatch(/^\.|\.$/);
        expect(`${encoded}.parquet`.length).toBeLessThan(255);
        expect(decodeName(encoded)).toEqual(encoded.includes("~") ? "hashed" : { name });
      }),
    );
  });

  it("keeps very long names apart that begin alike", () => {
    const long = "x".repeat(400);
    expect(encodeName(`${long}a`)).toMatch(/^x{120}~[0-9a-f]{64}$/);
    expect(encodeName(`${long}a`)).not.toBe(encodeName(`${long}b`));
    expect(encodeName("é".repeat(300))).toMatch(/%C3%A9~[0-9a-f]{64}$|%C3~[0-9a-f]{64}$/);
  });

  it.each([
    ["", /empty/],
    ["\ud800", /not valid Unicode/],
  ])("refuses %j", (name, message) => {
    expect(() => encodeName(name)).toThrow(expect.objectContaining({ code: "bad-input" }));
    expect(() => encodeName(name)).toThrow(message);
  });
});

describe("decodeName", () => {
  it.each(["%zz", "%49DAaaS", "a b", "con", "a%2fb", "..", ""])(
    "knows that %j is not of our making",
    (name) => {
      expect(decodeName(name)).toBeUndefined();
    },
  );
});
