import type { Settings } from "#config";
import type { ContainerFacts, RunningFacts } from "./facts.js";

/** A problem of a running container: a sentence that names it, the time since, and the remedy. */
export interface RunningProblem {
  /** `fail`: it does not do its work; `warn`: it does, but not without trouble. */
  readonly level: "warn" | "fail";
  readonly workload: string;
  readonly text: string;
}

/** Restarts before that are an old story. */
const recent = 24 * 3600 * 1000;

/**
 * Returns the problems of what runs of a stack.
 *
 * @param flags the options by which a command finds the stack: `--stack prod`
 */
export function runningProblems(
  { containers, routes, at }: RunningFacts,
  settings: Settings,
  flags: string,
): RunningProblem[] {
  return [
    ...containers.flatMap((each) =>
      (each.stopped
        ? [stopped(each)]
        : [loop(each, settings), restarts(each, at), killed(each, settings), unhealthy(each)]
      ).flatMap((found) => (found === undefined ? [] : [{ ...found, workload: each.workload }])),
    ),
    ...outOfService(containers, { routes, at }, flags),
  ];
}

type Found = Omit<RunningProblem, "workload"> | undefined;

function stopped({ name, exitCode, finishedAt }: ContainerFacts): Found {
  return {
    level: "fail",
    text: `${name} is stopped since ${time(finishedAt)} (exit code ${String(exitCode)}), while others of the stack run; keelson up starts it again, and \`docker logs ${name}\` has its last lines.`,
  };
}

function loop(container: ContainerFacts, settings: Settings): Found {
  const { name, restarting, restarts, exitCode, oomKilled, finishedAt } = container;
  if (!restarting) return undefined;
  const why = oomKilled ? "killed for memory" : `exit code ${String(exitCode)}`;
  const advice = oomKilled ? `${memoryAdvice(container, settings)}, or ` : "";
  return {
    level: "fail",
    text: `${name} does not stay up: Docker has restarted it ${times(restarts)}, and it ended last at ${time(finishedAt)} (${why}); ${advice}see \`docker logs ${name}\`.`,
  };
}

function restarts({ name, restarting, restarts, startedAt }: ContainerFacts, at: Date): Found {
  if (restarting || restarts === 0) return undefined;
  if (at.getTime() - Date.parse(startedAt) > recent) return undefined;
  return {
    level: "warn",
    text: `${name} has ended by itself: Docker has restarted it ${times(restarts)}, the last time at ${time(startedAt)}; see \`docker logs ${name}\`.`,
  };
}

function killed(container: ContainerFacts, settings: Settings): Found {
  const { name, restarting, kills, oomKilled, startedAt } = container;
  if (restarting || !(kills === undefined ? oomKilled : kills > 0)) return undefined;
  const what =
    kills === undefined ? "Processes" : kills === 1 ? "A process" : `${String(kills)} processes`;
  const verb = kills === 1 ? "was" : "were";
  return {
    level: "warn",
    text: `${what} in ${name} ${verb} killed for memory since it started at ${time(startedAt)}; ${memoryAdvice(container, settings)}.`,
  };
}

function unhealthy({ name, failing }: ContainerFacts): Found {
  if (failing === undefined) return undefined;
  const inspect = `docker inspect --format '{{json .State.Health}}' ${name}`;
  return {
    level: "fail",
    text: `${name} is unhealthy, by ${String(failing)} checks in a row; see what they said by \`${inspect}\`.`,
  };
}

function outOfService(
  containers: readonly ContainerFacts[],
  { routes, at }: Pick<RunningFacts, "routes" | "at">,
  flags: string,
): RunningProblem[] {
  const proxy = containers.find(({ workload }) => workload === "proxy");
  if (proxy === undefined) return [];
  const apps = containers.filter(({ workload }) => workload === "app").map(({ name }) => name);
  return (routes ?? []).flatMap(({ section, inService, since }): RunningProblem[] => {
    if (inService > 0) return [];
    const when = time(new Date(at.getTime() - since * 1000).toISOString());
    const service = /^service-(.+)/.exec(section)?.[1];
    const clients = section.startsWith("tcp-")
      ? `TCP port ${section.replace("tcp-", "")} is closed to clients`
      : service === undefined
        ? "clients get 503"
        : "clients of its routes get 503";
    const [first] = service === undefined ? apps : [];
    const logs = first === undefined ? "" : `see \`docker logs ${first}\`, or `;
    const of = service === undefined ? "the app" : `services.${service}`;
    return [
      {
        level: "fail",
        workload: "proxy",
        text: `${proxy.name} has no server of ${of} in service since ${when}, so ${clients}; ${logs}roll back with \`keelson rollback ${flags}\`.`,
      },
    ];
  });
}

/** The setting by which a workload gets more memory; certbot has none. */
function memoryAdvice({ workload, name }: ContainerFacts, settings: Settings): string {
  const { app, postgres, proxy, backup, monitoring, logs } = settings;
  const known: Readonly<Record<string, readonly [string, string]>> = {
    app: ["app.memory", app.memory],
    postgres: ["postgres.memory", postgres.memory],
    proxy: ["proxy.memory", proxy.memory],
    monitoring: ["monitoring.memory", monitoring.memory],
    logs: ["logs.memory", logs.memory],
    "log-shipper": ["logs.ship.memory", logs.ship.memory],
    backup: ["backup.memory", backup.memory],
    volumes: ["backup.memory", backup.memory],
    drill: ["backup.drill.memory", backup.drill.memory],
    "drill-offsite": ["backup.drill.memory", backup.drill.memory],
  };
  const [setting, value] = known[workload] ?? memoryOfNamed(workload, name, settings);
  return setting === undefined || value === undefined
    ? `see \`docker logs ${name}\``
    : `raise ${setting} (${value}) and run keelson up`;
}

/** The Redis server, or the service, of a container; its name ends with that one's, which a replica has a number after. */
function memoryOfNamed(
  workload: string,
  name: string,
  { redis, services }: Settings,
): readonly string[] {
  const all = workload === "redis" ? redis : workload === "service" ? services : {};
  const found = Object.entries<{ readonly memory: string }>(all).find(([each]) =>
    new RegExp(`-${workload}-${each}(-\\d+)?(-[0-9a-f]{7})?$`).test(name),
  );
  const section = workload === "redis" ? "redis" : "services";
  return found === undefined ? [] : [`${section}.${found[0]}.memory`, found[1].memory];
}

function times(count: number): string {
  return count === 1 ? "once" : `${String(count)} times`;
}

/** To the second, in UTC. */
function time(text: string): string {
  return text.replace(/\.\d+(?=Z$)/, "");
}
