import { hexadecimal } from "../../usage/digest.js";
import { badInput } from "../../usage/errors.js";
import { assertArgument, ITERABLE } from "../../usage/options.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import { signalOf } from "../call-options.js";
import type { ForgetsUsers } from "../forgets-users.js";
import { assertName } from "../names.js";
import type { WorkspaceSession } from "../workspace-store.js";

/**
 * A user that was forgotten: HMAC-SHA-256 of the name, keyed with a salt that was drawn at random for the store. It says
 * of a name that comes along again whether it is this one. The name cannot be read from it, only guessed and tried.
 */
export interface ForgottenUser {
  readonly digest: string;
  readonly salt: string;
}

/** What a storage has to do itself for {@link ForgetsUsers}. */
export interface ForgettingStorage {
  /** Those who were forgotten, as keyed hashes. */
  forgotten(signal: AbortSignal | undefined): Promise<readonly ForgottenUser[]>;
  /** Erases the name and adds the user to those forgotten, unless it is among them. */
  forget(name: string, user: ForgottenUser, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * The calls of {@link ForgetsUsers}, with the checks that all stores make.
 *
 * @param open Rejects calls to a closed store, or with an aborted signal.
 */
export function forgettingCalls(
  open: { enter(signal: AbortSignal | undefined): void },
  storage: ForgettingStorage,
): ForgetsUsers {
  return {
    async forgetUser(name, options) {
      const signal = signalOf(options);
      open.enter(signal);
      assertName(name, "the name of a user");
      if (name === UNATTRIBUTED) {
        throw badInput(`${UNATTRIBUTED} is nobody's name; it cannot be forgotten`);
      }
      const [known] = await storage.forgotten(signal);
      const salt = known?.salt ?? hexadecimal(crypto.getRandomValues(new Uint8Array(32)));
      await storage.forget(name, { digest: await digestOf(name, salt), salt }, signal);
    },

    async forgottenAmong(names, options) {
      const signal = signalOf(options);
      open.enter(signal);
      assertArgument("a store", "who may have been forgotten", names, ITERABLE);
      const users = await storage.forgotten(signal);
      const digests = new Set(users.map(({ digest }) => digest));
      const found = new Set<string>();
      for (const salt of new Set(users.map((user) => user.salt)))
        for (const name of new Set(names)) if (digests.has(await digestOf(name, salt))) found.add(name);
      return found;
    },
  };
}

/** The list with the user added, if it is not there. */
export function withForgotten(users: readonly ForgottenUser[], user: ForgottenUser): ForgottenUser[] {
  return [...users.filter(({ digest }) => digest !== user.digest), user];
}

/** A session without its user, and with another id: trackers make it of the user among others. */
export function withoutUser(
  session: WorkspaceSession,
  id: string = `forgotten/${crypto.randomUUID()}`,
): WorkspaceSession {
  return { ...session, id, user: null };
}

/** The keyed hash of a text. */
export async function digestOf(text: string, salt: string): Promise<string> {
  const bytes = (from: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(from);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(salt), algorithm, false, ["sign"]);
  return hexadecimal(await crypto.subtle.sign(algorithm, key, bytes(text)));
}
