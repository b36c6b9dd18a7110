import { withoutForgotten } from "../attribution/forgotten-users.js";
import { repairAverages } from "../averages/keep.js";
import { sourcesOf } from "../intensity/project-grids.js";
import { perCore } from "../power/per-core.js";
import { batchOf, notDownloaded, withoutHours } from "../rows/batch.js";
import { conservationError } from "../rows/conservation.js";
import { estimated, withProjectGrids } from "../rows/host-hours.js";
import { assertBatch } from "../usage/assert-batch.js";
import {
  type CpuCallOptions,
  type CpuGap,
  type CpuHours,
  type CpuSource,
  type Finding,
  isGap,
} from "../usage/cpu.js";
import { badInput, isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, type FinishedHour, finishedHours, formatInstant, spanOf, spanText } from "../usage/hour.js";
import { ADA, type Scope } from "../usage/scope.js";
import { eachInSpan, inSpan } from "../usage/tracer.js";
import { comparedPlan, hoursToCompare } from "./compared-hours.js";
import type { PlanSummary, SyncEvent, SyncReport } from "./events.js";
import { KnownRows } from "./known-rows.js";
import { leftAlone } from "./left-alone.js";
import { hoursOf } from "./look-up.js";
import { assertOneBasis } from "./one-basis.js";
import { type CheckedSyncOptions, storesHosts } from "./options.js";
import { type Horizon, hasRows, type Plan, planHours, summaryOf } from "./plan.js";
import { assertKnown, projectsOf } from "./projects.js";
import { renamedProjects, renamedText, type SeemsRenamed } from "./renamed-projects.js";
import { reportOf } from "./report.js";
import { RunCarbon } from "./run-carbon.js";
import { RunMarket } from "./run-market.js";
import { ownersOfRun } from "./run-owners.js";
import { notEvenStored, RunRows } from "./run-rows.js";
import { shrunkenHours } from "./shrunken-hours.js";
import { storedSparse } from "./stored-rows.js";
import { UnknownMachineCount } from "./unknown-machines.js";

/** One run. Its fields are what the run has learnt so far. */
export class Run {
  readonly #options: CheckedSyncOptions;
  readonly #now: number;
  readonly #power;
  readonly #rules;
  /** Projects of which something was stored before this run. */
  readonly #knownProjects = new Set<string>();
  readonly #warnings: string[] = [];
  readonly #findings: Finding[] = [];
  readonly #counts = { restated: 0, kept: 0, failed: 0 };
  readonly #stored = new KnownRows();
  readonly #rows: RunRows;
  readonly #horizon: Horizon;
  readonly #carbon: RunCarbon;
  readonly #market: RunMarket;
  /** Hours that were to be fetched and stay as they are stored. */
  readonly #keptHours: FinishedHour[] = [];
  /** Why parts of the source are missing, and from which hours; none where nothing was to be fetched. */
  readonly #missing = new Map<string, FinishedHour[]>();
  #conservationError = 0;
  readonly #unknownMachines: UnknownMachineCount;

