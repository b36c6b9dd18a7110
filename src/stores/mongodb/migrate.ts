import * as z from "zod";
import { clockName } from "../../timeseries/documents/day-entry.js";
import { VERSION } from "../../usage/version.js";
import { LEARNT_LONG_AGO } from "../kit/learnt.js";
import { stepsAfter, unprepared } from "../kit/versions.js";
import type { MongoDocument, MongoWrite } from "./driver.js";
import { type Collections, STORE_FLAG, storedVersion, storeVersion } from "./schema.js";

/** How long a removed day is remembered: longer than any writer takes from reading a day to writing it. */
const REMEMBERED_SECONDS = 3600;
/** Documents that are written with one message. */
const BATCH = 100;

/** Each may be carried out again, and by two processes at once. */
const STEPS: readonly ((collections: Collections) => Promise<void>)[] = [
  makeIndexes,
  // Since the second version rows may have `spread`, `unsettled` and `scrapes`; nothing stored is changed by it.
  async () => {},
  async (collections) => {
    await nameHours(collections);
    await markLearnt(collections);
  },
];

/** Makes the indexes that are missing and brings documents of earlier versions forward. */
export async function migrate(collections: Collections, where: string): Promise<void> {
  for (const step of stepsAfter(await storedVersion(collections, where), STEPS, where))
    await step(collections);
  await storeVersion(collections, STEPS.length, VERSION);
}

/** Refuses documents of another version. Where nobody has called `migrate`, only the indexes are missing. */
export async function assertNewest(collections: Collections, where: string): Promise<void> {
  const version = await storedVersion(collections, where);
  const isEarlier = stepsAfter(version, STEPS, where).length > 0;
  if (isEarlier && version > 0) throw unprepared(version, where, STORE_FLAG);
}

async function makeIndexes({ days, sessions }: Collections): Promise<void> {
  // Days are found by their _id; this one lists the scopes, and serves the queries of other programs.
  await days.createIndexes([{ name: "scope_day", key: { "scope.kind": 1, "scope.name": 1, day: 1 } }]);
  await sessions.createIndexes([
    { name: "site_start", key: { "session.site": 1, "session.started_at": 1 } },
    { name: "site_end", key: { "session.site": 1, "session.ended_at": 1 } },
  ]);
}

/** Until the third version a day had lists in which every hour had a place, and a lock without an end. */
async function nameHours({ days, own }: Collections): Promise<void> {
  const removed = { name: "removed", key: { "ada_carbon.removed_at": 1 } } as const;
  await days.createIndexes([{ ...removed, expireAfterSeconds: REMEMBERED_SECONDS }]);
  await own.deleteOne({ _id: "writer", expires_at: null });
  let writes: MongoWrite[] = [];
  for await (const document of days.find({ "ada_carbon.hours": { $type: "array" } })) {
    writes.push(...withNamedHours(document));
    if (writes.length < BATCH) continue;
    await days.bulkWrite(writes, { ordered: false });
    writes = [];
  }
  if (writes.length > 0) await days.bulkWrite(writes, { ordered: false });
}

/** Until the third version all averages were learnt, and did not say so. */
async function markLearnt({ averages }: Collections): Promise<void> {
  for await (const { _id } of averages.find({ "ada_carbon.learnt": { $exists: false } }))
    await averages.bulkWrite(
      [{ updateOne: { filter: { _id }, update: { $set: { "ada_carbon.learnt": LEARNT_LONG_AGO } } } }],
      { ordered: false },
    );
}

const numbers = z.array(z.number().nullable());
const intensity = z.looseObject({ fetched_at: z.number().nullable() }).nullable();
const listsSchema = z.object({
  revision: z.string(),
  hours: z.array(z.int()),
  status: z.array(z.string()),
  coverage: numbers,
  gco2eq_per_kwh: numbers,
  /** Places in `provenances`. */
  provenance: z.array(z.int()),
  provenances: z.array(z.looseObject({ intensity })),
});

/** Nothing for a document that cannot be understood: whoever reads it will be told. */
function withNamedHours({ _id, ada_carbon }: MongoDocument): MongoWrite[] {
  const { data } = listsSchema.safeParse(ada_carbon);
  if (data === undefined) return [];
  const provenances = data.provenances.map(({ intensity, ...rest }) => {
    if (intensity === null) return { ...rest, intensity };
    const { fetched_at: fetchedAt, ...known } = intensity;
    return { ...rest, intensity: { ...known, fetchedAt } };
  });
  const hours = data.hours.map((hour, i) => [
    clockName(hour),
    {
      status: data.status[i],
      coverage: data.coverage[i],
      gco2eqPerKwh: data.gco2eq_per_kwh[i],
      provenance: provenances[data.provenance[i] ?? -1],
    },
  ]);
  const { revision } = data;
  const update = { $set: { ada_carbon: { revision, hours: Object.fromEntries(hours) } } };
  return [{ updateOne: { filter: { _id, "ada_carbon.revision": revision }, update } }];
}
