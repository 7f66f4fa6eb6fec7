import { inspectScript } from "#lib/inspect-script";
import { postgresUser } from "#lib/platform";
import type { Docker } from "#lib/docker";
import { hardened, ourContainers, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { tail } from "#lib/run-process";

/** The contents of a stack's data volume, as far as they can be seen without its server. */
export interface DataFound {
  readonly volume: string;
  /** The volume is on the Docker host. */
  readonly present: boolean;
  /** Major version of the cluster in it; undefined where there is none. */
  readonly major: number | undefined;
  /** System identifier of the cluster. */
  readonly cluster: string | undefined;
  /** Identifiers of the clusters whose backups are in the local repository, the present one last. */
  readonly known: readonly string[];
}

/** Names of the volumes of a stack that its server has. */
export function dataVolumes(app: string, stack: string) {
  return { data: `${app}-${stack}-postgres-data`, repository: `${app}-${stack}-repository` };
}

/** Looks into the data volume of a stack; undefined where nothing on the host could look. @throws Failure */
export async function findData(
  docker: Docker,
  app: string,
  stack: string,
): Promise<DataFound | undefined> {
  const { data, repository } = dataVolumes(app, stack);
  if (!(await isThere(docker, data))) {
    return { volume: data, present: false, major: undefined, cluster: undefined, known: [] };
  }
  const containers = await ourContainers(docker, app, stack);
  const server = containers.find((each) => each.workload === "postgres" && each.running);
  const look = { input: inspectScript("data") };
  const inServer = server && (await docker(["exec", "--interactive", server.id, "sh", "-s"], look));
  // One that restarts again and again can't be asked.
  const ended = inServer?.code === 0 ? inServer : await lookFromOutside();
  if (ended === undefined) return undefined;
  if (ended.code !== 0) {
    throw new Failure(`The data volume ${data} can't be looked into: ${tail(ended, 2)}`);
  }
  return { volume: data, present: true, ...read(ended.stdout) };

  async function lookFromOutside() {
    const image = await anyImage(docker, containers);
    if (image === undefined) return undefined;
    const mounted = (await isThere(docker, repository))
      ? ["--volume", `${repository}:/repository:ro`]
      : [];
    const args = [
      "run",
      "--rm",
      "--interactive",
      "--network",
      "none",
      ...hardened,
      "--memory",
      "128m",
      "--user",
      postgresUser,
      "--entrypoint",
      "sh",
      "--volume",
      `${data}:/var/lib/postgresql/data:ro`,
      ...mounted,
      image,
      "-s",
    ];
    return docker(args, look);
  }
}

/** Returns the facts that `inspect-data` has printed. */
export function read(text: string): Pick<DataFound, "major" | "cluster" | "known"> {
  const values = (name: string) =>
    text
      .split("\n")
      .flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1).trim()] : []));
  const [major] = values("major");
  return {
    major: major === undefined ? undefined : Number(major),
    cluster: values("cluster")[0],
    known: values("known"),
  };
}

async function isThere(docker: Docker, volume: string): Promise<boolean> {
  const found = await docker(["volume", "inspect", volume]);
  if (found.code === 0) return true;
  if (/no such volume/i.test(found.stderr)) return false;
  throw new Failure(`The Docker engine does not answer: ${tail(found, 1)}`);
}

/** Platform images: each has a shell. An app's may not, and inherits the label of the one that it is built from. */
const withShell = ["postgres", "backup", "jobs", "proxy"];

/** An image of ours that is on the host. */
async function anyImage(docker: Docker, containers: readonly OurContainer[]) {
  const own = containers.find((each) => each.workload === "postgres")?.image;
  if (own !== undefined && (await docker(["image", "inspect", own])).code === 0) return own;
  for (const name of withShell) {
    const list = await docker(["images", "--quiet", "--filter", `label=dev.keelson.image=${name}`]);
    const found = list.stdout.split("\n").find((each) => each !== "");
    if (found !== undefined) return found;
  }
  return undefined;
}
