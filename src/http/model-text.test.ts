import { perCore, WAITING_IS_IDLE, workspaceModel } from "ada-carbon";
import { machineAverageModel, noAverages, withHour } from "ada-carbon/averages";
import { catalogueModel, parseMachines } from "ada-carbon/machines";
import { memoryAverageStore } from "ada-carbon/memory";
import { expect, it } from "vitest";
import { modelText } from "./model-text.js";

const PER_CORE = "12 W a busy core, 1 W an idle one";
const machines = (csv: string) => ({
  where: "machines.csv",
  machines: async () => parseMachines(csv, "machines.csv"),
});

it("says watts a core, the building and modes that count otherwise than is usual", () => {
  expect(modelText(perCore().id)).toBe(PER_CORE);
  expect(modelText(perCore({ busyWatts: 6.25, idleWatts: 0.5, pue: 1.2 }).id)).toBe(
    "6.25 W a busy core, 0.5 W an idle one, times 1.2 for the building",
  );
  expect(modelText(perCore({ modes: WAITING_IS_IDLE }).id)).toBe(
    `${PER_CORE}, iowait counted as idle, steal counted as idle`,
  );
  expect(modelText(perCore({ modes: {} }).id)).toBe(PER_CORE);
});

it("says the parts of a live machine", () => {
  expect(modelText(workspaceModel().id)).toBe("12 W a busy core, 6 W for active memory, 5 W always");
});

it("says of how many types there is a catalogue or averages, and what counts for others", async () => {
  const csv = "machine,busy_watts,idle_watts\nMuon,6,1\n";
  const one = await catalogueModel(machines(csv), { fallback: perCore(), pue: 1.1 });
  expect(modelText(one.id)).toBe(
    `the catalogue's watts of 1 type of machine, times 1.1 for the building; of others ${PER_CORE}`,
  );
  const store = memoryAverageStore();
  const hour = { weight: 1, busyCpuSeconds: 3600, idleCpuSeconds: 3600, busyKwh: 0.02, idleKwh: 0.004 };
  for (const machine of ["Muon", "WISH"])
    await store.put([withHour(noAverages(machine), { machine, ...hour, busyGco2eq: 4, idleGco2eq: 0.8 })]);
  const averages = await machineAverageModel(
    store,
    await catalogueModel(machines(csv), { fallback: perCore() }),
  );
  expect(modelText(averages.id)).toBe(
    `the averages of 2 types of machines; of others the catalogue's watts of 1 type of machine; of others ${PER_CORE}`,
  );
});

it("keeps the id of a model that is somebody's own", () => {
  expect(modelText("our-watts/1")).toBe("our-watts/1");
  expect(modelText("per-core/2 busy=12W")).toBe("per-core/2 busy=12W");
});
