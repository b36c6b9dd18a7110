import { context, type Tracer as OtelTracer, SpanStatusCode } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { type Logger, runSync, type Tracer } from "ada-carbon";
import { createHandler } from "ada-carbon/http";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { trackWorkspaces } from "ada-carbon/workspaces";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";

// The real pino and the real SDK of OpenTelemetry, handed in as they are.

const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 3) };

let exporter: InMemorySpanExporter;
let tracer: OtelTracer;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("test");
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => context.disable());

/** A pino logger, and the lines that it has written. */
function logging(): { logger: Logger; lines: { level: number; msg: string; [member: string]: unknown }[] } {
  const lines: { level: number; msg: string }[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  return { logger: pino({ level: "debug" }, { write }), lines };
}

const { info, warn, error: failed, debug } = pino.levels.values;

async function run(options: { logger?: Logger; tracer?: Tracer; url?: string }) {
  await using simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 2 }) });
  const { url = simulation.prometheusUrl, ...given } = options;
  return await runSync({
    cpu: prometheusCpuSource({ url, retries: 0 }),
    intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
    store: memoryUsageStore(),
    interval: { from: interval.from, to: interval.to + 3_600_000 },
    clock: () => interval.to,
    fake: true,
    ...given,
  });
}

const named = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);

describe("a tracer", () => {
  it("of OpenTelemetry is one as it is", () => {
    expectTypeOf<OtelTracer>().toExtend<Tracer>();
  });

  it("gets a span of the run, and what the run did below it", async () => {
    const report = await run({ tracer });
    const [whole, ...more] = named("ada_carbon.sync");
    expect(more).toEqual([]);
    expect(whole?.attributes).toMatchObject({
      "ada_carbon.hours.wanted": 4,
      "ada_carbon.hours.fetched": 3,
      "ada_carbon.hours.wanting": report.wanting,
    });
    const below = exporter.getFinishedSpans().filter((span) => span !== whole);
    expect(new Set(below.map(({ name }) => name))).toEqual(
      new Set(["ada_carbon.plan", "ada_carbon.look_up_intensity", "ada_carbon.measure", "ada_carbon.store"]),
    );
    for (const span of below) expect(span.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
    const measured = named("ada_carbon.measure").map(({ attributes }) => attributes["ada_carbon.hours"] ?? 0);
    expect(measured.reduce<number>((sum, hours) => sum + Number(hours), 0)).toBe(3);
  });

  it("gets the failure of a run", async () => {
    await expect(run({ tracer, url: "http://127.0.0.1:9" })).rejects.toThrow(/127\.0\.0\.1:9/);
    const [whole] = named("ada_carbon.sync");
    expect(whole?.status).toMatchObject({
      code: SpanStatusCode.ERROR,
      message: expect.stringContaining("127.0.0.1:9"),
    });
    expect(whole?.events[0]?.name).toBe("exception");
  });

  it("gets a span of each poll", async () => {
    await tracker({ tracer }).poll();
    expect(named("ada_carbon.poll")[0]?.attributes).toEqual({
      "ada_carbon.hosts": 1,
      "ada_carbon.sessions.opened": 1,
      "ada_carbon.sessions.closed": 0,
    });
  });
});

describe("a logger", () => {
  it("is told what a run does and finds", async () => {
    const { logger, lines } = logging();
    const report = await run({ logger });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [info, "sync planned"],
      ...report.warnings.map((warning) => [warn, `sync: ${warning}`]),
      [debug, expect.stringMatching(/^sync: 2025-09-10T00:00:00Z/)],
      [info, "sync done: 2025-09-10T00:00:00Z to 2025-09-10T04:00:00Z"],
    ]);
    expect(report.warnings).toHaveLength(1);
    expect(lines[0]).toMatchObject({ wanted: 4, fetch: 3, unfinished: 1 });
    expect(lines.at(-1)).toMatchObject({ busyKwh: report.total.busyKwh, statuses: { fake: 3 } });
  });

  it("is told of polls, and of those that failed", async () => {
    const { logger, lines } = logging();
    const stop = new AbortController();
    const failing = tracker({ logger, fails: true });
    await failing.run({ everyMs: 1, signal: stop.signal, onPoll: () => stop.abort() });
    await tracker({ logger }).poll();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [failed, "poll failed"],
      [warn, expect.stringMatching(/^poll: nothing: knows nothing of 1970/)],
      [debug, "poll done"],
    ]);
    expect(lines[0]).toMatchObject({ err: { message: "the list is gone" } });
    expect(lines[2]).toMatchObject({ hosts: 1, opened: 1 });
  });

  it("is told what a handler could not answer, and the reply is not", async () => {
    const { logger, lines } = logging();
    const usage = { ...memoryUsageStore(), scopes: () => Promise.reject(new Error("the disk is gone")) };
    const handler = createHandler({ usage, sites: { isis: "IDAaaS" }, logger });
    const reply = await handler(new Request("http://localhost/v1/projects"));
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain("disk");
    expect(lines[0]).toMatchObject({
      level: failed,
      path: "/v1/projects",
      err: { message: "the disk is gone" },
    });
  });
});

function tracker({ fails = false, ...given }: { logger?: Logger; tracer?: Tracer; fails?: boolean }) {
  const host = { site: "isis", instance: "h:9100", project: "IDAaaS", machine: "Muon", user: "amara" };
  const load = { seenAt: 0, bootedAt: null, cores: 4, idleFraction: 0.5, memoryActiveRatio: 0.5 };
  return trackWorkspaces({
    hosts: {
      where: "a list",
      sites: ["isis"],
      async activeHosts() {
        if (fails) throw new Error("the list is gone");
        return { hosts: [{ ...host, ...load }], watching: true, warnings: [], findings: [] };
      },
    },
    store: memoryWorkspaceStore(),
    intensity: { id: "nothing", hasActual: false, periods: async () => [] },
    fallbackGco2eqPerKwh: 100,
    clock: () => 0,
    ...given,
  });
}
