import * as z from "zod";
import { type ForgottenUser, withForgotten } from "../kit/forgotten.js";
import { parseDocument, readJson } from "./document.js";
import type { Draft } from "./folder-writer.js";
import { readBetweenBatches } from "./journal.js";

/** The users that were forgotten, in a folder that is written to. */
const FORGOTTEN = ".ada-carbon.forgotten";
const VERSION = 1;
const schema = z.object({
  ada_carbon: z.object({ version: z.number() }),
  users: z.array(z.object({ digest: z.string(), salt: z.string() })),
});

/** The users that were forgotten in the folder, as its last batch left them. */
export async function readForgotten(root: string, signal?: AbortSignal): Promise<readonly ForgottenUser[]> {
  return readBetweenBatches(root, async (view) => {
    for (const path of view.pathsOf(FORGOTTEN)) {
      const value = await readJson(path, signal);
      if (value !== undefined) return parseDocument(schema, value, path, VERSION).users;
    }
    return [];
  });
}

/** The list with the user added, if it changes. */
export async function draftsOfForgotten(root: string, user: ForgottenUser): Promise<Draft[]> {
  const users = await readForgotten(root);
  if (users.some(({ digest }) => digest === user.digest)) return [];
  const document = { ada_carbon: { version: VERSION }, users: withForgotten(users, user) };
  return [{ target: FORGOTTEN, content: `${JSON.stringify(document, null, 2)}\n` }];
}
