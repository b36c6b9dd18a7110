import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/suites/index.js";
import { fileWorkspaceStore } from "./index.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-workspaces-"));
});
afterEach(() => rm(folder, { recursive: true }));

const EVER = { from: 0, to: Date.UTC(2100, 0, 1) };
const code = (name: string) => expect.objectContaining({ code: name });
const START = Date.UTC(2025, 8, 11, 10, 30);
const SESSION = sampleSession("isis/host-1:9100/1", 1, {
  instance: "host-172-16-100-116.nubes.stfc.ac.uk:9100",
  startedAt: START,
  countedUntil: START + 60_000,
  busyKwh: 0.5,
  idleKwh: 0.25,
  busyGco2eq: 60,
  idleGco2eq: 30,
});

async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.(lock|journal)$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe("fileWorkspaceStore", () => {
  it("writes an array of the source document's entries, each with one member more", async () => {
    const store = fileWorkspaceStore(folder);
    await store.save([SESSION]);
    expect(store.pathOf("isis")).toBe(join(folder, "workspaces/isis.json"));
    const [{ ada_carbon, ...theirs }] = JSON.parse(await readFile(store.pathOf("isis"), "utf8"));
    expect(theirs).toEqual({
      instance: "host-172-16-100-116.nubes.stfc.ac.uk:9100",
      machine_name: "Artemis (Matlab)",
      busy_kwh: 0.5,
      idle_kwh: 0.25,
      busy_gCo2eq: 60,
      idle_gCo2eq: 30,
      started_at: "2025-09-11T10:30:00Z",
    });
    expect(ada_carbon).toMatchObject({ version: 1, id: SESSION.id, site: "isis", ended_at: null });
  });

  it("moves sessions that are over to the month of their end, which a poll does not touch", async () => {
    const store = fileWorkspaceStore(folder);
    await store.save([SESSION, { ...SESSION, id: "b" }, { ...SESSION, id: "c" }]);
    await store.end(["b"], Date.UTC(2025, 8, 30, 23, 59));
    await store.end(["c"], Date.UTC(2025, 9, 1));
    const [september, october] = ["2025-09", "2025-10"].map((month) => `workspaces/ended/isis/${month}.json`);
    expect(await files()).toEqual([september, october, "workspaces/isis.json"]);
    const before = await stat(join(folder, september ?? ""));
    await store.save([{ ...SESSION, busyKwh: 1 }]);
    expect((await stat(join(folder, september ?? ""))).ino).toBe(before.ino);
    expect((await store.sessions("isis", EVER)).map((session) => session.id)).toEqual(["b", "c", SESSION.id]);
    await store.save([{ ...SESSION, id: "b" }]);
    expect((await store.active("isis")).map((session) => session.id)).toEqual(["b", SESSION.id]);
    expect(await readFile(join(folder, september ?? ""), "utf8")).toBe("[]\n");
  });

  it("reads the source document's example, as another tool would have written it", async () => {
    const store = fileWorkspaceStore(folder);
    await mkdir(join(folder, "workspaces"));
    const entry = {
      instance: 'instance="host-172-16-100-116.nubes.stfc.ac.uk:9100"',
      machine_name: "Artemis (Matlab)",
      busy_kwh: 0,
      idle_kwh: 0,
      busy_gCo2eq: 0,
      idle_gCo2eq: 0,
      started_at: "2025-09-11T10:30:00Z",
    };
    await writeFile(store.pathOf("isis"), JSON.stringify([entry]));
    const [session] = await store.active("isis");
    expect(session).toMatchObject({
      id: "isis/host-172-16-100-116.nubes.stfc.ac.uk:9100/2025-09-11T10:30:00Z",
      site: "isis",
      instance: "host-172-16-100-116.nubes.stfc.ac.uk:9100",
      machine: "Artemis (Matlab)",
      user: null,
      startedAt: START,
      countedUntil: START,
      endedAt: null,
    });
    await store.end([session?.id ?? ""], START + 1);
    expect(await store.active("isis")).toEqual([]);
    expect(await store.sessions("isis", EVER)).toEqual([{ ...session, endedAt: START + 1 }]);
  });

  it("makes nothing when it reads, or ends what is not there", async () => {
    const store = fileWorkspaceStore(join(folder, "not", "there"));
    expect(await store.active("isis")).toEqual([]);
    expect(await store.sessions("isis", EVER)).toEqual([]);
    await store.end(["a"], START);
    await store.save([]);
    expect(await files()).toEqual([]);
  });

  it("leaves no temporaries", async () => {
    const store = fileWorkspaceStore(folder);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(store.save([SESSION], { signal })).rejects.toThrow("enough");
    await store.save([SESSION]);
    await Promise.all(["a", "b", "c"].map((id) => store.save([{ ...SESSION, id }])));
    expect(await files()).toEqual(["workspaces/isis.json"]);
  });
});

describe("a document that is not what it should be", () => {
  const damages: Record<string, [string, (text: string) => string, RegExp]> = {
    "is cut off": ["store-corrupt", (text) => text.slice(0, 90), /not JSON, or was cut off/],
    "is no array": ["store-corrupt", () => "{}", /not an array of workspaces/],
    "has an instant without offset": [
      "store-corrupt",
      (text) => text.replace("10:30:00Z", "10:30:00"),
      /started_at/,
    ],
    "has negative energy": [
      "store-corrupt",
      (text) => text.replace('"busy_kwh":0.5', '"busy_kwh":-1'),
      /busyKwh is -1/,
    ],
    "is another site's": [
      "store-corrupt",
      (text) => text.replace('"site":"isis"', '"site":"clf"'),
      /a session of clf/,
    ],
    "has a session twice": [
      "store-corrupt",
      (text) => text.replace(/\{.*\}/s, (all) => `${all},${all}`),
      /twice/,
    ],
    "is of a newer version": [
      "store-newer",
      (text) => text.replace('"version":1', '"version":2'),
      /version 2.*upgrade/,
    ],
  };

  it.each(Object.entries(damages))("because it %s, stops reading and writing", async (_, damage) => {
    const [failure, change, message] = damage;
    const store = fileWorkspaceStore(folder);
    await store.save([SESSION]);
    const path = store.pathOf("isis");
    await writeFile(path, change(await readFile(path, "utf8")));
    const before = await readFile(path, "utf8");
    for (const call of [
      () => store.active("isis"),
      () => store.sessions("isis", EVER),
      () => store.totals("isis", EVER),
      () => store.save([SESSION]),
      () => store.end([SESSION.id], START),
    ]) {
      await expect(call()).rejects.toEqual(code(failure));
      await expect(call()).rejects.toThrow(message);
    }
    expect(await readFile(path, "utf8")).toBe(before);
    expect(await files()).toEqual(["workspaces/isis.json"]);
  });

  it("because it holds a session of another month, is named", async () => {
    const store = fileWorkspaceStore(folder);
    await store.save([{ ...SESSION, endedAt: START + 1 }]);
    const ended = join(folder, "workspaces/ended/isis");
    await writeFile(join(ended, "2025-11.json"), await readFile(join(ended, "2025-09.json")));
    await expect(store.sessions("isis", EVER)).rejects.toThrow(
      /2025-11.json cannot be read.*did not end in that month/,
    );
  });
});
