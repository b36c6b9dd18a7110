import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { Printer } from "./printer.js";

const EVIL = "\u001b]0;owned\u0007\u001b[2J\nwarning: forged";

function printer(isTTY = false): { printer: Printer; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY });
  return { printer: new Printer(stream), text: () => String(stream.read() ?? "") };
}

it("writes a line as one line, whatever is in it", () => {
  const { printer: out, text } = printer();
  out.line(`a ${EVIL}`);
  out.lines([EVIL, "b"]);
  out.warning(EVIL);
  const lines = text().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe("a \\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{a}warning: forged");
  expect(lines[3]).toMatch(/^warning: \\u\{1b\}/);
});

it("writes JSON that says the same", () => {
  const { printer: out, text } = printer();
  out.json({ name: `${EVIL}\u202e\u009b` }, 0);
  const line = text();
  expect(line.trimEnd()).toMatch(/^[ -~]+$/);
  expect(JSON.parse(line)).toEqual({ name: `${EVIL}\u202e\u009b` });
});

it("lets a bar move the cursor, and nothing that is in its text", () => {
  const { printer: out, text } = printer(true);
  const bar = out.bar();
  for (const movement of ["\u001b[?25l", "\u001b[1G", "\u001b[0K", "\n"]) bar?.write(movement);
  bar?.write(`█ 1/2 ${EVIL}`);
  expect(text()).toBe(
    "\u001b[?25l\u001b[1G\u001b[0K\n█ 1/2 \\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{a}warning: forged",
  );
  expect(printer().printer.bar()).toBeNull();
});
