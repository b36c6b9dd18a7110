import { type Command, Option } from "commander";
import type { IntensityCache } from "../intensity/cache-port.js";
import type { MachineCatalogue } from "../machines/machine-watts.js";
import type { AverageStore } from "../stores/average-store.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import type { Scope } from "../usage/scope.js";
import type { Io } from "./io.js";
import { assertMongodbHas, assertNoFile, assertStored } from "./missing-store.js";
import { withEnv } from "./shared-options.js";
import { ofFlags, UsageError } from "./usage-error.js";

/** The stores that a command works on. */
export interface OpenStores {
  readonly usage: UsageStore;
  readonly averages: AverageStore;
  readonly workspaces: WorkspaceStore;
  readonly intensityCache: IntensityCache;
  /** Watts of machine names, where the store has a place for them. */
  readonly machines?: MachineCatalogue;
  /** Names the place in messages, without credentials. */
  readonly where: string;
  /** The file of a scope, where scopes are files. */
  pathOf?(scope: Scope): string;
  /** Makes tables, where there are any to make; `partition` only where it is a way to make them. */
  migrate(signal: AbortSignal, partition?: "month"): Promise<void>;
  readonly hasPartitions?: true;
  close(): Promise<void>;
}

export interface StoreFlags {
  readonly out?: string;
  readonly store?: string;
}

/** `--out DIR` and `--store PLACE`, which are the same but for the places they take. */
export function addStoreOptions(command: Command, io: Io): Command {
  return command
    .addOption(
      // A folder on the command line wins over a store in the environment.
      withEnv(new Option("--out <dir>", "folder of the files"), io, "ADA_CARBON_OUT").implies({
        store: undefined,
      }),
    )
    .addOption(
      withEnv(
        new Option(
          "--store <place>",
          "instead of --out: a folder, sqlite:FILE, postgres://... or mongodb://...",
        ).conflicts("out"),
        io,
        "ADA_CARBON_STORE",
      ),
    );
}

/** How the stores are opened. */
interface Opening {
  /** Whether they may be new ones. Without it, one that is not there is refused: its name is misspelt. */
  readonly mayBegin?: boolean;
  /** A folder for when the flags name nothing. */
  readonly fallback?: string | undefined;
}

/** Does some work on the stores that the flags name, and closes them whatever comes of it. */
export async function withStores<T>(
  flags: StoreFlags,
  work: (stores: OpenStores) => Promise<T>,
  { mayBegin = false, fallback }: Opening = {},
): Promise<T> {
  const stores = await openStores(flags, mayBegin, fallback);
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}

async function openStores(flags: StoreFlags, mayBegin: boolean, fallback?: string): Promise<OpenStores> {
  const place = flags.store ?? flags.out ?? fallback;
  if (place === undefined || place === "") {
    throw new UsageError("--out DIR or --store PLACE is missing: where the numbers are kept");
  }
  if (place === "sqlite:") throw new UsageError("--store sqlite: names no file; write sqlite:FILE");
  if (place.startsWith("sqlite:")) return openSqlite(place.slice("sqlite:".length), mayBegin);
  // Its server says itself that it has no such database, or no tables.
  if (/^postgres(ql)?:\/\//.test(place)) return openPostgres(place);
  if (/^mongodb(\+srv)?:\/\//.test(place)) return openMongodb(place, mayBegin);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) {
    const scheme = place.slice(0, place.indexOf(":"));
    throw new UsageError(
      `${scheme}: is no store; give a folder, sqlite:FILE, postgres://... or mongodb://...`,
    );
  }
  if (flags.store !== undefined && /^(sqlite|postgres|postgresql|pg|mongodb|mongo)$/i.test(place)) {
    throw new UsageError(
      `--store ${place} does not say where; write sqlite:FILE, postgres://... or mongodb://..., or ./${place} for a folder of that name`,
    );
  }
  return openFolder(place, mayBegin);
}

async function openFolder(folder: string, mayBegin: boolean): Promise<OpenStores> {
  await assertNoFile(folder);
  if (!mayBegin) await assertStored(folder, "folder");
  const { fileAverageStore, fileIntensityCache, fileUsageStore, fileWorkspaceStore } = await import(
    "../stores/files/index.js"
  );
  const [usage, averages, workspaces] = [
    fileUsageStore(folder),
    fileAverageStore(folder),
    fileWorkspaceStore(folder),
  ];
  return {
    usage,
    averages,
    workspaces,
    intensityCache: fileIntensityCache(folder),
    where: folder,
    pathOf: (scope) => usage.pathOf(scope),
    migrate: async () => {},
    close: () => closeAll(usage, averages, workspaces),
  };
}

async function closeAll(...stores: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()));
}

