import type { ConnectionPools } from "#lib/section-facts";
import { problem } from "#lib/settings";
import { connectionPools } from "./facts.js";
import type { Settings } from "./settings.js";

/** During a release the old and the new instances each hold a full pool. */
const poolsDuringRelease = 2;

/** Problems with the sum of the pools, a line each. */
export function connectionProblems(settings: Settings): string[] {
  const { app, postgres, database } = settings;
  const pools = connectionPools(settings);
  if (database.externalUrlSecret !== undefined) return externalProblems(settings, pools);
  const needed = pools.reduce((sum, each) => sum + atOnce(each), postgres.reservedConnections);
  if (needed <= postgres.maxConnections) return [];
  const sum = `${pools.map(term).join(" + ")} + ${String(postgres.reservedConnections)} reserved = ${String(needed)}`;
  return [
    problem(
      "app.poolSize",
      `${sum} is more than postgres.maxConnections (${String(postgres.maxConnections)})`,
      advice(settings, app.replicas * poolsDuringRelease, pools.length > 1),
    ),
  ];
}

/** Of an external database only its owner knows the limit. */
function externalProblems(
  { database, backup }: Settings,
  pools: readonly ConnectionPools[],
): string[] {
  const { maxConnections: most } = database;
  // Past a pooler it takes none of these.
  const isBackedUp = backup.enabled && database.backupUrlSecret === undefined;
  const own = ofMigration + (isBackedUp ? ofBackup : 0);
  const needed = pools.reduce((sum, each) => sum + atOnce(each), own);
  if (most === undefined || needed <= most) return [];
  const ofBackups = isBackedUp ? ` + ${String(ofBackup)} of a backup` : "";
  const sum = `${pools.map(term).join(" + ")} + ${String(ofMigration)} of a migration${ofBackups} = ${String(needed)}`;
  return [
    problem(
      "app.poolSize",
      `${sum} is more than database.maxConnections (${String(most)})`,
      "lower it, or poolSize of a service, or let the database take more",
    ),
  ];
}

/** The migration and the lock that it runs under. */
const ofMigration = 2;
/** The dump, and whoever holds the snapshot that it is of. */
const ofBackup = 2;

function atOnce({ size, instances, exclusive }: ConnectionPools): number {
  return size * instances * (exclusive ? 1 : poolsDuringRelease);
}

function term({ path, size, instances, exclusive }: ConnectionPools): string {
  const times = instances === 1 ? "" : ` × ${String(instances)} instances`;
  const twice = exclusive ? "" : " × 2 during a release";
  const of = path === "app" ? "" : ` of ${path}`;
  return `${String(size)}${times}${twice}${of}`;
}

function advice({ app, postgres }: Settings, pools: number, withServices: boolean): string {
  if (withServices) return "lower it, or poolSize of a service, or raise postgres.maxConnections";
  const most = Math.floor((postgres.maxConnections - postgres.reservedConnections) / pools);
  return most < 1 && app.replicas > 1
    ? "lower app.replicas, or raise postgres.maxConnections"
    : `set it to ${String(Math.max(most, 1))} or less, or raise postgres.maxConnections`;
}
