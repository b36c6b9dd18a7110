// node bench/replay/drain.ts URL (parse|discard): asks what it is told to ask, and does nothing but JSON.parse, one reply
// after the other, or nothing at all, four replies at a time, which is how many the job asks for at once.

const [, , url = "", use = "parse"] = process.argv;
let bytes = 0;

async function drainAll(asked: Iterator<{ path: string; body: string }>): Promise<void> {
  for (let next = asked.next(); next.done !== true; next = asked.next()) {
    const { path, body } = next.value;
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const response = await fetch(
      new URL(path, url),
      body === "" ? {} : { method: "POST", headers: form, body },
    );
    if (use === "parse") {
      const reply = new Uint8Array(await response.arrayBuffer());
      bytes += reply.length;
      JSON.parse(new TextDecoder().decode(reply));
    } else if (response.body !== null) {
      for await (const chunk of response.body) bytes += chunk.length;
    }
  }
}

process.once("message", (asked: { path: string; body: string }[]) => {
  void (async () => {
    const begin = performance.now();
    const all = asked.values();
    await Promise.all(Array.from({ length: use === "parse" ? 1 : 4 }, () => drainAll(all)));
    const said = { ms: performance.now() - begin, peakMb: process.resourceUsage().maxRSS / 1024, bytes };
    process.send?.(said, () => process.disconnect?.());
  })();
});
