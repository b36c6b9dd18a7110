import type { AverageStore, UsageStore } from "ada-carbon";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "ada-carbon/files";
import { mongodbStores } from "ada-carbon/mongodb";
import { postgresStores } from "ada-carbon/postgres";
import { sqliteStores } from "ada-carbon/sqlite";

type WorkspaceStore = ReturnType<typeof fileWorkspaceStore>;

export interface Stores {
  readonly usage: UsageStore;
  readonly averages: AverageStore;
  readonly workspaces: Omit<WorkspaceStore, "pathOf">;
  close(): Promise<void>;
}

/** Opens what `--store` names, with its tables. */
export async function openPlace(store: string): Promise<Stores> {
  if (store.startsWith("sqlite:")) return sqliteStores(store.slice("sqlite:".length));
  if (store.startsWith("postgres:")) return migrated(postgresStores({ url: store }));
  if (store.startsWith("mongodb:")) return migrated(mongodbStores({ url: store }));
  const [usage, averages, workspaces] = [
    fileUsageStore(store),
    fileAverageStore(store),
    fileWorkspaceStore(store),
  ];
  const all = [usage, averages, workspaces];
  const close = async (): Promise<void> => void (await Promise.all(all.map((each) => each.close())));
  return { usage, averages, workspaces, close };
}

async function migrated<T extends { migrate(): Promise<void> }>(stores: T): Promise<T> {
  await stores.migrate();
  return stores;
}
