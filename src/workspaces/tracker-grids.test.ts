import { describe, expect, it } from "vitest";
import { conservationError, Lab, minutes, pollAt, T } from "../../test/support/workspace-lab.js";
import { constantIntensity } from "../intensity/constant.js";
import type { IntensitySource } from "../intensity/port.js";

const HOUR = 3_600_000;

/** A grid of one value that a test can take away. */
function grid(id: string, gco2eqPerKwh: number): IntensitySource & { isAway: boolean } {
  const source = {
    id,
    hasActual: true,
    isAway: false,
    async periods() {
      if (source.isAway) throw new Error("away");
      return [{ from: T - HOUR, to: T + 30 * HOUR, gco2eqPerKwh, kind: "forecast" as const, fetchedAt: T }];
    },
  };
  return source;
}

describe("a tracker of projects with grids of their own", () => {
  const spanning = (): Lab => {
    const lab = new Lab();
    lab.hosts = [{}, { instance: "b:9100", project: "CDAaaS", site: "clf" }];
    return lab;
  };

  it("counts each host by the grid of its project, and stores each project's hours by it", async () => {
    const lab = spanning();
    const intensity = { projects: { IDAaaS: grid("east", 100) }, others: grid("west", 300) };
    const reports = await pollAt(lab, lab.hourly({ intensity }), ...minutes(0, 65, 5));
    const last = reports.at(-1);
    expect(last?.intensity).toMatchObject({ source: "west", gco2eqPerKwh: 300 });
    expect(last?.projectIntensity).toMatchObject({ IDAaaS: { source: "east", gco2eqPerKwh: 100 } });
    const [ours] = await lab.store.active("isis");
    expect(
      ((ours?.busyGco2eq ?? 0) + (ours?.idleGco2eq ?? 0)) / ((ours?.busyKwh ?? 0) + (ours?.idleKwh ?? 0)),
    ).toBeCloseTo(100, 9);

    expect(await conservationError(lab.usage)).toBeLessThan(1e-9);
    const [east] = await lab.rows("project:IDAaaS");
    expect(east).toMatchObject({ provenance: { intensity: { source: "east" } } });
    expect(east?.gco2eqPerKwh).toBeCloseTo(100, 9);
    const [west] = await lab.rows("host:b:9100");
    expect(west).toMatchObject({ provenance: { intensity: { source: "west" } } });
    const [whole] = await lab.rows("ada");
    expect(whole).toMatchObject({ provenance: { intensity: { source: "east + west" } } });
    expect(whole?.gco2eqPerKwh).toBeCloseTo(200, 6);
    const [amara] = await lab.rows("user:amara");
    expect(amara?.gco2eqPerKwh).toBeCloseTo(200, 6);
  });

  it("without one of the grids counts the carbon of the other", async () => {
    const lab = spanning();
    const [east, west] = [grid("east", 100), grid("west", 300)];
    west.isAway = true;
    const intensity = { projects: { IDAaaS: east }, others: west };
    const reports = await pollAt(lab, lab.hourly({ intensity }), ...minutes(0, 65, 5));
    expect(reports.at(-1)).toMatchObject({
      intensity: null,
      projectIntensity: { IDAaaS: { source: "east" } },
    });
    expect(reports[0]?.warnings).toEqual([
      expect.stringMatching(/^all other projects: west: Error: away; energy is counted without carbon/),
    ]);
    expect((await lab.rows("project:IDAaaS"))[0]?.status).toMatch(/processed|incomplete/);
    expect((await lab.rows("project:IDAaaS"))[0]?.gco2eqPerKwh).toBeCloseTo(100, 9);
    expect((await lab.rows("project:CDAaaS"))[0]?.busyGco2eq).toBeNull();
    expect((await lab.rows("ada"))[0]?.busyGco2eq).toBeNull();
  });

  it("refuses grids that do not count the same, and what is no grid", () => {
    const lab = new Lab();
    const basis = {
      signal: "average",
      flow: "production",
      losses: "excluded",
      accounting: "location",
      gas: "co2",
    } as const;
    const direct = { ...grid("east", 100), basis: { ...basis, emissions: "direct" } as const };
    const lifecycle = { ...grid("west", 100), basis: { ...basis, emissions: "lifecycle" } as const };
    expect(() => lab.tracker({ intensity: { projects: { IDAaaS: direct }, others: lifecycle } })).toThrow(
      /west is average lifecycle .*, and east is average direct .*one basis/,
    );
    expect(() => lab.tracker({ intensity: { projects: {}, others: {} as IntensitySource } })).toThrow(
      /intensity is/,
    );
    expect(() =>
      lab.tracker({ intensity: { projects: { a: constantIntensity(5) }, others: direct } }),
    ).not.toThrow();
  });
});
