import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS, hoursIn, type Interval } from "ada-carbon";
import {
  type ExpositionOptions,
  openMetrics,
  prometheusText,
  type SimulatedCluster,
} from "ada-carbon/testing";
import { createBlocks, ONE_BLOCK } from "../servers/prometheus.js";
import type { Situation } from "./situation.js";

/** What has arrived of all situations by one of their runs, and had not by the run before. */
export class Stage {
  readonly situations: readonly Situation[];
  readonly clusters: readonly SimulatedCluster[];
  readonly #number: number;
  readonly #folder: string;
  readonly #blocks = new Map<string, Promise<string>>();

  constructor(all: readonly Situation[], number: number, folder: string) {
    this.situations = all.filter(({ runs }) => number < runs.length);
    this.clusters = this.situations.map(({ cluster }) => cluster);
    this.#number = number;
    this.#folder = folder;
  }

  /** When a situation runs at this stage, UTC ms. */
  now({ runs }: Situation): number {
    return runs[this.#number] ?? Number.NaN;
  }

  /** As text for a server that imports the older format of Prometheus. */
  prometheusText(): Iterable<string> {
    return prometheusText(this.clusters, this.#options(this.clusters));
  }

  /** A folder with blocks for a Prometheus, made once; of a replica what that one has seen, without its labels. */
  blocks(replica?: number): Promise<string> {
    const name = `${this.#number}-${replica ?? "all"}`;
    const known = this.#blocks.get(name) ?? this.#makeBlocks(join(this.#folder, name), replica);
    this.#blocks.set(name, known);
    return known;
  }

  async #makeBlocks(folder: string, replica: number | undefined): Promise<string> {
    const clusters =
      replica === undefined ? this.clusters : this.clusters.map((cluster) => seenBy(cluster, replica));
    await createBlocks(openMetrics(clusters, this.#options(clusters)), folder, ONE_BLOCK);
    return folder;
  }

  /** `clusters` are in the order of the situations. */
  #options(clusters: readonly SimulatedCluster[]): ExpositionOptions {
    const runs = new Map(clusters.map((cluster, i) => [cluster, this.situations[i]?.runs]));
    return {
      arrived: (cluster) => ({
        after: runs.get(cluster)?.[this.#number - 1] ?? Number.NEGATIVE_INFINITY,
        by: runs.get(cluster)?.[this.#number] ?? Number.NEGATIVE_INFINITY,
      }),
    };
  }
}

/** The stages of situations, and the end of the files they made. */
export interface Stages {
  readonly stages: readonly Stage[];
  remove(): void;
}

export function stagesOf(situations: readonly Situation[]): Stages {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-situations-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const count = Math.max(...situations.map(({ runs }) => runs.length));
  return {
    stages: Array.from({ length: count }, (_, number) => new Stage(situations, number, folder)),
    remove,
  };
}

/**
 * A cluster as one of two replicas sees it whose labels somebody else knows. Where a situation has no replicas, each
 * misses seven minutes of every hour in which the other one is there.
 */
function seenBy(cluster: SimulatedCluster, replica: number): SimulatedCluster {
  if (cluster.replicas.length > 1)
    return { ...cluster, replicas: [{ ...cluster.replicas[replica], labels: {} }] };
  const [minute, own] = [replica === 0 ? 12 : 42, cluster.replicas[0]?.outages ?? []];
  const gaps = hoursIn(cluster.scraped).map((hour): Interval => {
    const from = hour + (minute * HOUR_MS) / 60;
    return { from, to: from + (7 * HOUR_MS) / 60 };
  });
  return { ...cluster, replicas: [{ outages: [...own, ...gaps] }] };
}
