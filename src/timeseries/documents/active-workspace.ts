import * as z from "zod";
import { isAdaCarbonError } from "../../usage/errors.js";
import { formatInstant, parseInstant } from "../../usage/hour.js";
import { assertArgument, OBJECT } from "../../usage/options.js";
import { documentError, readDocument } from "./check.js";

/** A workspace that is in use. Energy and carbon are since its start. */
export interface ActiveWorkspace {
  /** `host-172-16-100-116.nubes.stfc.ac.uk:9100`. */
  readonly instance: string;
  readonly machine: string;
  /** kWh. */
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** UTC milliseconds. */
  readonly startedAt: number;
}

const amount = z.number().nonnegative();

/** The active-workspace document, as the source documents have it. */
export const activeWorkspaceSchema: z.ZodType<ActiveWorkspaceDocument> = z.strictObject({
  instance: z.string().min(1),
  machine_name: z.string().min(1),
  busy_kwh: amount,
  idle_kwh: amount,
  busy_gCo2eq: amount,
  idle_gCo2eq: amount,
  started_at: z.string(),
});

/** The source documents' `ActiveWorkspace`, as it is written. */
export interface ActiveWorkspaceDocument {
  instance: string;
  machine_name: string;
  busy_kwh: number;
  idle_kwh: number;
  busy_gCo2eq: number;
  idle_gCo2eq: number;
  started_at: string;
}

/** A workspace as the source documents write it. */
export function formatActiveWorkspace(workspace: ActiveWorkspace): ActiveWorkspaceDocument {
  assertArgument("formatActiveWorkspace", "workspace", workspace, OBJECT);
  return {
    instance: workspace.instance,
    machine_name: workspace.machine,
    busy_kwh: workspace.busyKwh,
    idle_kwh: workspace.idleKwh,
    busy_gCo2eq: workspace.busyGco2eq,
    idle_gCo2eq: workspace.idleGco2eq,
    started_at: formatInstant(workspace.startedAt),
  };
}

/**
 * Reads the document from its text, also with the source's own two faults, or from what JSON made of it. An
 * instance written as the label `instance="host"` is the host.
 *
 * @param where Where it is from, for messages.
 * @throws {AdaCarbonError} `bad-input` with the path of what is wrong, a start in local time included.
 */
export function parseActiveWorkspace(input: unknown, where: string): ActiveWorkspace {
  const document = readDocument(input, activeWorkspaceSchema, where);
  return {
    instance: /^instance="(.+)"$/.exec(document.instance)?.[1] ?? document.instance,
    machine: document.machine_name,
    busyKwh: document.busy_kwh,
    idleKwh: document.idle_kwh,
    busyGco2eq: document.busy_gCo2eq,
    idleGco2eq: document.idle_gCo2eq,
    startedAt: startOf(document, where),
  };
}

function startOf({ started_at }: ActiveWorkspaceDocument, where: string): number {
  try {
    return parseInstant(started_at);
  } catch (error) {
    if (!isAdaCarbonError(error)) throw error;
    throw documentError(where, ["started_at"], error.message);
  }
}
