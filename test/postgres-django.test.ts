import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../src/index.js";
import { postgresStores } from "../src/stores/postgres/index.js";
import { markedSession, sampleSeries } from "../src/testing/suites/index.js";
import { type DjangoProject, requireDjango, startDjangoProject } from "./servers/django.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";

// What Django makes of the tables and views, as docs/adapters.md says it.

const IDAAAS: Scope = { kind: "project", name: "IDAaaS" };
const HOST: Scope = { kind: "host", name: "host-1:9100" };

/** Django cannot know the key of a view: it is the first column. */
function withKeysOfViews(models: string): string {
  return models.replaceAll(
    /^class (AdaCarbon(?:Hours|Owners)|V\w+)\(models\.Model\):\n {4}(\w+) = models\.(\w+)\(.*\)$/gm,
    "class $1(models.Model):\n    $2 = models.$3(primary_key=True)",
  );
}

describe.skipIf(!requireDjango())("Django", () => {
  let server: RealPostgres;
  let project: DjangoProject;
  const series = sampleSeries(IDAAAS, 48, 1);

  beforeAll(async () => {
    server = await startPostgres();
    const stores = postgresStores({ url: server.url });
    await stores.migrate();
    const host = sampleSeries(HOST, 48, 2);
    const owner = { project: "IDAaaS", machine: "m", user: "u", group: "g", experiment: "e" };
    const known = {
      project: "IDAaaS",
      machine: "m",
      user: "u",
      expectedCpuSeconds: 1,
      up: null,
      by: "labels",
    };
    const owners = [
      { ...owner, busyShare: 0.25, idleShare: 1 },
      { ...owner, user: "v", busyShare: 0.75, idleShare: 0 },
    ];
    const provenance = host.provenance.map((each) => ({ ...each, host: { ...known, owners } }));
    await stores.usage.replace([{ ...host, provenance }, series]);
    await stores.workspaces.save([markedSession("s", 1)]);
    await stores.close();
    project = await startDjangoProject(server.url);
    project.setModels(withKeysOfViews(project.run("inspectdb", "--include-views")));
  });
  afterAll(async () => {
    project?.remove();
    await server?.stop();
  });

  it("has nothing to say against the models that inspectdb makes", () => {
    expect(project.run("check")).toContain("no issues");
  });

  it("reads every table and view by them", () => {
    const report = project.run(
      "shell",
      "-v0",
      "-c",
      `from django.apps import apps
for model in apps.get_app_config("usage").get_models():
    rows = list(model.objects.all())
    print(model.__name__, len(rows), len({row.pk for row in rows}))`,
    );
    const counts = new Map(
      report
        .trim()
        .split("\n")
        .map((line) => line.split(" "))
        .map(([name = "", ...numbers]) => [name, numbers.map(Number)]),
    );
    expect(counts.size).toBeGreaterThan(30);
    for (const [name, [rows, keys]] of counts) expect(keys, name).toBe(rows);
    expect(counts.get("AdaCarbonHours")).toEqual([96, 96]);
    expect(counts.get("AdaCarbonOwners")).toEqual([96, 96]);
    expect(counts.get("BridgeProjectUser")).toEqual([2, 2]);
    expect(counts.get("VProjectTotal")).toEqual([1, 1]);
  });

  it("sums what the store has", () => {
    const report = project.run(
      "shell",
      "-v0",
      "-c",
      `from usage.models import AdaCarbonHours, AdaCarbonOwners, DimInstance
from django.db.models import Sum
print(repr(AdaCarbonHours.objects.filter(kind="project", name="IDAaaS").aggregate(kwh=Sum("busy_kwh"))["kwh"]))
print(AdaCarbonOwners.objects.filter(user_name="v").aggregate(share=Sum("busy_share"))["share"])
print(DimInstance.objects.get(hostname="host-1:9100").labels["machine_name"])`,
    );
    const [kwh, share, machine] = report.trim().split("\n");
    const stored = series.busyKwh.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
    expect(Number(kwh)).toBeCloseTo(stored, 9);
    expect(Number(share)).toBe(36);
    expect(machine).toBe("m");
  });
});
