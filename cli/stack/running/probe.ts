import type { Docker } from "#lib/docker";
import { secondsSinceChange, serverStates } from "#release/haproxy/state";
import { converse, ProxyGone, ProxySession } from "#release/proxy-session";
import { ask, labelFilters } from "../../io/docker.js";
import type { ContainerFacts, RouteFacts, RunningFacts } from "./facts.js";
import { memoryKills } from "./memory-kills.js";

/**
 * Looks at the containers of a stack that are to run for good, and at the proxy's servers; changes nothing.
 *
 * @throws Failure where Docker does not answer
 */
export async function probeRunning(
  docker: Docker,
  app: string,
  stack: string,
): Promise<RunningFacts> {
  const at = new Date();
  const states = ["running", "restarting", "exited"].flatMap((each) => [
    "--filter",
    `status=${each}`,
  ]);
  const list = await ask(docker, [
    "ps",
    "--quiet",
    "--all",
    ...states,
    ...labelFilters(app, stack),
  ]);
  if (list === "") return { containers: [], routes: undefined, at };
  // One that vanishes in between makes docker fail, but the others are still described.
  const { stdout } = await docker(["inspect", ...list.split("\n")]);
  const found = (JSON.parse(stdout === "" ? "[]" : stdout) as Inspected[]).filter(isForGood);
  // A stack that was stopped as a whole is as it should be.
  if (found.every(isStopped)) return { containers: [], routes: undefined, at };
  const proxy = found.find(
    (each) => workloadOf(each) === "proxy" && !each.State.Restarting && !isStopped(each),
  );
  const [containers, routes] = await Promise.all([
    Promise.all(found.map((each) => containerFacts(docker, each))),
    proxy === undefined ? undefined : routeFacts(docker, proxy.Id),
  ]);
  return { containers, routes, at };
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly Restarting: boolean;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: { readonly Status: string; readonly FailingStreak: number };
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
}

const workloadOf = ({ Config }: Inspected) => Config.Labels["dev.keelson.workload"] ?? "";

const isStopped = ({ State }: Inspected) => State.Status === "exited";

/** Not one that does a single thing, and is gone. */
function isForGood({ HostConfig }: Inspected): boolean {
  return !["", "no"].includes(HostConfig.RestartPolicy.Name);
}

async function containerFacts(docker: Docker, inspected: Inspected): Promise<ContainerFacts> {
  const { Id, Name, RestartCount, State } = inspected;
  const { Restarting: restarting, Health: health } = State;
  const stopped = isStopped(inspected);
  return {
    name: Name.replace(/^\//, ""),
    workload: workloadOf(inspected),
    stopped,
    restarting,
    restarts: RestartCount,
    startedAt: State.StartedAt,
    finishedAt: State.FinishedAt,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    kills:
      restarting || stopped ? undefined : await memoryKills(docker, { id: Id, pid: State.Pid }),
    // One that has ended counts as unhealthy, too.
    failing:
      !restarting && !stopped && health?.Status === "unhealthy" ? health.FailingStreak : undefined,
  };
}

/** Undefined of a proxy that ends meanwhile, or of which HAProxy does not answer. */
async function routeFacts(docker: Docker, id: string): Promise<RouteFacts[] | undefined> {
  const session = new ProxySession(converse(docker, id));
  try {
    const shown = await session.tryAdmin("show servers state");
    return shown === undefined ? undefined : routesIn(shown);
  } catch (error) {
    if (error instanceof ProxyGone) return undefined;
    throw error;
  } finally {
    await session.close();
  }
}

/** The routes to the app in what HAProxy answers to `show servers state`. */
export function routesIn(text: string): RouteFacts[] {
  const changed = secondsSinceChange(text);
  const servers = serverStates(text).map((each, index) => ({
    ...each,
    since: changed[index] ?? 0,
  }));
  const sections = [...new Set(servers.map(({ section }) => section))];
  return sections
    .filter((section) => section === "app" || /^(tcp|service)-/.test(section))
    .map((section) => {
      const own = servers.filter((each) => each.section === section);
      const inService = own.filter(
        ({ up, inMaintenance, draining }) => up && !inMaintenance && !draining,
      );
      // Places that no container has have not changed since the configuration was loaded.
      const since = Math.min(...own.map((each) => each.since));
      return { section, inService: inService.length, since };
    });
}