  constructor(options: CheckedSyncOptions) {
    const clock = options.clock ?? Date.now;
    this.#options = options;
    this.#now = clock();
    const { repairHorizonMs = 14 * DAY_MS, cpu } = options;
    this.#horizon = { now: this.#now, repairHorizonMs, tellsMissingParts: cpu.tellsMissingParts };
    this.#rows = new RunRows(options, this.#stored);
    this.#carbon = new RunCarbon(options, this.#stored, this.#rows.write);
    this.#market = new RunMarket(options, this.#stored, this.#rows.write);
    this.#power = options.power ?? perCore();
    this.#unknownMachines = new UnknownMachineCount(this.#power);
    this.#rules = {
      experiments: options.tenures !== undefined || options.attribution !== undefined,
      hosts: storesHosts(options),
      completeAt: options.completeAt ?? 0.99,
      fake: options.fake ?? false,
    };
  }

  async *events(): AsyncGenerator<SyncEvent, SyncReport> {
    const { interval } = this.#options;
    const hours = finishedHours(interval, this.#now);
    const projects = await this.#readStored();
    const plan = yield* this.#withChangedHours(this.#plan(hours), projects);
    const bought = this.#market.wanting(plan);
    const summary = summaryOf(plan, bought, interval);
    yield { type: "planned", plan: summary };
    yield* this.#sayWhatIsLeftOut(summary);
    yield* this.#repairAverages();
    if (summary.fetch + summary.restate > 0) yield* this.#lookUp(plan, bought, projects);
    if (summary.restate > 0) {
      yield* this.#restate(plan.restate, bought);
      yield progressOf(summary, summary.restate, `carbon of ${summary.restate} hours looked up again`);
    }
    yield* this.#measure(plan, summary, hours, projects);
    yield* this.#restateKept();
    yield* this.#sayWhatIsMissing();
    const report = this.#report(hours, projects, summary);
    yield { type: "report", report };
    return report;
  }

  /** Reads what is stored of the projects that this run is about; says which these are. */
  #readStored(): Promise<string[]> {
    const { interval, store, intensity, marketIntensity, signal, tracer } = this.#options;
    return inSpan(tracer, "ada_carbon.plan", {}, async () => {
      const wanted = await this.#wantedProjects();
      await this.#stored.read(store, wanted, interval, { signal });
      await assertOneBasis(sourcesOf(intensity), store, { signal }, marketIntensity);
      return wanted;
    });
  }

  *#sayWhatIsLeftOut({ unfinished }: PlanSummary): Generator<SyncEvent> {
    if (unfinished > 0)
      yield this.#warn(
        `${unfinished} hours are not over yet at ${formatInstant(this.#now)} and were left out`,
      );
    if (!this.#carbon.isWanted)
      yield this.#warn("there is no source of intensity: energy is stored, and new hours have no carbon");
  }

  async *#repairAverages(): AsyncGenerator<SyncEvent> {
    const { averages, store, signal } = this.#options;
    if (averages === undefined) return;
    const made = await repairAverages(store, averages, { signal });
    if (made.length > 0)
      yield this.#warn(`averages of ${made.length} machines did not match what is stored and were made anew`);
  }

  /** Intensities of all hours that need one, once it is known that the projects asked for exist. */
  async *#lookUp(
    plan: Plan,
    bought: readonly FinishedHour[],
    projects: readonly string[],
  ): AsyncGenerator<SyncEvent> {
    const { cpu, interval } = this.#options;
    const unheard = this.#carbon.named.filter((name) => !projects.includes(name));
    const named = [...(this.#options.projects ?? []), ...unheard];
    if (plan.fetch.length > 0 && named.length > 0) await assertKnown(cpu, named, interval, this.#partialCall);
    yield* this.#warned(this.#carbon.lookUp(plan));
    yield* this.#warned(this.#market.lookUp([...bought, ...plan.fetch].sort((a, b) => a - b)));
  }

  /** Fetches, estimates and stores. What was got before the source failed is stored, and not got again. */
  async *#measure(
    plan: Plan,
    summary: PlanSummary,
    hours: readonly FinishedHour[],
    projects: readonly string[],
  ): AsyncGenerator<SyncEvent> {
    const { signal } = this.#options;
    const reopened = new Set<FinishedHour>();
    let done = summary.restate;
    let failure: unknown;
    try {
      for await (const batch of this.#fetch(plan.fetch, projects)) {
        yield* this.#take(batch, projects);
        if (!isGap(batch)) for (const hour of batch.reopened ?? []) reopened.add(hour);
        done += batch.hours.length;
        if (done < summary.fetch + summary.restate) await this.#rows.storeDue();
        yield progressOf(summary, done, spanText(batch.hours));
      }
      yield* this.#measureReopened(reopened, plan, hours, projects);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (signal?.aborted !== true)
        await this.#rows.storeAll().catch((also) => {
          throw failure === undefined ? also : notEvenStored(failure, also);
        });
    }
  }

  /** Hours that were left as stored: their CPU-seconds stay, their carbon gets what was looked up. */
  async *#restateKept(): AsyncGenerator<SyncEvent> {
    const kept = this.#keptHours.filter((hour) => !Number.isNaN(this.#stored.ada.value("busyKwh", hour)));
    kept.sort((a, b) => a - b);
    yield* this.#restate(kept, kept);
  }

  async *#sayWhatIsMissing(): AsyncGenerator<SyncEvent> {
    for (const [reason, missed] of this.#missing)
      yield this.#warn(missed.length === 0 ? reason : `${spanText(missed)}: ${reason}`);
    for (const seems of await this.#renamedProjects()) yield this.#warn(renamedText(seems));
  }

  /** Those asked for and those stored; without a wish, all that the source knows. */
  async #wantedProjects(): Promise<string[]> {
    const { store, cpu, projects, interval, signal } = this.#options;
    const stored = await store.scopes("project", { signal });
    for (const { name } of stored) this.#knownProjects.add(name);
    const wished = projects ?? (await projectsOf(cpu, interval, this.#partialCall));
    return [...new Set([...wished, ...stored.map(({ name }) => name)])].sort();
  }

  /** How a source is asked of which a part may be missing. */
  get #partialCall(): CpuCallOptions {
    return { signal: this.#options.signal, onMissing: ({ message }) => this.#missFrom(message, []) };
  }

  #missFrom(reason: string, hours: readonly FinishedHour[]): void {
    this.#missing.set(reason, [...(this.#missing.get(reason) ?? []), ...hours]);
  }

  /** Projects that this run stored first, and that seem to be earlier ones under another name. */
  async #renamedProjects(): Promise<SeemsRenamed[]> {
    const { store, signal } = this.#options;
    const written = this.#rows.written.filter(({ kind }) => kind === "project");
    const fresh = written.map(({ name }) => name).filter((name) => !this.#knownProjects.has(name));
    return this.#rules.hosts && fresh.length > 0 ? renamedProjects(store, fresh, { signal }) : [];
  }

  #plan(hours: readonly FinishedHour[]): Plan {
    if (hasRows(this.#stored.series, !this.#rules.fake)) {
      const [there, run] = this.#rules.fake ? ["measured", "simulated"] : ["simulated (fake)", "real"];
      throw badInput(`the store holds ${there} hours and this is a ${run} run; use another store`);
    }
    return planHours({
      hours,
      ada: this.#stored.ada.series,
      projects: this.#stored.projects.map(({ series }) => series),
      ...this.#horizon,
      hasIntensity: this.#carbon.isWanted,
      canRestate: this.#rules.hosts || !this.#carbon.spansGrids(hours),
    });
  }

  /** The plan, corrected by how many scrapes the source has now of hours that were measured before. */
  async *#withChangedHours(plan: Plan, projects: readonly string[]): AsyncGenerator<SyncEvent, Plan> {
    const { cpu, recheckMs = 2 * DAY_MS } = this.#options;
    const ada = this.#stored.ada;
    const compared = hoursToCompare(plan, ada, this.#now - recheckMs);
    if (cpu.scrapes === undefined || compared.length === 0) return plan;
    try {
      const scrapes = await cpu.scrapes({ interval: spanOf(compared), projects }, this.#partialCall);
      return comparedPlan(plan, ada, compared, scrapes);
    } catch (error) {
      if (!isAdaCarbonError(error)) throw error;
      yield this.#warn(`recent hours were not compared with what the source has now: ${error.message}`);
      return plan;
    }
  }

  /** Hours that are done, and of which later hours' counters say more: a host was only out of sight in them. */
  async *#measureReopened(
    reopened: ReadonlySet<FinishedHour>,
    plan: Plan,
    hours: readonly FinishedHour[],
    projects: readonly string[],
  ): AsyncGenerator<SyncEvent> {
    const again = hours.filter((hour) => reopened.has(hour) && !plan.fetch.includes(hour));
    const outside = [...reopened].filter((hour) => !hours.includes(hour)).sort((a, b) => a - b);
    if (outside[0] !== undefined) {
      // Hours before the interval are measured if they are stored: what is there is then right.
      const { interval, store, signal } = this.#options;
      await this.#rows.storeAll();
      await this.#stored.read(store, projects, { from: outside[0], to: interval.to }, { signal });
      again.unshift(...outside.filter((hour) => this.#stored.ada.row(hour) !== undefined));
    }
    if (again.length === 0) return;
    yield* this.#warned(this.#carbon.lookUp({ fetch: again, restate: [] }));
    yield* this.#warned(this.#market.lookUp(again));
    for await (const batch of this.#fetch(again, projects)) yield* this.#take(batch, projects);
  }

  /** Stores hours again whose intensity got better; `bought` are those of the second ledger. */
  async *#restate(
    hours: readonly FinishedHour[],
    bought: readonly FinishedHour[],
  ): AsyncGenerator<SyncEvent> {
    const restated = this.#carbon.restate(hours, this.#rules.fake, this.#horizon);
    this.#counts.restated += yield* this.#warned(restated);
    this.#counts.restated += await this.#market.restate(bought);
  }

  /** Warnings as events. */
  async *#warned<Result>(warnings: AsyncGenerator<string, Result>): AsyncGenerator<SyncEvent, Result> {
    for (;;) {
      const next = await warnings.next();
      if (next.done === true) return next.value;
      yield this.#warn(next.value);
    }
  }

  /** The source's batches. What failed comes last, and only if something else succeeded. */
  async *#fetch(
    hours: readonly FinishedHour[],
    projects: readonly string[],
  ): AsyncGenerator<CpuHours | CpuGap> {
    if (hours.length === 0) return;
    const { cpu, signal, tracer } = this.#options;
    const gaps: CpuGap[] = [];
    let fetched = 0;
    const waiting = new Set<FinishedHour>(hours);
    const batches = cpu.cpuHours({ hours, projects, modes: this.#power.modes }, { signal });
    for await (const batch of eachInSpan(tracer, "ada_carbon.measure", batches, hoursOf)) {
      assertBatch(batch, cpu.where, waiting);
      if (isGap(batch)) {
        gaps.push(batch);
        continue;
      }
      fetched += batch.hours.length;
      yield batch;
    }
    if (waiting.size > 0) gaps.push({ hours: [...waiting], error: saidNothingOf(cpu, waiting) });
    const [first] = gaps;
    if (first !== undefined && fetched === 0) throw first.error;
    for (const gap of gaps) {
      const scopes = [ADA, ...projects.map((name): Scope => ({ kind: "project", name }))];
      const unknown = gap.hours.filter((hour) => this.#stored.ada.row(hour) === undefined);
      await this.#rows.write(notDownloaded(scopes, unknown));
      this.#counts.failed += gap.hours.length;
      this.#keptHours.push(...gap.hours);
      yield gap;
    }
  }

  async *#take(batch: CpuHours | CpuGap, projects: readonly string[]): AsyncGenerator<SyncEvent> {
    if (isGap(batch)) yield this.#warn(`${spanText(batch.hours)}: ${batch.error.message}`);
    else yield* this.#estimate(batch, projects);
  }

  async *#estimate(answer: CpuHours, projects: readonly string[]): AsyncGenerator<SyncEvent> {
    const { store, signal } = this.#options;
    const cpu = { ...answer, hosts: await withoutForgotten(answer.hosts, store, signal) };
    for (const warning of cpu.warnings) yield this.#warn(`${spanText(cpu.hours)}: ${warning}`);
    for (const reason of cpu.missing?.reasons ?? []) this.#missFrom(reason, cpu.hours);
    for (const finding of cpu.findings) {
      this.#findings.push(finding);
      yield { type: "finding", finding };
    }
    this.#unknownMachines.add(cpu);
    const always = [ADA, ...projects.map((name): Scope => ({ kind: "project", name }))];
    const { ofAll, ofProject } = this.#carbon.intensity(cpu.hours);
    // Fresh hours take nobody's place, so nothing has to be read.
    const stored = cpu.hours.some((hour) => this.#stored.ada.row(hour) !== undefined)
      ? await storedSparse(store, cpu.hours, signal)
      : new Map();
    const owned = { cpu, attribution: await ownersOfRun(cpu, this.#options, this.#power, this.#partialCall) };
    const estimate = estimated(owned, this.#power, ofAll, this.#market.intensity(cpu.hours));
    const hosts = ofProject === undefined ? estimate : withProjectGrids(estimate, ofProject);
    const { series: batch, hostsBefore } = batchOf(hosts, always, stored, this.#rules);
    const shrunken = shrunkenHours(batch, this.#stored.ada, this.#stored.projects, {
      model: this.#power.id,
      missing: cpu.missing,
    });
    if (shrunken.size > 0) {
      this.#counts.kept += shrunken.size;
      this.#keptHours.push(...shrunken);
      const what = `${shrunken.size} hours were left as stored`;
      yield this.#warn(
        `${spanText([...shrunken].sort((a, b) => a - b))}: ${what}: the source now has less of them`,
      );
    }
    const kept = withoutHours(batch, shrunken);
    this.#conservationError = Math.max(this.#conservationError, conservationError(kept));
    this.#rows.add({ series: kept, hostsBefore }, cpu.hours);
  }

  #warn(message: string): SyncEvent {
    this.#warnings.push(message);
    return { type: "warning", message };
  }

  #report(hours: readonly FinishedHour[], projects: readonly string[], plan: PlanSummary): SyncReport {
    const wanted = { ...this.#carbon.wanted(hours), isMarketWanted: this.#market.isWanted };
    return {
      ...reportOf(this.#stored.ada, this.#stored.projects, hours, this.#power),
      interval: this.#options.interval,
      projects,
      plan,
      ...this.#counts,
      ...leftAlone(this.#stored.ada, hours, wanted, this.#horizon),
      written: this.#rows.written,
      conservationError: this.#conservationError,
      unknownMachines: this.#unknownMachines.summary,
      warnings: this.#warnings,
      findings: this.#findings,
    };
  }
}

function progressOf({ fetch, restate }: PlanSummary, done: number, message: string): SyncEvent {
  return { type: "progress", done, total: fetch + restate, message };
}

function saidNothingOf({ where }: CpuSource, hours: ReadonlySet<FinishedHour>): Error {
  return badInput(
    `cpuHours of ${where} said nothing of ${spanText([...hours])}; give each hour of the request once`,
  );
}
