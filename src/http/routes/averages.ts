import * as z from "zod";
import { type MachineMeans, machineMeans } from "../../averages/machine-averages.js";
import { recordTable } from "../../codecs/csv.js";
import { joinBases } from "../../intensity/basis-of-source.js";
import { EXAMPLE_STORED_BASIS } from "../examples.js";
import { notOffered } from "../problem.js";
import { formatText, jsonRoute, type Route } from "../route.js";
import { count, texts } from "../schemas.js";

const mean = z.number().nullable();
const meansSchema = z.strictObject({
  machine: z.string(),
  hours: count,
  busyKwh: mean,
  idleKwh: mean,
  busyGco2eq: mean,
  idleGco2eq: mean,
  busyKwPerCpu: mean,
  idleKwPerCpu: mean,
  bases: texts,
  hoursOfUnknownBasis: count,
});

export const averagesRoute: Route = jsonRoute({
  name: "averages",
  path: "/averages",
  summary: "What is normal for each machine: means of kWh and grams over its machine-hours.",
  query: z.strictObject({ format: formatText }),
  reply: z.strictObject({ machines: z.array(meansSchema) }),
  example: {
    machines: [
      {
        machine: "Muon",
        hours: 1,
        busyKwh: 0.012,
        idleKwh: 0.003,
        busyGco2eq: 2.4,
        idleGco2eq: 0.6,
        busyKwPerCpu: 0.012,
        idleKwPerCpu: 0.001,
        bases: [EXAMPLE_STORED_BASIS],
        hoursOfUnknownBasis: 0,
      },
    ],
  },
  maxAgeSeconds: 60,
  table: ({ machines }) =>
    recordTable(
      "averages",
      [...meansSchema.omit({ bases: true, hoursOfUnknownBasis: true }).keyof().options, "basis"],
      machines.map(({ bases, ...means }) => ({ ...means, basis: joinBases(bases) ?? null })),
    ),
  answer: async ({ service, request: { signal } }) => {
    const { averages } = service.options;
    if (averages === undefined) throw notOffered("machine averages");
    const machines: MachineMeans[] = [];
    for (const name of await averages.list({ signal })) {
      const known = await averages.get(name, { signal });
      if (known !== undefined) machines.push(machineMeans(known));
    }
    return { machines };
  },
});
