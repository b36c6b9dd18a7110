import type { Command } from "commander";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";

export function migrateCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "migrate", "--store PLACE", PAGE);
  return addStoreOptions(command, io).action(async (flags: StoreFlags) => {
    await withStores(flags, async (stores) => {
      await stores.migrate(io.signal);
      io.stdout.line(`${stores.where} is ready`);
      end(EXIT.ok);
    });
  });
}

const PAGE = {
  description:
    "Makes the tables, views and indexes that are missing, and brings those of an earlier version forward. Calling it again changes nothing. A folder of files needs none of it.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon migrate --store postgres://ada@db.example/carbon?schema=carbon",
        "    ada-carbon migrate --store sqlite:carbon.db",
      ].join("\n"),
    },
  ],
};
