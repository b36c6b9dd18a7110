import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IntensityPeriod } from "../../intensity/port.js";
import { HOUR_MS, parseInstant } from "../../usage/hour.js";
import { fileIntensityCache } from "./intensity-cache.js";

const HALF = HOUR_MS / 2;
const ID = "gb-carbon-intensity/national";
const period = (from: string, gco2eqPerKwh = 100): IntensityPeriod => ({
  from: parseInstant(from),
  to: parseInstant(from) + HALF,
  gco2eqPerKwh,
  kind: "actual",
  fetchedAt: parseInstant("2025-12-01T10:11:12.345Z"),
});
const newYear = [period("2024-12-31T23:00Z"), period("2024-12-31T23:30Z"), period("2025-01-01T00:00Z", 0.1)];
const always = { from: 0, to: parseInstant("2100-01-01T00:00Z") };

let folder: string;
let directory: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-intensity-"));
  directory = join(folder, "intensity", "gb-carbon-intensity%2Fnational");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("fileIntensityCache", () => {
  test("what is saved is loaded, by another object too, month by month", async () => {
    await fileIntensityCache(folder).save(ID, newYear);
    const cache = fileIntensityCache(folder);
    expect(await cache.load(ID, always)).toEqual(newYear);
    expect((await readdir(directory)).sort()).toEqual(["2024-12.json", "2025-01.json"]);
    const [, last, first] = newYear;
    expect(await cache.load(ID, { from: last?.from ?? 0, to: (first?.from ?? 0) + 1 })).toEqual([
      last,
      first,
    ]);
    expect(await cache.load(ID, { from: first?.from ?? 0, to: first?.from ?? 0 })).toEqual([]);
  });

  test("a period that reaches into the next month is found there", async () => {
    const cache = fileIntensityCache(folder);
    const long = { ...period("2024-12-31T23:00Z"), to: parseInstant("2025-01-01T03:00Z") };
    await cache.save(ID, [long]);
    const hour = parseInstant("2025-01-01T02:00Z");
    expect(await cache.load(ID, { from: hour, to: hour + HOUR_MS })).toEqual([long]);
  });

  test("a period replaces the one with the same start; saves at once do not lose each other", async () => {
    const cache = fileIntensityCache(folder);
    const starts = ["00", "01", "02", "03", "04"].map((hour) => `2025-03-01T${hour}:00Z`);
    await Promise.all(starts.map((start) => cache.save(ID, [period(start)])));
    await cache.save(ID, [period("2025-03-01T02:00Z", 7)]);
    const values = (await cache.load(ID, always)).map((p) => p.gco2eqPerKwh);
    expect(values).toEqual([100, 100, 7, 100, 100]);
    expect(await readdir(directory)).toEqual(["2025-03.json"]);
  });

  test("nothing is kept of a source that was never saved, and nothing written for none", async () => {
    const cache = fileIntensityCache(join(folder, "not", "there"));
    expect(await cache.load(ID, always)).toEqual([]);
    await cache.save(ID, []);
    expect(await readdir(folder)).toEqual([]);
  });

  test("a hostile source id stays in its folder", async () => {
    const cache = fileIntensityCache(folder);
    for (const id of ["..", "../../x", ".", "a*b"]) {
      await cache.save(id, newYear);
      expect(await cache.load(id, always)).toEqual(newYear);
    }
    expect(await readdir(folder)).toEqual(["intensity"]);
    expect((await readdir(join(folder, "intensity"))).sort()).toEqual([
      "%2E",
      "%2E%2E",
      "%2E.%2F..%2Fx",
      "a%2Ab",
    ]);
  });

  test("a newer version is store-newer, and left alone", async () => {
    const path = join(directory, "2025-01.json");
    const text = '{"version":2,"source":"gb-carbon-intensity/national","what":"is new"}';
    await mkdir(directory, { recursive: true });
    await writeFile(path, text);
    const newer = {
      code: "store-newer",
      message: expect.stringMatching(/2025-01\.json .* newer ada-carbon/),
    };
    await expect(fileIntensityCache(folder).load(ID, always)).rejects.toMatchObject(newer);
    await expect(fileIntensityCache(folder).save(ID, newYear)).rejects.toMatchObject(newer);
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test.each([
    ["half a document", '{"version":1,"sou'],
    ["an older version", '{"version":0,"source":"gb-carbon-intensity/national","periods":[]}'],
    ["another source", '{"version":1,"source":"x","periods":[]}'],
    ["a bad instant", `{"version":1,"source":"${ID}","periods":[{"from":"1","to":"2","gco2eqPerKwh":1}]}`],
    ["an empty file", ""],
  ])("%s is store-corrupt, names the file and is left alone", async (_, text) => {
    const path = join(directory, "2025-01.json");
    await mkdir(directory, { recursive: true });
    await writeFile(path, text);
    const cache = fileIntensityCache(folder);
    const corrupt = {
      code: "store-corrupt",
      message: expect.stringMatching(/2025-01\.json: .*can be deleted/),
    };
    await expect(cache.load(ID, always)).rejects.toMatchObject(corrupt);
    await expect(cache.save(ID, newYear)).rejects.toMatchObject(corrupt);
    expect(await readFile(path, "utf8")).toBe(text);
    await rm(path);
    await cache.save(ID, newYear);
    expect(await cache.load(ID, always)).toEqual(newYear);
  });

  test("a file in place of the folder is store-unavailable", async () => {
    const path = join(folder, "file");
    await writeFile(path, "");
    const cache = fileIntensityCache(path);
    await expect(cache.load(ID, always)).rejects.toMatchObject({ code: "store-unavailable" });
    await expect(cache.save(ID, newYear)).rejects.toMatchObject({ code: "store-unavailable" });
  });
});
