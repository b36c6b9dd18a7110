import type { CpuHours } from "../../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { FetchedChunk } from "../chunks/hours-in-order.js";
import type { PrometheusClient } from "../client/client.js";
import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import type { HostSelection } from "../client/queries.js";
import { hourEdges } from "../client/step-grid.js";
import { unitedEdges, useBetweenEdges } from "../edges/edge-use.js";
import { type ChunkEdges, type ChunkRequest, readEdges } from "./chunk-edges.js";
import { type GroupHours, groupHours } from "./clean-hours.js";
import { describeDoubles, describeOddReplies } from "./findings.js";
import { HourColumns } from "./hour-columns.js";
import { joinedGroups, type MachineGroups, machineGroups } from "./machine-groups.js";
import { atOtherAddresses } from "./other-addresses.js";
import { type SilentHost, silentHosts } from "./out-of-sight.js";
import { measureUnclear } from "./unclear-hours.js";

/**
 * CPU-seconds of contiguous hours: the difference of the counters at the edges of each hour, added up by the server.
 * Hours in which something happened to a host (a boot, a gap, other labels, a counter that fell) are measured by that
 * host's raw samples. When one query fails, the others are not waited for.
 */
export async function fetchChunk(
  client: PrometheusClient,
  selection: HostSelection,
  request: ChunkRequest,
  signal: AbortSignal,
): Promise<FetchedChunk> {
  const together = new AbortController();
  const call = { signal: AbortSignal.any([signal, together.signal]) };
  try {
    return await measureChunk({ client, selection, call }, request);
  } finally {
    together.abort();
  }
}

async function measureChunk(server: HostServer, request: ChunkRequest): Promise<FetchedChunk> {
  const known = await readEdges(server, request);
  const machines = await machineGroups(server, request.hours, known);
  // A host that is scraped at both ends of the first hour was heard where the chunk begins.
  const mayBeginUnheard = !known.uses.some((use) => !Number.isNaN(use?.total[0] ?? Number.NaN));
  const unseen = await silentHosts(server, known.hosts, request, mayBeginUnheard);
  const silent = await atOtherAddresses(server, request, known, unseen);
  const batch = await measureGroups(server, request, known, machines, silent.hosts);
  const warnings = [...known.warnings, ...machines.warnings, ...silent.warnings, ...batch.warnings];
  return { batch: { ...batch, warnings: [...new Set(warnings)] }, columnBytes: known.columnBytes };
}

/** Where raw samples show that two groups are one machine, it is measured again as one: each alone has only its part. */
async function measureGroups(
  server: HostServer,
  request: ChunkRequest,
  known: ChunkEdges,
  machines: MachineGroups,
  silent: readonly SilentHost[],
): Promise<CpuHours> {
  const { hours } = request;
  const { hosts, presences } = known;
  const clean = groupHours(machines.groups, hours.length, {
    ...known,
    isSameMachine: machines.isSameMachine,
  });
  const all = [...clean, ...silent.map((host) => neverSeen(host, hours.length))];
  const seen = new Set(hosts.rowsOf.keys());
  const unclear = await measureUnclear(server, request, { hosts, presences, groups: all });
  const joined = joinedGroups(machines, unclear.twins, hosts);
  if (joined.groups.length < machines.groups.length) {
    const batch = await measureGroups(server, request, known, joined, silent);
    const { findings = [] } = batch;
    const isTold = findings.some(({ kind }) => kind === "identity");
    const identities = unclear.findings.filter(({ kind }) => kind === "identity");
    return isTold ? batch : { ...batch, findings: [...findings, ...identities] };
  }

  const cells = new HourColumns(hosts.hosts.length, hours);
  fillCleanHours(cells, clean, hours, known);
  unclear.fill(cells);
  return {
    hours,
    hosts: namedHosts(hosts, [
      ...unclear.shared.filter((instance) => seen.has(instance)),
      ...clean.filter(({ isShared }) => isShared).flatMap(({ instances }) => instances),
    ]),
    ...cells.columns,
    notes: cells.notes,
    answered: hours.map((_, hour) => cells.isKnown(hosts.hosts.length, hour)),
    heardBeyond: hours.map((_, hour) => unclear.isHeardBeyond(hour)),
    scrapes: sumOfScrapes(
      presences.map(({ scrapes }) => scrapes),
      hours.length,
    ),
    reopened: unclear.reopened,
    warnings: unclear.warnings,
    findings: [...describeOddReplies(known.counted), ...describeDoubles(clean, hosts), ...unclear.findings],
  };
}

/** Hours in which nothing happened. Of rows that are one machine the first is filled, by what both say. */
function fillCleanHours(
  cells: HourColumns,
  groups: readonly GroupHours[],
  hours: readonly FinishedHour[],
  { uses, edges, clockError }: ChunkEdges,
): void {
  for (const { rows, isClean, doubles } of groups) {
    for (const row of rows) {
      const own = uses[row];
      if (own === undefined || doubles.some(({ double }) => double === row)) continue;
      const others = doubles
        .filter(({ counted }) => counted === row)
        .flatMap(({ double }) => edges[double] ?? []);
      const united = edges[row] && others.reduce(unitedEdges, edges[row]);
      const use =
        united === edges[row] || united === undefined
          ? own
          : useBetweenEdges(united, hourEdges(hours), clockError);
      hours.forEach((hour, t) => {
        if (isClean[t] !== 1) return;
        const told = Number.isNaN(use.total[t] as number) ? own : use;
        if (!Number.isNaN(told.total[t] as number)) cells.setWholeHour(row, t, told, hour, hour + HOUR_MS);
      });
    }
  }
}

/** A host that is not seen in any hour of the chunk, but before and after it. */
function neverSeen({ instance, project }: SilentHost, hours: number): GroupHours {
  return {
    instances: [instance],
    rows: [],
    onlyProject: project,
    spans: [],
    isClean: new Uint8Array(hours),
    first: hours,
    last: -1,
    doubles: [],
    isShared: false,
  };
}

function sumOfScrapes(rows: readonly Float64Array[], hours: number): Float64Array {
  const sums = new Float64Array(hours);
  for (const row of rows)
    for (let t = 0; t < hours; t++)
      if ((row[t] as number) > 0) sums[t] = (sums[t] as number) + (row[t] as number);
  return sums;
}

/** Hosts by their names: two machines with one instance label at once are told apart by their projects. */
function namedHosts(table: HostTable, shared: readonly string[]): CpuHours["hosts"] {
  const ambiguous = new Set(shared);
  return table.hosts.map((host) => {
    if (!ambiguous.has(host.instance)) return host;
    return { ...host, instance: `${host.instance} (${host.project})`, address: host.instance };
  });
}
