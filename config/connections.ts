import { problem } from "#lib/settings";
import { poolSizeOf } from "./services.js";
import type { Settings } from "./settings.js";

/** During a release the old and the new instances each hold a full pool. */
const poolsDuringRelease = 2;

/** Connections that the containers of one process may hold at once. */
interface Pools {
  /** Setting of the pool's size. */
  readonly path: string;
  readonly size: number;
  readonly instances: number;
  /** The old ones have ended before the new ones start. */
  readonly exclusive: boolean;
}

/** What is wrong with the sum of the pools, a line each. */
export function connectionProblems(settings: Settings): string[] {
  const { app, postgres, database } = settings;
  if (database.externalUrlSecret !== undefined) return externalProblems(settings);
  const pools = poolsOf(settings);
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
function externalProblems(settings: Settings): string[] {
  const { maxConnections: most } = settings.database;
  const pools = poolsOf(settings);
  // The migration and the lock that it runs under.
  const needed = pools.reduce((sum, each) => sum + atOnce(each), ofMigration);
  if (most === undefined || needed <= most) return [];
  const sum = `${pools.map(term).join(" + ")} + ${String(ofMigration)} of a migration = ${String(needed)}`;
  return [
    problem(
      "app.poolSize",
      `${sum} is more than database.maxConnections (${String(most)})`,
      "lower it, or poolSize of a service, or let the database take more",
    ),
  ];
}

const ofMigration = 2;

function poolsOf({ app, services }: Settings): Pools[] {
  const own = { path: "app", size: app.poolSize, instances: app.replicas, exclusive: false };
  const others = Object.entries(services).map(([name, service]) => ({
    path: `services.${name}`,
    size: poolSizeOf(service, app),
    instances: service.replicas,
    exclusive: service.exclusive,
  }));
  return [own, ...others.filter(({ size }) => size > 0)];
}

function atOnce({ size, instances, exclusive }: Pools): number {
  return size * instances * (exclusive ? 1 : poolsDuringRelease);
}

function term({ path, size, instances, exclusive }: Pools): string {
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