/** Stores that are gone with the process: what demos work on. */
export async function memoryStores(): Promise<OpenStores> {
  const [{ memoryAverageStore, memoryUsageStore, memoryWorkspaceStore }, { memoryIntensityCache }] =
    await Promise.all([import("../stores/memory/index.js"), import("../intensity/cache-port.js")]);
  const [usage, averages, workspaces] = [memoryUsageStore(), memoryAverageStore(), memoryWorkspaceStore()];
  return {
    ...{ usage, averages, workspaces, where: "memory", intensityCache: memoryIntensityCache() },
    migrate: async () => {},
    close: () => closeAll(usage, averages, workspaces),
  };
}

/** Databases keep no intensities: they are asked for once a run. */
async function inMemory(): Promise<IntensityCache> {
  const { memoryIntensityCache } = await import("../intensity/cache-port.js");
  return memoryIntensityCache();
}

async function openSqlite(file: string, mayBegin: boolean): Promise<OpenStores> {
  if (!mayBegin) await assertStored(file, "file");
  const { sqliteStores } = await import("../stores/sqlite/index.js");
  const stores = sqliteStores(file);
  return {
    ...stores,
    intensityCache: await inMemory(),
    where: `sqlite:${file}`,
    migrate: (signal) => stores.migrate({ signal }),
  };
}

async function openPostgres(place: string): Promise<OpenStores> {
  const { postgresStores } = await import("../stores/postgres/index.js");
  const { url, schema } = withoutSchema(place);
  const stores = ofFlags(() => postgresStores({ url, schema }));
  return {
    ...stores,
    intensityCache: await inMemory(),
    where: shown(place),
    hasPartitions: true,
    migrate: (signal, partition) => stores.migrate({ signal, partition }),
  };
}

async function openMongodb(url: string, mayBegin: boolean): Promise<OpenStores> {
  const { mongodbStores } = await import("../stores/mongodb/index.js");
  const stores = ofFlags(() => mongodbStores({ url }));
  if (!mayBegin) await assertBegun(stores, url);
  return {
    ...stores,
    intensityCache: await inMemory(),
    where: shown(url),
    migrate: (signal) => stores.migrate({ signal }),
  };
}

/** Only where nothing is stored the server is asked what it has: it makes a database when something is written to it. */
async function assertBegun(
  { usage, close }: Pick<OpenStores, "usage" | "close">,
  url: string,
): Promise<void> {
  try {
    if ((await usage.scopes("project")).length === 0) await assertMongodbHas(url);
  } catch (error) {
    await close();
    throw error;
  }
}

/** `?schema=carbon` is ours; the driver knows no such parameter. */
function withoutSchema(place: string): { url: string; schema?: string } {
  if (!URL.canParse(place)) return { url: place };
  const url = new URL(place);
  const schema = url.searchParams.get("schema");
  url.searchParams.delete("schema");
  return schema === null ? { url: place } : { url: url.href, schema };
}

/** A URL without user, password and parameters. */
function shown(place: string): string {
  return place.replace(/^([a-z+]+:\/\/)(?:.*@)?([^?]*).*$/s, "$1$2");
}
