import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { markedAverages, sampleAverages } from "../../testing/suites/index.js";
import type { MachineAverages } from "../average-store.js";
import { fileAverageStore, fileUsageStore } from "./index.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-averages-"));
});
afterEach(() => rm(folder, { recursive: true }));

const M = "Artemis (Matlab)";
const code = (name: string) => expect.objectContaining({ code: name });
const exactly = (value: number) => ({ sum: value, lost: 0 });

/** Ten machine-hours, eight of them with carbon, each fully covered. */
const TEN: MachineAverages = {
  machine: M,
  hours: 10,
  weight: exactly(10),
  hoursWithCarbon: 8,
  weightWithCarbon: exactly(8),
  busyCpuSeconds: exactly(36_000),
  idleCpuSeconds: exactly(72_000),
  busyKwh: exactly(0.5),
  idleKwh: exactly(0.25),
  busyGco2eq: exactly(80),
  idleGco2eq: exactly(16),
};

/** The source document's shape, with the numbers of TEN. */
const DOCUMENT = {
  machine_name: M,
  metrics: {
    energy_kwh: {
      busy: { number_data_points: 10, running_average: 0.05 },
      idle: { number_data_points: 10, running_average: 0.025 },
    },
    carbon_gCo2eq: {
      number_data_points: 8,
      busy: { running_average: 10 },
      idle: { running_average: 2 },
    },
  },
};

async function stored(path: string): Promise<{ metrics: object; ada_carbon: object }> {
  return JSON.parse(await readFile(path, "utf8"));
}

/** What is in the folder of averages besides the lock and the journal. */
async function documents(): Promise<string[]> {
  return (await readdir(join(folder, "averages"))).filter((name) => !/\.(lock|journal)$/.test(name));
}

describe("fileAverageStore", () => {
  it("writes the source document's shape exactly, and one member more", async () => {
    const store = fileAverageStore(folder);
    await store.put([TEN]);
    expect(store.pathOf(M)).toBe(join(folder, "averages/Artemis%20(Matlab).json"));
    const { ada_carbon, ...theirs } = await stored(store.pathOf(M));
    expect(theirs).toEqual(DOCUMENT);
    expect(Object.keys(theirs.metrics)).toEqual(["energy_kwh", "carbon_gCo2eq"]);
    expect(ada_carbon).toMatchObject({ version: 2, hours: 10, weight: { sum: 10, lost: 0 } });
    expect(await documents()).toEqual(["Artemis%20(Matlab).json"]);
  });

  it("writes zeros where there is nothing yet, as the source document does", async () => {
    const store = fileAverageStore(folder);
    await store.put([markedAverages(M, 0)]);
    expect(await stored(store.pathOf(M))).toMatchObject({
      metrics: {
        energy_kwh: { busy: { number_data_points: 0, running_average: 0 } },
        carbon_gCo2eq: { number_data_points: 0, idle: { running_average: 0 } },
      },
    });
  });

  it("reads a document of another tool as averages times points, and keeps what it makes of it", async () => {
    const store = fileAverageStore(folder);
    await mkdir(join(folder, "averages"));
    await writeFile(store.pathOf(M), JSON.stringify(DOCUMENT));
    const derived = { ...TEN, busyCpuSeconds: exactly(0), idleCpuSeconds: exactly(0) };
    expect(await store.get(M)).toEqual(derived);
    expect(await store.list()).toEqual([M]);
    await store.put([derived]);
    expect(await stored(store.pathOf(M))).toMatchObject({ ...DOCUMENT, ada_carbon: { version: 2 } });
    expect(await store.get(M)).toEqual(derived);
  });

  it("takes a document of version 1, which did not say, for one that was learnt, and is made anew", async () => {
    const store = fileAverageStore(folder);
    await store.put([TEN]);
    const { ada_carbon, ...theirs } = await stored(store.pathOf(M));
    await writeFile(
      store.pathOf(M),
      JSON.stringify({ ...theirs, ada_carbon: { ...ada_carbon, version: 1 } }),
    );
    expect(await store.get(M)).toEqual({ ...TEN, learnt: { isStale: true } });
  });

  it("can be written while a run has locked the usage in the same folder", async () => {
    const usage = fileUsageStore(folder);
    const release = await usage.lock();
    await fileAverageStore(folder).put([TEN]);
    await release();
  });

  it("makes nothing when it reads, or removes what is not there", async () => {
    const store = fileAverageStore(join(folder, "not", "there"));
    expect(await store.get(M)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    await store.remove([M]);
    await store.put([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves no temporaries after an abort half way", async () => {
    const store = fileAverageStore(folder);
    const reason = new Error("enough");
    const controller = new AbortController();
    const many = Array.from({ length: 200 }, (_, i) => sampleAverages(`machine ${i}`, i));
    const writing = store.put(many, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(writing).rejects.toBe(reason);
    expect(await documents()).toEqual([]);
    await store.put(many);
    expect(await store.list()).toHaveLength(200);
  });
});

describe("a document that is not what it should be", () => {
  const damages: Record<string, [string, unknown, RegExp]> = {
    "is cut off": ["store-corrupt", undefined, /not JSON, or was cut off/],
    "is another document": ["store-corrupt", { machine_name: M }, /metrics/],
    "says a number is text": ["store-corrupt", { ...DOCUMENT, machine_name: 7 }, /machine_name/],
    "counts negative points": [
      "store-corrupt",
      {
        ...DOCUMENT,
        metrics: {
          ...DOCUMENT.metrics,
          carbon_gCo2eq: { ...DOCUMENT.metrics.carbon_gCo2eq, number_data_points: -1 },
        },
      },
      /number_data_points/,
    ],
    "is another machine's": [
      "store-corrupt",
      { ...DOCUMENT, machine_name: "Mantid" },
      /belong into Mantid.json/,
    ],
    "is of a newer version": [
      "store-newer",
      { ...DOCUMENT, ada_carbon: { version: 3 } },
      /version 3.*upgrade/,
    ],
  };

  it.each(Object.entries(damages))("because it %s, stops reading and the whole call", async (_, damage) => {
    const [failure, value, message] = damage;
    const store = fileAverageStore(folder);
    await store.put([TEN, markedAverages("other", 1)]);
    const path = store.pathOf(M);
    const whole = await readFile(path, "utf8");
    await writeFile(path, value === undefined ? whole.slice(0, 100) : JSON.stringify(value));
    const before = await readFile(path, "utf8");
    await expect(store.get(M)).rejects.toEqual(code(failure));
    await expect(store.get(M)).rejects.toThrow(message);
    await expect(store.get(M)).rejects.toThrow(path);
    await expect(store.put([markedAverages("other", 2), TEN])).rejects.toEqual(code(failure));
    expect(await readFile(path, "utf8")).toBe(before);
    expect(await store.get("other")).toEqual(markedAverages("other", 1));
    expect(await documents()).toHaveLength(2);
  });

  it("because another tool changed the averages alone, is not taken for either", async () => {
    const store = fileAverageStore(folder);
    await store.put([TEN]);
    const text = await readFile(store.pathOf(M), "utf8");
    await writeFile(store.pathOf(M), text.replace('"running_average": 0.05', '"running_average": 0.06'));
    await expect(store.get(M)).rejects.toThrow(/its averages are not those of its member ada_carbon/);
  });

  it("because it is a folder, is unavailable", async () => {
    const store = fileAverageStore(folder);
    await mkdir(store.pathOf(M), { recursive: true });
    await expect(store.get(M)).rejects.toEqual(code("store-unavailable"));
    await expect(store.put([TEN])).rejects.toEqual(code("store-unavailable"));
  });
});
