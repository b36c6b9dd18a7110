import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { errorCode } from "./io.js";

const OWNER_FILE = "owner.json";

/** Who holds a lock; kept as a file inside the lock, which is a folder. */
export interface Owner {
  /** Unique to one holding of the lock. */
  readonly token: string;
  readonly pid: number;
  /** Where that process id means something. */
  readonly machine: string;
  /** UTC milliseconds. */
  readonly since: number;
}
const ownerSchema = z.object({
  token: z.string(),
  pid: z.int().positive(),
  machine: z.string(),
  since: z.number(),
});

/** Path of the file in the lock at `lockPath` that says who holds it. */
export function ownerPath(lockPath: string): string {
  return join(lockPath, OWNER_FILE);
}

/** Who holds the lock at `lockPath`; `undefined` if nobody, or nobody who says so. */
export async function readOwner(lockPath: string): Promise<Owner | undefined> {
  try {
    const owner = ownerSchema.safeParse(JSON.parse(await readFile(ownerPath(lockPath), "utf8")));
    return owner.success ? owner.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Like {@link readOwner}, for the moment when the process exits. */
export function readOwnerSync(lockPath: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(ownerPath(lockPath), "utf8")));
  } catch {
    // Exiting: there is nobody left to tell, and a lock that is not surely ours is not ours to remove.
    return undefined;
  }
}

/** Whether the owner is a process of this machine that no longer runs. Of other machines we cannot know. */
export function isKnownDead(owner: Pick<Owner, "machine" | "pid">): boolean {
  return owner.machine === thisMachine() && !isAlive(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Only "no such process" says so; EPERM is a live process of another user.
    return errorCode(error) !== "ESRCH";
  }
}

let machine: string | undefined;

/**
 * Identifies the space of process ids, in hex digits. Two containers can share a host name and a folder and
 * still number their processes apart, so on Linux it is the boot and the pid namespace.
 */
export function thisMachine(): string {
  machine ??= createHash("sha256").update(spaceOfProcessIds()).digest("hex").slice(0, 12);
  return machine;
}

function spaceOfProcessIds(): string {
  if (process.platform !== "linux") return hostname();
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    // No /proc, so nothing to tell pid spaces apart: equal to nobody else, and staleness alone decides.
    return randomUUID();
  }
}
