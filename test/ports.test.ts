import type { IncomingMessage } from "node:http";
import type {
  AverageStore,
  CallOptions,
  CpuGap,
  CpuHours,
  CpuSource,
  EnergyMeters,
  HostCallOptions,
  HostSource,
  HostsSeen,
  IntensityPeriod,
  IntensitySource,
  Interval,
  MachineAverages,
  PowerModel,
  Quantity,
  Scope,
  ScopeKind,
  SyncOptions,
  Tenure,
  TenureSource,
  UsageSeries,
  UsageStore,
  WorkspaceModel,
  WorkspaceSession,
  WorkspaceStore,
  WorkspaceTotals,
} from "ada-carbon";
import {
  type BudgetSource,
  type NodeListenerOptions,
  type RequestContext,
  toNodeListener,
} from "ada-carbon/http";
import type { ForecastSource, IntensityCache } from "ada-carbon/intensity";
import { constantIntensity, gbCarbonIntensity } from "ada-carbon/intensity";
import type { ForgettingStorage } from "ada-carbon/kit";
import { eachQuantity } from "ada-carbon/kit";
import type { MachineCatalogue, MachineWatts } from "ada-carbon/machines";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import type { MeterReadings, MeterSource } from "ada-carbon/meters";
import type { MongoDb } from "ada-carbon/mongodb";
import type { PgPool } from "ada-carbon/postgres";
import type { PrometheusReply } from "ada-carbon/prometheus";
import { prometheusCpuSource, prometheusHostSource } from "ada-carbon/prometheus";
import { type UsageTable, type UsageTableOptions, usageTable } from "ada-carbon/reports";
import type { StoreFactory, StoreUnderTest } from "ada-carbon/testing";
import { usageStoreSuite } from "ada-carbon/testing";
import type { Db } from "mongodb";
import type { Pool } from "pg";
import { expectTypeOf, it } from "vitest";

// What every port and generic promises, held against the compiler by `npm run typecheck`: whoever implements a port has
// written against these lines. One that changes is a change for them.

it("stores take scopes and intervals, and give copies", () => {
  expectTypeOf<UsageStore["read"]>().parameter(0).toEqualTypeOf<Scope>();
  expectTypeOf<UsageStore["read"]>().parameter(1).toEqualTypeOf<Interval>();
  expectTypeOf<UsageStore["read"]>().parameter(2).toEqualTypeOf<CallOptions | undefined>();
  expectTypeOf<UsageStore["read"]>().returns.resolves.toEqualTypeOf<UsageSeries>();
  expectTypeOf<UsageStore["scopes"]>().parameter(0).toEqualTypeOf<ScopeKind>();
  expectTypeOf<NonNullable<UsageStore["readKind"]>>().returns.resolves.toEqualTypeOf<UsageSeries[]>();
  expectTypeOf<NonNullable<UsageStore["lock"]>>().returns.resolves.toEqualTypeOf<() => Promise<void>>();
  expectTypeOf<UsageStore["forgottenAmong"]>().returns.resolves.toEqualTypeOf<ReadonlySet<string>>();
  expectTypeOf<AverageStore["get"]>().returns.resolves.toEqualTypeOf<MachineAverages | undefined>();
  expectTypeOf<AverageStore["put"]>().parameter(0).toEqualTypeOf<readonly MachineAverages[]>();
  expectTypeOf<WorkspaceStore["save"]>().parameter(0).toEqualTypeOf<readonly WorkspaceSession[]>();
  expectTypeOf<WorkspaceStore["totals"]>().returns.resolves.toEqualTypeOf<WorkspaceTotals>();
  expectTypeOf<WorkspaceStore["removeEnded"]>().returns.resolves.toBeNumber();
  expectTypeOf<ForgettingStorage["forget"]>().returns.resolves.toBeVoid();
  expectTypeOf(memoryUsageStore).returns.toExtend<UsageStore>();
  expectTypeOf(memoryAverageStore).returns.toExtend<AverageStore>();
  expectTypeOf(memoryWorkspaceStore).returns.toExtend<WorkspaceStore>();
});

