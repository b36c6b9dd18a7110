import * as z from "zod";
import { AdaCarbonError } from "../../usage/errors.js";
import type { ForgetsUsers } from "../forgets-users.js";
import {
  digestOf,
  type ForgottenUser,
  forgettingCalls,
  withForgotten,
  withoutUser,
} from "../kit/forgotten.js";
import type { StoreCalls } from "./calls.js";
import { readDocument } from "./failure.js";
import { ALL_DAYS, dayIds, sessionId } from "./ids.js";
import { replaceDocuments } from "./replace-documents.js";
import type { Collections } from "./schema.js";
import { sessionDocument, sessionOf } from "./session-document.js";

// { _id: "forgotten", users: [{ digest: "...", salt: "..." }, ...] }
const ID = "forgotten";
const schema = z.object({ users: z.array(z.object({ digest: z.string(), salt: z.string() })) });

type Erase = (
  collections: Collections,
  name: string,
  user: ForgottenUser,
  signal: AbortSignal | undefined,
) => Promise<void>;

/**
 * The calls that forget users. The stores of a connection have one list.
 *
 * @param erase Deletes what names the user in the collection of the store.
 */
export function forgetting(calls: StoreCalls, where: string, erase: Erase): ForgetsUsers {
  return forgettingCalls(calls.open, {
    forgotten: (signal) => calls.read("read who was forgotten", signal, (all) => readForgotten(all, where)),
    forget: (name, user, signal) =>
      calls.write("forget a user", signal, async (collections) => {
        const users = withForgotten(await readForgotten(collections, where), user);
        await collections.own.updateOne({ _id: ID }, { $set: { users } }, { upsert: true });
        await erase(collections, name, user, signal);
      }),
  });
}

async function readForgotten({ own }: Collections, where: string): Promise<readonly ForgottenUser[]> {
  const document = await own.findOne({ _id: ID });
  if (document === null) return [];
  const { data } = schema.safeParse(document);
  if (data !== undefined) return data.users;
  throw new AdaCarbonError(
    "store-corrupt",
    `${where}: document ${ID} does not say who was forgotten; it was left untouched: restore it from a backup`,
  );
}

/** Deletes a user's days, and what is left of days that were removed: the name is in their ids. */
export const eraseDays: Erase = async ({ days }, name) => {
  const ids = dayIds({ kind: "user", name }, ALL_DAYS);
  if (ids !== undefined) await days.deleteMany({ _id: ids });
};

/** A session gets another id, so it is written anew before the one with the name goes. Begun again, it is the same id. */
export const eraseFromSessions =
  (where: string): Erase =>
  async ({ sessions }, name, { salt }, signal) => {
    const found: unknown[] = [];
    const documents = [];
    for await (const document of sessions.find({ "session.user_name": { $eq: name } })) {
      const session = readDocument(document, "a workspace", where, sessionOf);
      found.push(sessionId(session.id));
      documents.push(sessionDocument(withoutUser(session, `forgotten/${await digestOf(session.id, salt)}`)));
    }
    if (documents.length === 0) return;
    await replaceDocuments(sessions, documents, signal);
    await sessions.deleteMany({ _id: { $in: found } });
  };
