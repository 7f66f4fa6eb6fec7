import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Settings } from "#config";
import { publishedPorts } from "#config/facts";
import type { Docker } from "#lib/docker";
import type { PublishedPort } from "#lib/section-facts";
import { Failure } from "../io/failure.js";
import { conflicting, holderOf, listening, publishedIn } from "./ports.js";
import { shownContainers } from "./shown-containers.js";

/** Free disk that the images and a small database need, in bytes. */
export const neededDisk = 3 * 1024 ** 3;

/** The holder of a port: `own` is one of the stack's containers, `name` is for a person. */
export interface Holder {
  readonly own: boolean;
  readonly name: string;
}

/** A wanted port, and who holds it; undefined when it is free. */
export interface LookedAtPort {
  readonly wanted: PublishedPort;
  readonly holder?: Holder;
}

/** Finds who holds wanted ports. Docker is asked once, and only where one is held. */
export async function portHolders(
  docker: Docker,
  all: readonly PublishedPort[],
  ownIds: ReadonlySet<string>,
): Promise<LookedAtPort[]> {
  const sockets = listening();
  const held = all.map((wanted) => ({
    wanted,
    socket: conflicting(sockets, wanted.address, wanted.port),
  }));
  const isHeld = held.some(({ socket }) => socket !== undefined);
  const running = isHeld ? ((await shownContainers(docker)) ?? []) : [];
  return held.map(({ wanted, socket }) => {
    if (socket === undefined) return { wanted };
    const container = running.find(({ ports }) =>
      publishedIn(ports).some(({ port }) => port === wanted.port),
    );
    if (container === undefined) {
      return { wanted, holder: { own: false, name: holderOf(socket.inode) ?? unseen } };
    }
    const { id, name, stack } = container;
    const of = stack === "" ? "" : ` of the stack ${stack}`;
    return { wanted, holder: { own: ownIds.has(id), name: `the container ${name}${of}` } };
  });
}

const unseen = "a process of another user";

/** The sentence for a port that another process holds. */
export function portProblem(wanted: PublishedPort, holder: Holder): string {
  return (
    `Port ${wanted.port} (${wanted.setting}) is taken by ${holder.name}; stop that, ` +
    `or set another ${wanted.setting}.`
  );
}

/** Free bytes where Docker keeps its data; undefined for an engine on another machine. */
export async function dockerDisk(docker: Docker): Promise<{ root: string; free?: number }> {
  const asked = await docker(["info", "--format", "{{.DockerRootDir}}"]);
  const root = asked.stdout.trim();
  const place = nearest(root);
  if (asked.code !== 0 || process.env["DOCKER_HOST"]?.startsWith("ssh:") || place === undefined) {
    return { root };
  }
  return { root, free: freeAt(place) };
}

/** Free bytes for an ordinary user where a path is. */
export function freeAt(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** The sentence for a disk with too little room; undefined when there is enough. */
export function diskProblem(root: string, free: number | undefined): string | undefined {
  if (free === undefined || free >= neededDisk) return undefined;
  const gigabytes = (free / 1024 ** 3).toFixed(1);
  return `Only ${gigabytes} GB are free at ${root}, 3 GB are needed; make room there (\`docker system df\` shows what Docker uses).`;
}

/** Looks at ports and disk before anything is made. @throws Failure that names every problem */
export async function preflight(
  docker: Docker,
  settings: Settings,
  ownIds: ReadonlySet<string>,
): Promise<void> {
  const problems = await portProblems(docker, settings, ownIds);
  const { root, free } = await dockerDisk(docker);
  const disk = diskProblem(root, free);
  if (disk !== undefined) problems.push(disk);
  if (problems.length > 0) throw new Failure(problems.join("\n"));
}

/** Looks at ports alone. @throws Failure that names every port that another process holds */
export async function requirePorts(
  docker: Docker,
  settings: Settings,
  ownIds: ReadonlySet<string>,
): Promise<void> {
  const problems = await portProblems(docker, settings, ownIds);
  if (problems.length > 0) throw new Failure(problems.join("\n"));
}

async function portProblems(
  docker: Docker,
  settings: Settings,
  ownIds: ReadonlySet<string>,
): Promise<string[]> {
  const host = settings.docker.host ?? process.env["DOCKER_HOST"] ?? "unix:";
  // The ports of another machine can't be seen from here; its engine will say.
  if (!host.startsWith("unix:")) return [];
  const looked = await portHolders(docker, publishedPorts(settings), ownIds);
  return looked.flatMap(({ wanted, holder }) =>
    holder === undefined || holder.own ? [] : [portProblem(wanted, holder)],
  );
}

function nearest(path: string): string | undefined {
  if (path === "" || path === "/" || existsSync(path)) return path === "" ? undefined : path;
  return nearest(dirname(path));
}
