import type { Docker } from "#lib/docker";
import { ask } from "../../io/docker.js";
import { tail } from "#lib/run-process";

/** Docker's answers about the things that a preview is about. */
export interface Host {
  /** Containers that are there, by id; whether they run. */
  readonly running: ReadonlyMap<string, boolean>;
  /** References of the images that are there, of those asked about. */
  readonly images: ReadonlySet<string>;
  /** Names of the volumes that are there, of those asked about. */
  readonly volumes: ReadonlySet<string>;
}

/** The questions of a preview to a Docker host. */
export interface Questions {
  /** Ids of the containers that the state knows. */
  readonly containers: readonly string[];
  readonly images: readonly string[];
  readonly volumes: readonly string[];
}

// Over SSH the first answer takes seconds.
const patienceMs = 20_000;

/** Asks a Docker host; a sentence instead where it does not answer, or is not the stack's. */
export async function askHost(docker: Docker, about: Questions): Promise<Host | string> {
  const version = await docker(["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: patienceMs,
  });
  if (version.code !== 0) {
    const why = version.code === 124 ? "no answer within 20 s" : tail(version, 1);
    return `The Docker host could not be asked (${why}): nothing is said of what is there.`;
  }
  const listed = await ask(docker, ["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.State}}"]);
  const running = new Map(
    listed.split("\n").map((line) => {
      const [id = "", state] = line.split(" ");
      return [id, state === "running" || state === "restarting"];
    }),
  );
  if (about.containers.length > 0 && !about.containers.some((id) => running.has(id))) {
    return "None of the stack's containers is on this Docker host: they were removed, or this is another host than theirs.";
  }
  return {
    running,
    images: await present(docker, "image", about.images),
    volumes: await present(docker, "volume", about.volumes),
  };
}

async function present(
  docker: Docker,
  kind: "image" | "volume",
  names: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const name of new Set(names)) {
    const { code } = await docker([kind, "inspect", name]);
    if (code === 0) found.add(name);
  }
  return found;
}
