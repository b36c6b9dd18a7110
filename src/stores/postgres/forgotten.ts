import type { ForgetsUsers } from "../forgets-users.js";
import { forgettingCalls, withoutUser } from "../kit/forgotten.js";
import type { OpenGuard } from "../kit/open-guard.js";
import type { Database, Session, Work } from "./connection.js";
import { prepared } from "./migrate.js";
import { deleteSessions, readSessions, saveSessions } from "./session-rows.js";
import { tablesOf, USER } from "./tables.js";
import { toText } from "./text.js";
import { removeNames, removeOrphans } from "./usage-write.js";

const TABLE = "ada_carbon_forgotten_user";

/**
 * The calls that forget users. The stores of a database have one list.
 *
 * @param writing Does work in a transaction, under the lock that the store takes.
 * @param erase Deletes what names the user in the tables of the store.
 */
export function forgetting(
  open: OpenGuard,
  database: Database,
  writing: (signal: AbortSignal | undefined, work: Work<void>) => Promise<void>,
  erase: (session: Session, name: string) => Promise<void>,
): ForgetsUsers {
  return forgettingCalls(open, {
    forgotten: (signal) =>
      prepared(database, signal, async (session) => {
        const rows = await session.rows(`SELECT digest, salt FROM ${session.table(TABLE)}`);
        return rows.map(([digest, salt]) => ({ digest: digest ?? "", salt: salt ?? "" }));
      }),
    forget: (name, { digest, salt }, signal) =>
      writing(signal, async (session) => {
        await session.rows(
          `INSERT INTO ${session.table(TABLE)} (digest, salt) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
          [digest, salt],
        );
        await erase(session, name);
      }),
  });
}

/** Deletes a user with all rows and bridges, and what no row of a host refers to any more. */
export async function eraseFromUsage(session: Session, name: string): Promise<void> {
  const { fact, hours } = tablesOf("user");
  const ofUser = `${USER.id} IN (SELECT ${USER.id} FROM ${session.table(USER.table)} WHERE ${USER.name} = $1)`;
  for (const table of [fact, hours, "bridge_project_user"])
    await session.rows(`DELETE FROM ${session.table(table)} WHERE ${ofUser}`, [toText(name)]);
  await removeOrphans(session);
  await removeNames(session, [{ kind: "user", name }]);
}

/** Takes a user out of all sessions, and deletes the user if there are no rows of usage. */
export async function eraseFromSessions(session: Session, name: string): Promise<void> {
  const sessions = await readSessions(session, `the_user.${USER.name} = $1::text`, [toText(name)]);
  await deleteSessions(session, sessions);
  if (sessions.length > 0)
    await saveSessions(
      session,
      sessions.map((session) => withoutUser(session)),
    );
  await removeNames(session, [{ kind: "user", name }]);
}
