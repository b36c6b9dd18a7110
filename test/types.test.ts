import type {
  IntensityPeriod,
  IntensitySource,
  RestatedScope,
  SyncOptions,
  SyncReport,
  UsageSeries,
} from "ada-carbon";
import { type FinishedHour, finishedHours, type UsageRecord, type UsageStore } from "ada-carbon";
import type {
  AverageBasis,
  hourlyIntensity,
  MarginalBasis,
  MarginalPeriod,
  MarginalSource,
} from "ada-carbon/intensity";
import type { UsageReader } from "ada-carbon/reports";
import type { Bin, Tally } from "ada-carbon/timeseries";
import type { TrackOptions } from "ada-carbon/workspaces";
import { expectTypeOf, it } from "vitest";

// What the types promise, held against the compiler: `npm run typecheck` fails if one of these lines is wrong.

it("a record's status says which numbers are there", () => {
  const numbersOf = (record: UsageRecord): void => {
    if (record.status === "not downloaded") {
      expectTypeOf(record.busyKwh).toEqualTypeOf<null>();
      expectTypeOf(record.busyGco2eq).toEqualTypeOf<null>();
    }
    if (record.status === "unprocessed") {
      expectTypeOf(record.busyKwh).toEqualTypeOf<number>();
      expectTypeOf(record.busyGco2eq).toEqualTypeOf<null>();
    }
    if (record.status === "download incomplete")
      expectTypeOf(record.idleGco2eq).toEqualTypeOf<number | null>();
    if (record.status === "processed" || record.status === "fake")
      expectTypeOf(record.idleGco2eq).toEqualTypeOf<number>();
    // @ts-expect-error: whoever reads a number has to ask for the status first.
    expectTypeOf(record.busyKwh).toEqualTypeOf<number>();
  };
  expectTypeOf(numbersOf).toBeFunction();
});

it("an hour that is not over can be no hour of a series", () => {
  expectTypeOf<UsageSeries["hours"]>().toEqualTypeOf<readonly FinishedHour[]>();
  expectTypeOf(finishedHours).returns.toEqualTypeOf<FinishedHour[]>();
  // @ts-expect-error: a number that nobody held against a clock may be an hour that still runs.
  const hour: FinishedHour = Date.UTC(2025, 8, 10);
  expectTypeOf(hour).toBeNumber();
  expectTypeOf<Parameters<UsageStore["replace"]>[0]>().toEqualTypeOf<readonly UsageSeries[]>();
});

it("a sum may be unknown, and is no number before somebody has asked", () => {
  expectTypeOf<Bin["busyKwh"]>().toEqualTypeOf<number | null>();
  expectTypeOf<Awaited<ReturnType<UsageReader["totals"]>>>().toEqualTypeOf<Tally>();
  expectTypeOf<SyncReport["total"]["idleGco2eq"]>().toEqualTypeOf<number | null>();
  expectTypeOf<RestatedScope["before"]["busyKwh"]>().toEqualTypeOf<number | null>();
});

it("marginal intensities are no averages: no job, tracker or sum of hours takes them", () => {
  expectTypeOf<MarginalSource>().not.toExtend<IntensitySource>();
  expectTypeOf<IntensitySource>().not.toExtend<MarginalSource>();
  expectTypeOf<MarginalPeriod>().not.toExtend<IntensityPeriod>();
  expectTypeOf<MarginalBasis>().not.toExtend<AverageBasis>();
  expectTypeOf<MarginalSource>().not.toExtend<NonNullable<SyncOptions["intensity"]>>();
  expectTypeOf<MarginalSource>().not.toExtend<TrackOptions["intensity"]>();
  expectTypeOf<MarginalPeriod[]>().not.toExtend<Parameters<typeof hourlyIntensity>[0]>();
  // @ts-expect-error: what one more kWh would cause is not added to an average.
  const mixed: IntensityPeriod[] = [{} as MarginalPeriod];
  expectTypeOf(mixed).toBeArray();
});
