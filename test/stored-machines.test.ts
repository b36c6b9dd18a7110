import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteStores } from "ada-carbon/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Watts among the hardware fields that people keep in a database.

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-stored-machines-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("machines in SQLite", () => {
  it("are those whose attributes say watts", async () => {
    const path = join(folder, "machines.db");
    const stores = sqliteStores(path);
    expect(await stores.machines.machines()).toEqual([]);
    await stores.migrate();
    const db = new DatabaseSync(path);
    const put = db.prepare("INSERT INTO ada_carbon_machine VALUES (?, ?)");
    put.run("Muon", '{"cpu":"Xeon","watts_busy":8,"watts_at_idle":1.2}');
    put.run("WISH", '{"cpu":"EPYC"}');
    expect(() => put.run("SXD", "not JSON")).toThrow(/CHECK/);
    expect(await stores.machines.machines()).toMatchObject([
      { machine: "Muon", busyCore: { watts: 8 }, idleCore: { watts: 1.2 } },
    ]);
    put.run("SXD", '{"watts_busy":-1,"watts_at_idle":1}');
    await expect(stores.machines.machines()).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/machines.db, ada_carbon_machine: "SXD": busy_watts is -1/),
    });
    db.close();
    await stores.close();
  });
});

it("averages of an earlier version are taken for learnt, those that somebody inserts for given", async () => {
  const path = join(folder, "averages.db");
  const stores = sqliteStores(path);
  await stores.migrate();
  const db = new DatabaseSync(path);
  const columns = db.prepare("SELECT * FROM pragma_table_info('ada_carbon_machine_average')").all();
  const numbers = columns
    .map(({ name }) => String(name))
    .filter((name) => !["machine_name", "learnt"].includes(name));
  db.prepare(
    `INSERT INTO ada_carbon_machine_average (machine_name, ${numbers.join(", ")}) VALUES ('Muon', ${numbers.map(() => 1).join(", ")})`,
  ).run();
  expect(await stores.averages.get("Muon")).toMatchObject({ machine: "Muon", hours: 1 });
  expect((await stores.averages.get("Muon"))?.learnt).toBeUndefined();
  db.exec(`UPDATE ada_carbon_machine_average SET learnt = '{"isStale":true}'`);
  expect((await stores.averages.get("Muon"))?.learnt).toEqual({ isStale: true });
  db.exec("UPDATE ada_carbon_machine_average SET learnt = 'nonsense'");
  await expect(stores.averages.get("Muon")).rejects.toMatchObject({ code: "store-corrupt" });
  db.close();
  await stores.close();
});
