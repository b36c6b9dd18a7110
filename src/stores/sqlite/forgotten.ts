import type { ForgetsUsers } from "../forgets-users.js";
import { type ForgottenUser, forgettingCalls } from "../kit/forgotten.js";
import type { OpenGuard } from "../kit/open-guard.js";
import type { Connection } from "./connection.js";
import type { Database, Work } from "./database.js";
import type { Sliced } from "./slices.js";
import { type RowReader, readAll } from "./text.js";

const READ =
  "SELECT CAST(digest AS BLOB) AS digest, CAST(salt AS BLOB) AS salt FROM ada_carbon_forgotten_user";
const ADD = "INSERT OR IGNORE INTO ada_carbon_forgotten_user (digest, salt) VALUES (?, ?)";

/**
 * The calls that forget users. Both stores of a file have one list.
 *
 * @param writing Does work in a transaction, under the locks that the store takes.
 * @param erase Deletes what names the user in the tables of the store.
 */
export function forgetting(
  open: OpenGuard,
  database: Database,
  writing: (work: Work<void>, signal: AbortSignal | undefined) => Promise<void>,
  erase: (on: Connection, name: string) => Sliced<void>,
): ForgetsUsers {
  return forgettingCalls(open, {
    forgotten(signal) {
      return database.read((on) => readAll(on.prepare(READ).iterate(), database.path, userIn), [], signal);
    },
    async forget(name, { digest, salt }, signal) {
      await writing(function* (on) {
        on.prepare(ADD).run(digest, salt);
        yield* erase(on, name);
      }, signal);
      await database.rewrite(signal);
    },
  });
}

function userIn(row: RowReader): ForgottenUser {
  return { digest: row.text("digest"), salt: row.text("salt") };
}