it("sources give what they know, and say what they do not", () => {
  expectTypeOf<CpuSource["cpuHours"]>().returns.toEqualTypeOf<AsyncIterable<CpuHours | CpuGap>>();
  expectTypeOf<CpuSource["projects"]>().parameter(0).toEqualTypeOf<Interval | undefined>();
  expectTypeOf(prometheusCpuSource).returns.toEqualTypeOf<CpuSource>();
  expectTypeOf<HostSource["activeHosts"]>().parameters.toEqualTypeOf<[readonly string[], HostCallOptions]>();
  expectTypeOf<HostSource["activeHosts"]>().returns.resolves.toEqualTypeOf<HostsSeen>();
  expectTypeOf(prometheusHostSource).returns.toEqualTypeOf<HostSource>();
  expectTypeOf<IntensitySource["periods"]>().returns.resolves.toEqualTypeOf<IntensityPeriod[]>();
  expectTypeOf<IntensitySource>().toHaveProperty("forecast").extract<undefined>().toBeUndefined();
  expectTypeOf<ForecastSource["forecast"]>().toBeFunction();
  expectTypeOf(gbCarbonIntensity).returns.toExtend<IntensitySource>();
  expectTypeOf(constantIntensity).parameter(0).toBeNumber();
  expectTypeOf(constantIntensity).returns.toEqualTypeOf<IntensitySource>();
  expectTypeOf<IntensityCache["load"]>().returns.resolves.toEqualTypeOf<IntensityPeriod[]>();
  expectTypeOf<TenureSource["tenures"]>().returns.resolves.toEqualTypeOf<Tenure[]>();
  expectTypeOf<MeterSource["meterHours"]>().returns.resolves.toEqualTypeOf<MeterReadings>();
  expectTypeOf<MachineCatalogue["machines"]>().returns.resolves.toEqualTypeOf<readonly MachineWatts[]>();
  expectTypeOf<BudgetSource["budget"]>().parameter(0).toEqualTypeOf<Scope>();
});

it("models turn what was used into kWh", () => {
  expectTypeOf<PowerModel["energy"]>().returns.toEqualTypeOf<{
    readonly busyKwh: number;
    readonly idleKwh: number;
  }>();
  expectTypeOf<PowerModel["meters"]>().toEqualTypeOf<EnergyMeters | undefined>();
  expectTypeOf<EnergyMeters["idOf"]>().returns.toEqualTypeOf<string | null>();
  expectTypeOf<WorkspaceModel["watts"]>().returns.toBeNumber();
});

it("the drivers that people have are what the stores take", () => {
  expectTypeOf<Pool>().toExtend<PgPool>();
  expectTypeOf<Db>().toExtend<MongoDb>();
});

it("generics keep what they are given", () => {
  expectTypeOf(eachQuantity((name) => name.length)).toEqualTypeOf<Record<Quantity, number>>();
  expectTypeOf<PrometheusReply<string[]>["data"]>().toEqualTypeOf<string[]>();
  expectTypeOf<StoreFactory<UsageStore>>().returns.resolves.toEqualTypeOf<StoreUnderTest<UsageStore>>();
  expectTypeOf<StoreUnderTest<AverageStore>["store"]>().toEqualTypeOf<AverageStore>();
  expectTypeOf(usageStoreSuite).parameter(1).toEqualTypeOf<StoreFactory<UsageStore>>();
  type Signed = IncomingMessage & { user: string };
  expectTypeOf<NonNullable<NodeListenerOptions<Signed>["context"]>>().toEqualTypeOf<
    (incoming: Signed) => RequestContext
  >();
  expectTypeOf(toNodeListener<Signed>)
    .returns.parameter(0)
    .toEqualTypeOf<Signed>();
});

it("people give moments as they have them, and ports get milliseconds", () => {
  expectTypeOf<"2025-W37" | Date | number>().toExtend<SyncOptions["interval"]["from"]>();
  expectTypeOf<{ epochMilliseconds: number }>().toExtend<UsageTableOptions["from"]>();
  expectTypeOf<Interval>().toEqualTypeOf<{ readonly from: number; readonly to: number }>();
  expectTypeOf(usageTable).returns.resolves.toEqualTypeOf<UsageTable>();
  expectTypeOf<UsageTable["rows"][number]["totalKwh"]>().toEqualTypeOf<number | null>();
  // @ts-expect-error: a source of CPU-seconds is needed.
  const options: SyncOptions = { store: memoryUsageStore(), interval: { from: 0, to: 0 } };
  expectTypeOf(options).toBeObject();
});
