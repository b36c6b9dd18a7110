import type { Command } from "commander";
import { type ForgetReport, type ForgottenUsage, forget } from "../sync/forget.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { UsageError } from "./usage-error.js";

interface ForgetFlags extends StoreFlags {
  readonly user: readonly string[];
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function forgetCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "forget", "--out DIR --user NAME... [--yes]", PAGE);
  const another = (name: string, before: readonly string[]): readonly string[] => [...before, name];
  return addStoreOptions(command, io)
    .option("--user <name>", "whom to forget; may be repeated", another, [])
    .option("--yes", "forget them; without it, only say what would become nobody's")
    .option("--dry-run", "only say what would become nobody's, also with --yes")
    .option("--json", "print JSON")
    .action(async (flags: ForgetFlags) => end(await run(flags, io)));
}

async function run(flags: ForgetFlags, io: Io): Promise<ExitStatus> {
  if (flags.user.length === 0) throw new UsageError("--user NAME is missing; see ada-carbon forget --help");
  return withStores(flags, async ({ usage, workspaces }) => {
    const report = await forget({
      store: usage,
      workspaces,
      users: [...new Set(flags.user)],
      dryRun: flags.yes !== true || flags.dryRun === true,
      signal: io.signal,
    });
    if (flags.json === true) io.stdout.json(report);
    else io.stdout.lines(linesOf(report));
    return EXIT.ok;
  });
}

function linesOf({ dryRun, users }: ForgetReport): string[] {
  return users.map((usage) =>
    dryRun
      ? `${whatOf(usage)} would become nobody's, in sessions too; run it again with --yes to do so`
      : `${whatOf(usage)} are nobody's now, and the name is forgotten`,
  );
}

function whatOf({ user, hours, hostHours, kwh }: ForgottenUsage): string {
  const energy = kwh === null ? "" : `, ${Number(kwh.toPrecision(4))} kWh,`;
  return `${user}: ${hours} hours, ${hostHours} hours of hosts${energy}`;
}

const PAGE = {
  description: [
    "Forgets people: what they used becomes that of unattributed, so that all sums stay, and their names are erased from rows, owners of hosts, sessions and provenance. Nothing is changed without --yes. Averages name no people.",
    "",
    "So that the next sync or restate does not store the name again, which labels and tenures go on to say, the store remembers a keyed hash of it (HMAC-SHA-256 with a random salt of the store). The name cannot be read from that; who has the store can try whether it is that of a name they guess. Labels in Prometheus, tenures, backups, exported files and logs are not ours to erase: docs/forgetting.md says what to do there.",
    "",
    "Stop trackers first. A run that was cut off is finished by running it again.",
  ].join("\n"),
  examples: [
    "ada-carbon forget --out carbon --user amara",
    "ada-carbon forget --out carbon --user amara --user bjorn --yes",
  ],
};
