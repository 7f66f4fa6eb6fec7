import { ownerLabel, stackLabels } from "#workload/platform";
import { traitsOf } from "#workload/roles";
import { Failure } from "./failure.js";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";

/** Runs `docker` and returns its output. @throws Failure when it fails */
export async function ask(docker: Docker, args: readonly string[]): Promise<string> {
  const result = await docker(args);
  if (result.code === 0) return result.stdout.trim();
  throw new Failure(`docker ${args.slice(0, 2).join(" ")} failed: ${tail(result)}`);
}

/** A container that carries this stack's labels. */
export interface OurContainer {
  readonly id: string;
  readonly name: string;
  readonly workload: string;
  /** User whose volumes it backs up, as `uid:gid`; undefined of other containers, and of those of before version 0.2. */
  readonly owner?: string | undefined;
  readonly image: string;
  /** Time at which it was made, in UTC. */
  readonly created: string;
  readonly running: boolean;
  /** Its restart policy wants it running, and it is not one that waits for its turn in a release. */
  readonly wanted: boolean;
  readonly hostPorts: readonly number[];
  readonly networks: readonly string[];
}

/** Arguments of a `docker run` of ours alongside the program: hardened, with a limit on processes. */
export const hardened = [
  "--init",
  "--read-only",
  "--cap-drop",
  "ALL",
  "--security-opt",
  "no-new-privileges",
  "--tmpfs",
  "/tmp",
  "--pids-limit",
  "256",
] as const;

/** The arguments that set a stack's labels to what `docker run` or `docker volume create` makes. */
export function labelArgs(app: string, stack: string, workload: string): string[] {
  const labels = { ...stackLabels(app, stack), "dev.keelson.workload": workload };
  return Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
}

/** The label filters of a stack's objects. */
export function labelFilters(app: string, stack: string): string[] {
  const labels = [`dev.keelson.project=${app}`, `dev.keelson.stack=${stack}`];
  return labels.flatMap((label) => ["--filter", `label=${label}`]);
}

/** The containers of a stack, running or not. */
export async function ourContainers(
  docker: Docker,
  app: string,
  stack: string,
): Promise<OurContainer[]> {
  const list = await ask(docker, ["ps", "-aq", "--no-trunc", ...labelFilters(app, stack)]);
  if (list === "") return [];
  const found = await docker(["inspect", ...list.split("\n")]);
  // One that vanished in between makes docker fail, but the others are still described.
  if (found.stdout.trim() === "") throw new Failure(`docker inspect failed: ${tail(found)}`);
  return (JSON.parse(found.stdout) as Inspected[]).map(describe);
}

/** A network that carries this stack's labels. */
export interface OurNetwork {
  readonly id: string;
  readonly name: string;
}

/** The networks of a stack. */
export async function ourNetworks(
  docker: Docker,
  app: string,
  stack: string,
): Promise<OurNetwork[]> {
  const format = ["--no-trunc", "--format", "{{.ID}} {{.Name}}"];
  const list = await ask(docker, ["network", "ls", ...format, ...labelFilters(app, stack)]);
  const lines = list === "" ? [] : list.split("\n");
  return lines.map((line) => {
    const [id = "", name = ""] = line.split(" ");
    return { id, name };
  });
}

interface Inspected {
  readonly Id: string;
  readonly Created: string;
  readonly Name: string;
  readonly State: { readonly Running: boolean; readonly Status?: string };
  readonly Config: { readonly Image: string; readonly Labels: Record<string, string> };
  readonly HostConfig: {
    readonly RestartPolicy: { readonly Name: string };
    readonly PortBindings: Record<string, { readonly HostPort: string }[] | null> | null;
  };
  readonly NetworkSettings: { readonly Networks: Record<string, unknown> };
}

function describe(inspected: Inspected): OurContainer {
  const bindings = Object.values(inspected.HostConfig.PortBindings ?? {});
  const workload = inspected.Config.Labels["dev.keelson.workload"] ?? "";
  const waits =
    traitsOf(workload).startedByRelease === true && inspected.State.Status === "created";
  return {
    id: inspected.Id,
    name: inspected.Name.replace(/^\//, ""),
    workload,
    owner: inspected.Config.Labels[ownerLabel],
    image: inspected.Config.Image,
    created: inspected.Created,
    running: inspected.State.Running,
    wanted: !waits && !["", "no"].includes(inspected.HostConfig.RestartPolicy.Name),
    hostPorts: bindings.flatMap((each) => each ?? []).map((each) => Number(each.HostPort)),
    networks: Object.keys(inspected.NetworkSettings.Networks),
  };
}
