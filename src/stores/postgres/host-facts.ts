import type { HostProvenance, OwnerShare } from "../../usage/provenance.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Session } from "./connection.js";
import { givenRows, instants, jsons, texts } from "./given-rows.js";
import { addNames } from "./names.js";
import { type Dimension, GROUP, INSTANCE, PROJECT, tablesOf, USER } from "./tables.js";
import { toText, toTextOrNull } from "./text.js";

/**
 * Writes what rows of hosts know besides usage into the source documents' tables: the labels of instances, and
 * which users and groups there are in which project.
 */
export async function writeHostFacts(session: Session, batch: readonly UsageSeries[]): Promise<void> {
  const hosts = batch.filter(({ scope }) => scope.kind === "host");
  if (hosts.length === 0) return;
  await writeLabels(session, hosts);
  const owners = new Set(hosts.flatMap(({ provenance }) => [...new Set(provenance)]));
  const shares = [...owners].flatMap(({ host }) => host?.owners ?? []);
  await writeBridge(
    session,
    "bridge_project_user",
    USER,
    pairs(shares, ({ user }) => user),
  );
  await writeBridge(
    session,
    "bridge_project_group",
    GROUP,
    pairs(shares, ({ group }) => group),
  );
}

/** Labels are those of the last hour of a host that is stored. Labels under other names stay. */
async function writeLabels(session: Session, hosts: readonly UsageSeries[]): Promise<void> {
  const known = hosts.flatMap(({ scope, hours, provenance }) => {
    const [hour, host] = [hours.at(-1), provenance.at(-1)?.host];
    return hour === undefined || host === undefined ? [] : [{ name: scope.name, hour, host }];
  });
  if (known.length === 0) return;
  const given = givenRows({
    hostname: texts(known.map(({ name }) => name)),
    hour: instants(known.map(({ hour }) => hour)),
    labels: jsons(known.map(({ host }) => JSON.stringify(labelsOf(host)))),
  });
  const labels = "jsonb_strip_nulls(coalesce(instance.labels, '{}') || given.labels::jsonb)";
  await session.rows(
    `UPDATE ${session.table(INSTANCE.table)} AS instance SET labels = ${labels}
     FROM ${given.table}
     WHERE instance.hostname = given.hostname AND instance.labels IS DISTINCT FROM ${labels}
       AND NOT EXISTS (SELECT 1 FROM ${session.table(tablesOf("host").hours)} AS later
         WHERE later.instance_id = instance.instance_id AND later.timestamp_utc > given.hour)`,
    given.parameters,
  );
}

/** Under the names that the labels have in Prometheus unless a configuration says otherwise. */
function labelsOf({ project, machine, user }: HostProvenance): Record<string, string | null> {
  return {
    cloud_project_name: toText(project),
    machine_name: toTextOrNull(machine),
    user: toTextOrNull(user),
  };
}

type Pair = readonly [project: string, other: string];

/** Each project with each other name that has a part of its hosts. */
function pairs(shares: readonly OwnerShare[], other: (share: OwnerShare) => string): Pair[] {
  const known = new Map<string, Pair>();
  for (const share of shares) {
    const pair: Pair = [share.project, other(share)];
    if (!pair.includes(UNATTRIBUTED)) known.set(JSON.stringify(pair), pair);
  }
  return [...known.values()];
}

async function writeBridge(
  session: Session,
  bridge: string,
  other: Dimension,
  found: readonly Pair[],
): Promise<void> {
  if (found.length === 0) return;
  const [projects, others] = [found.map(([project]) => project), found.map(([, name]) => name)];
  await addNames(session, [PROJECT, projects], [other, others]);
  const given = givenRows({ [PROJECT.name]: texts(projects), [other.name]: texts(others) });
  await session.rows(
    `INSERT INTO ${session.table(bridge)} (${PROJECT.id}, ${other.id})
     SELECT ${PROJECT.id}, ${other.id} FROM ${given.table}
     JOIN ${session.table(PROJECT.table)} USING (${PROJECT.name})
     JOIN ${session.table(other.table)} USING (${other.name})
     ON CONFLICT DO NOTHING`,
    given.parameters,
  );
}
