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
  if (database.externalUrlSecret !== undefined) return [];
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

function poolsOf({ app, services, jobs }: Settings): Pools[] {
  const own = { path: "app", size: app.poolSize, instances: app.replicas, exclusive: false };
  const others = Object.entries(services).map(([name, service]) => ({
    path: `services.${name}`,
    size: poolSizeOf(service, app),
    instances: service.replicas,
    exclusive: service.exclusive,
  }));
  // A command has a process's pool. Two releases start each run once.
  const scheduled = Object.entries(jobs).flatMap(([name, { command, service }]) => {
    const of = service === undefined ? undefined : services[service];
    const size = of === undefined ? app.poolSize : poolSizeOf(of, app);
    const pool = { path: `jobs.${name}`, size, instances: 1, exclusive: true };
    return command === undefined ? [] : [pool];
  });
  return [own, ...[...others, ...scheduled].filter(({ size }) => size > 0)];
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
