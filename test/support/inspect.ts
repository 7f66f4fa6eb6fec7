// What Docker says of a stack's containers.
import { healthCommand } from "#release/health";
import { docker, tryDocker } from "./docker.js";
import type { Stack } from "./stack.js";

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** A container as `docker inspect` shows it; the parts that tests look at. */
export interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
    readonly Pid: number;
  };
  readonly Config: {
    readonly Cmd: readonly string[] | null;
    readonly Env: readonly string[];
    readonly Healthcheck?: { readonly Test?: readonly string[] | null };
    readonly Image: string;
    readonly User: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: {
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly Init: boolean | null;
    readonly LogConfig: {
      readonly Type: string;
      readonly Config: Readonly<Record<string, string>>;
    };
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number | null;
    readonly Privileged: boolean;
    readonly ReadonlyRootfs: boolean;
    readonly RestartPolicy: { readonly Name: string };
    readonly SecurityOpt: readonly string[] | null;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly Binding[] | null>>;
    readonly Networks: Readonly<
      Record<string, { readonly IPAddress: string; readonly Gateway: string }>
    >;
  };
}

/** The parts of a stack that run. */
export type Workload =
  | "acme"
  | "app"
  | "backup"
  | "drill"
  | "drill-offsite"
  | "postgres"
  | "proxy"
  | "redis"
  | "volumes";

/** The containers of a workload, running or not, in the order of their names. */
export async function instancesOf(stack: Stack, workload: Workload): Promise<Container[]> {
  const found = (await everything(stack)).filter((each) => workloadOf(each) === workload);
  return found.sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

async function everything(stack: Stack): Promise<Container[]> {
  const ids = (await stack.present()).containers;
  return ids.length === 0 ? [] : (JSON.parse(await docker(["inspect", ...ids])) as Container[]);
}

/** The containers of a stack by workload, running or not. @throws Error where two are of one workload */
export async function containersOf(stack: Stack): Promise<Map<string, Container>> {
  const found = await everything(stack);
  const named = found.map((each) => [workloadOf(each), each] as const);
  const containers = new Map(named);
  if (containers.size < found.length) {
    throw new Error(`more than one container of a workload: ${named.map(([n]) => n).join(", ")}`);
  }
  return containers;
}

/** One container of a stack. @throws Error where there is none */
export async function containerOf(stack: Stack, workload: Workload): Promise<Container> {
  const container = (await containersOf(stack)).get(workload);
  if (container === undefined) throw new Error(`${stack.name} has no container ${workload}`);
  return container;
}

/** `workload` to `status/health` of every container; where Docker has not looked yet, its health test is run. */
export async function healthOf(stack: Stack): Promise<Record<string, string>> {
  const found = [...(await containersOf(stack))].map(async ([name, container]) => {
    const { Status, Health } = container.State;
    return [name, `${Status}/${await healthNow(container, Health?.Status ?? "unknown")}`] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function healthNow({ Id, Config }: Container, health: string): Promise<string> {
  const command = healthCommand(Config.Healthcheck?.Test ?? []);
  if (health !== "starting" || command === undefined) return health;
  return (await tryDocker(["exec", Id, ...command])).code === 0 ? "healthy" : health;
}

/** What a whole stack's `healthOf` is. */
export const allHealthy = Object.fromEntries(
  ["app", "backup", "drill", "postgres", "proxy"].map((name) => [name, "running/healthy"]),
);

/** Runs a command in a container of the stack. */
export async function inside(stack: Stack, workload: Workload, ...args: string[]) {
  return docker(["exec", (await containerOf(stack, workload)).Id, ...args]);
}

/** The address and gateway of a container on the network whose name contains `role`. */
export function addressOn(container: Container, role: "admin" | "data" | "edge") {
  const found = Object.entries(container.NetworkSettings.Networks).find(([name]) =>
    new RegExp(`-${role}-[0-9a-f]{7}$`).test(name),
  );
  if (found === undefined) throw new Error(`${container.Name} is not on the network ${role}`);
  const [network, { IPAddress: address, Gateway: gateway }] = found;
  return { network, address, gateway };
}

function workloadOf(container: Container): string {
  return container.Config.Labels["dev.keelson.workload"] ?? "none";
}
