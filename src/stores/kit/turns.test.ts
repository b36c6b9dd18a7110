import { expect, it } from "vitest";
import { Turns } from "./turns.js";

it("does one piece of work at a time, in the order of the calls, also after a failure", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const work = (name: string, ms: number) => async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    done.push(name);
    if (name === "second") throw new Error("refused");
  };
  const calls = [work("first", 20), work("second", 5), work("third", 0)].map((one) => turns.inTurn(one));
  expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(done).toEqual(["first", "second", "third"]);
});

it("does the last work when nothing is under way, neither in turn nor beside", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const slow = turns.beside(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done.push("read");
  });
  const write = turns.inTurn(async () => void done.push("write"));
  await turns.last(async () => void done.push("closed"));
  await Promise.all([slow, write]);
  expect(done).toEqual(["write", "read", "closed"]);
});
