import { expect, it } from "vitest";
import { attempt } from "./failure.js";
import { settingsOf } from "./options.js";

const settings = settingsOf({ url: "mongodb://ada:hunter2@db.example:27017/carbon" });

/** An error as the driver throws it: its kind is in its name. */
function thrown(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

it.each([
  [thrown("MongoNetworkError", "read ECONNRESET"), "unreachable"],
  [thrown("MongoBulkWriteError", "read ECONNRESET"), "unreachable"],
  [thrown("MongoBulkWriteError", "connection 3 to 127.0.0.1:27017 closed"), "unreachable"],
  [thrown("MongoBulkWriteError", "gone", { cause: thrown("MongoNetworkError", "gone") }), "unreachable"],
  [thrown("MongoBulkWriteError", "E11000 duplicate key"), "store-unavailable"],
  [thrown("MongoServerError", "no", { code: 18 }), "unauthorised"],
])("%s is %s, without the password", async (error, code) => {
  const failed = attempt(settings, "write usage", () => Promise.reject(error));
  await expect(failed).rejects.toMatchObject({ code, message: expect.not.stringContaining("hunter2") });
});
