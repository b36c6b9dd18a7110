import { type Command, Option } from "commander";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { UsageError } from "./usage-error.js";

export function migrateCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "migrate", "--store PLACE [--partition month]", PAGE);
  return addStoreOptions(command, io)
    .addOption(
      new Option(
        "--partition <by>",
        "PostgreSQL: a partition a month, for years of thousands of hosts; what is stored is moved",
      ).choices(["month"]),
    )
    .action(async (flags: MigrateFlags) => {
      await withStores(
        flags,
        async (stores) => {
          if (flags.partition !== undefined && stores.hasPartitions !== true)
            throw new UsageError(`--partition is for PostgreSQL, and ${stores.where} is not; leave it out`);
          await stores.migrate(io.signal, flags.partition);
          io.stdout.line(`${stores.where} is ready`);
          end(EXIT.ok);
        },
        { mayBegin: true },
      );
    });
}

interface MigrateFlags extends StoreFlags {
  readonly partition?: "month";
}

const PAGE = {
  description:
    "Makes the tables, views and indexes that are missing, and brings those of an earlier version forward. Calling it again changes nothing. With --partition month, PostgreSQL keeps the rows of each UTC month in a partition of its own, under the same names of tables, keys and views; prune then drops whole months. A folder of files needs none of it.",
  examples: [
    "ada-carbon migrate --store postgres://ada@db.example/carbon?schema=carbon",
    "ada-carbon migrate --store postgres://ada@db.example/carbon --partition month",
    "ada-carbon migrate --store sqlite:carbon.db",
  ],
};
