// node bench/replay/drain.ts URL (parse|discard): asks what it is told to ask, one after the other, and does nothing
// but JSON.parse, or nothing at all, with the replies.

const [, , url = "", use = "parse"] = process.argv;
process.once("message", (asked: { path: string; body: string }[]) => {
  void (async () => {
    let bytes = 0;
    const begin = performance.now();
    for (const { path, body } of asked) {
      const form = { "content-type": "application/x-www-form-urlencoded" };
      const response = await fetch(
        new URL(path, url),
        body === "" ? {} : { method: "POST", headers: form, body },
      );
      const text = new TextDecoder();
      const reply = new Uint8Array(await response.arrayBuffer());
      bytes += reply.length;
      if (use === "parse") JSON.parse(text.decode(reply));
    }
    process.send?.({ ms: performance.now() - begin, peakMb: process.resourceUsage().maxRSS / 1024, bytes });
    process.disconnect?.();
  })();
});
