import {
  type HostProvenance,
  INTENSITY_KINDS,
  type IntensityProvenance,
  type Provenance,
} from "../../usage/provenance.js";
import { COLUMNS, emptySeries, type MutableSeries } from "../../usage/series.js";
import { STATUSES } from "../../usage/status.js";
import { hostileNames } from "./names.js";
import { HOST, hourAt, marked, NOT_GOT, sampleHours, sampleSeries } from "./samples.js";
import { expectStored, project, type UsageSuite } from "./usage-tools.js";

const P = project("IDAaaS");

/** What is written is read back, to the last bit. */
export function valueTests({ suite, options }: UsageSuite): void {
  const { tolerance = 0 } = options;

  suite.add("missing is not zero", async (store) => {
    const series = marked(P, sampleHours(8), 1);
    const put = (row: number, value: number, ...names: (typeof COLUMNS)[number][]): void => {
      for (const name of names) series[name][row] = value;
    };
    put(0, 0, ...COLUMNS);
    put(1, Number.NaN, "coverage", "gco2eqPerKwh");
    put(2, 0, "coverage", "gco2eqPerKwh");
    series.status.fill("download incomplete", 3, 6);
    put(3, Number.NaN, "busyGco2eq", "idleGco2eq");
    put(4, Number.NaN, "idleGco2eq");
    put(5, 0, "busyGco2eq", "idleGco2eq");
    series.status[6] = "not downloaded";
    put(6, Number.NaN, ...COLUMNS);
    series.status[7] = "not downloaded";
    put(7, Number.NaN, ...COLUMNS);
    put(7, 0, "coverage");
    put(7, 120, "gco2eqPerKwh");
    await store.replace([series]);
    await expectStored(store, series, "zeros and missing numbers", tolerance);
  });

  suite.add("keeps every status, with and without coverage and intensity", async (store) => {
    const series = marked(P, sampleHours(2 * STATUSES.length), 3);
    STATUSES.forEach((status, i) => {
      for (const row of [2 * i, 2 * i + 1]) withStatus(series, row, status);
      series.coverage[2 * i] = Number.NaN;
      series.gco2eqPerKwh[2 * i] = Number.NaN;
    });
    await store.replace([series]);
    await expectStored(store, series, "statuses", tolerance);
  });

  suite.add("keeps what rows of kind host know of their host", async (store) => {
    const owner = {
      project: "IDAaaS",
      machine: "Artemis (Matlab)",
      user: "amara",
      group: 'g"\\',
      experiment: "RB1",
    };
    const owners = [{ ...owner, busyShare: 1, idleShare: 1 }];
    const whole: HostProvenance = { ...HOST, user: "amara", owners };
    const shared: HostProvenance = {
      ...whole,
      machine: "Muon",
      up: { from: hourAt(2) + 60_000, to: hourAt(3) },
      expectedCpuSeconds: 14_160.25,
      by: "tenures of bookings.csv",
      owners: [
        { ...owner, busyShare: 1 / 3, idleShare: 0.1 + 0.2 },
        { ...owner, user: "🙂", busyShare: 2 / 3, idleShare: 1 - (0.1 + 0.2) },
      ],
    };
    const series = marked({ kind: "host", name: "host-1:9100" }, sampleHours(6), 1);
    [whole, whole, shared, undefined, { ...whole, owners: [] }, whole].forEach((host, i) => {
      series.provenance[i] = { ...NOT_GOT, model: "m", ...(host === undefined ? {} : { host }) };
    });
    await store.replace([series]);
    await expectStored(store, series, "hosts", tolerance);
  });

  suite.add("keeps doubles as they are", async (store) => {
    const values = [
      0.1 + 0.2,
      1 / 3,
      Math.PI * 1e-7,
      123_456_789.123_456_79,
      Number.MIN_VALUE,
      2 ** -1022,
      Number.EPSILON,
      Number.MAX_SAFE_INTEGER,
      2 ** 60 + 2 ** 10,
      1e22,
      Number.MAX_VALUE,
      0.000_001,
      1e-7,
      5e-7,
      100,
    ];
    const series = marked(P, sampleHours(values.length), 1);
    values.forEach((value, row) => {
      COLUMNS.forEach((name, i) => {
        if (name !== "coverage") series[name][row] = values[(row + i) % values.length] ?? value;
      });
      series.coverage[row] = Math.min(1, value);
    });
    await store.replace([series]);
    await expectStored(store, series, "doubles", tolerance);
    const year = sampleSeries(P, sampleHours(500, 1000), 11);
    await store.replace([year]);
    const read = await store.read(P, { from: year.hours[0] ?? 0, to: (year.hours.at(-1) ?? 0) + 1 });
    await store.replace([{ ...read, scope: project("copy") }]);
    await expectStored(store, { ...year, scope: project("copy") }, "what was read, written again", tolerance);
  });

  suite.add("keeps the provenance of every hour", async (store) => {
    const all = provenances();
    const series = marked(P, sampleHours(all.length), 2);
    all.forEach((provenance, row) => {
      series.provenance[row] = provenance;
    });
    await store.replace([series]);
    await expectStored(store, series, "provenance", tolerance);
  });

  suite.add("keeps any text in provenance", async (store) => {
    const names = hostileNames(options);
    const series = marked(P, sampleHours(names.length), 2);
    names.forEach((name, row) => {
      const intensity: IntensityProvenance = {
        kind: "actual",
        source: name,
        basis: name,
        fetchedAt: 5,
        settled: true,
      };
      series.provenance[row] = { library: name, model: name, intensity };
    });
    await store.replace([series]);
    await expectStored(store, series, "provenance", tolerance);
  });

  suite.add("keeps rows of which nothing was downloaded", async (store) => {
    const series = emptySeries(P, sampleHours(30), NOT_GOT);
    await store.replace([series]);
    await expectStored(store, series, "rows without numbers", tolerance);
  });
}

function withStatus(series: MutableSeries, row: number, status: (typeof STATUSES)[number]): void {
  series.status[row] = status;
  const missing = (...names: (typeof COLUMNS)[number][]): void => {
    for (const name of names) series[name][row] = Number.NaN;
  };
  if (status === "not downloaded") missing("busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh");
  if (status === "not downloaded" || status === "unprocessed") missing("busyGco2eq", "idleGco2eq");
}

/** Every combination that an hour can have, and values that formats round or drop. */
function provenances(): Provenance[] {
  const intensities: (IntensityProvenance | null)[] = [null];
  for (const kind of INTENSITY_KINDS) {
    for (const settled of [true, false]) {
      for (const fetchedAt of [null, 0, 1_757_500_000_123, Date.UTC(2099, 11, 31)]) {
        intensities.push({ kind, source: `${kind} of somewhere`, fetchedAt, settled });
      }
    }
  }
  intensities.push({ kind: "actual", source: "", fetchedAt: 1, settled: true });
  // What a source may say of its values, each alone and together.
  const about = { kind: "estimated", source: "grid", fetchedAt: 1, settled: false } as const;
  intensities.push({ ...about, basis: "average lifecycle consumption losses-excluded location co2e" });
  intensities.push({ ...about, updatedAt: 1_757_500_000_123 });
  intensities.push({ ...about, basis: "", updatedAt: 0 });
  return ["0.1.0", "2.0.0-rc.1+build", ""].flatMap((library) =>
    [null, "", "per-core/1(busy=12W,idle=1W)"].flatMap((model) =>
      intensities.map((intensity) => ({ library, model, intensity })),
    ),
  );
}
