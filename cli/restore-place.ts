import { hostname } from "node:os";
import type { Readable } from "node:stream";
import { hostNames, prefixOf, type Settings } from "../config.js";
import { postgresUser } from "../lib/platform.js";
import { mebibytes } from "../lib/size.js";
import { ask, labelWords, ourContainers, type Docker, type OurContainer } from "./docker.js";
import { Failure } from "./failure.js";
import { isAlive } from "./history.js";
import type { Kept, Prepared, Rows } from "./restore-judge.js";
import { tail, type Ended } from "./shell.js";

/** The stack that is restored. */
export interface Stack {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly stack: string;
}

/** Restores the whole server, or a dump of the database. */
export type Means = "restore" | "restore-dump";

/** Which of them made what is kept. */
export function meansOf({ kind }: Pick<Kept, "kind">): Means {
  return kind === "dump" ? "restore-dump" : "restore";
}

const byLabel = "dev.keelson.by";

interface Mount {
  readonly Name?: string;
  readonly Destination: string;
}
interface Inspected {
  readonly Image: string;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
  readonly Mounts: readonly Mount[];
  readonly Config: { readonly Env: readonly string[] };
}

/**
 * Where restores happen: a container of the backup image on the server's volumes, a new one for each step, with the
 * repository read-only, and without a network unless it restores from a repository away from the host. It finds all it
 * needs in the containers of the stack.
 */
export class Place {
  readonly #o: Stack;
  readonly #words: readonly string[];
  readonly #image: string;
  readonly #wayOut: string | undefined;
  readonly #name: string;

  private constructor(o: Stack, words: readonly string[], backup: Inspected) {
    this.#o = o;
    this.#words = words;
    this.#image = backup.Image;
    // The network through which backups reach repositories away from the host.
    this.#wayOut = Object.keys(backup.NetworkSettings.Networks).find((each) => each !== "none");
    this.#name = `${prefixOf(o.settings, o.stack)}-restore`;
  }

  /** @throws Failure where the stack has no server or no backups */
  public static async of(o: Stack): Promise<Place> {
    const { docker, settings, stack } = o;
    const all = await ourContainers(docker, ...hostNames(settings, stack));
    const server = inspected(docker, stack, only(all, "postgres"), "server");
    const backup = inspected(docker, stack, only(all, "backup"), "backup");
    const [postgres, backups] = await Promise.all([server, backup]);
    const place = new Place(o, runWords(o, postgres, backups), backups);
    await place.#clear();
    return place;
  }

  /** A step may outlive the command that began it: then it is ended here, and never one of a command that goes on. */
  async #clear(): Promise<void> {
    const format = `{{index .Config.Labels "${byLabel}"}}`;
    const found = await this.#o.docker(["inspect", "--format", format, this.#name]);
    if (found.code !== 0) return;
    const by = found.stdout.trim();
    if (isAlive(by)) {
      throw new Failure(
        `Another restore of ${this.#o.stack} is running, in process ${by}; wait for it, or end it with docker rm -f ${this.#name}.`,
      );
    }
    await ask(this.#o.docker, ["rm", "--force", this.#name]);
  }

  /** Everything that restores have left, the newest first. A server that does not answer lists no databases. */
  public async kept(serverAnswers: boolean): Promise<Kept[]> {
    const folders = (await this.#run("restore", ["list"])) as Kept[];
    const databases = serverAnswers ? ((await this.#run("restore-dump", ["list"])) as Kept[]) : [];
    return [...folders, ...databases].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /**
   * Restores beside the live data, and checks.
   * @param repository number of the one to restore from; 1 is the one on the host
   * @throws Failure
   */
  public async prepare(
    means: Means,
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
    repository = 1,
  ): Promise<Prepared> {
    const network = repository === 1 ? "none" : this.#wayOut;
    if (network === undefined) {
      throw new Failure(
        `The container of backups has no network, so repository ${String(repository)} can't be reached; run keelson up.`,
      );
    }
    const more = { ...env, RESTORE_REPOSITORY: String(repository) };
    return (await this.#run(means, words, { env: more, network })) as Prepared;
  }

  /** Takes a file of the person's own to where dumps are; returns its name there. */
  public async receive(id: string, dump: Readable): Promise<string> {
    await this.#run("restore-dump", ["receive", id], { input: dump });
    return `restore-${id}.dump`;
  }

  /** Rows of the live database by its tables, and those that were written since a transaction. */
  public async count(since?: number): Promise<Pick<Prepared, "written"> & { rows: Rows }> {
    const words = since === undefined ? [] : [String(since)];
    return (await this.#run("restore", ["count", ...words])) as { rows: Rows };
  }

  /** One of the short steps. */
  public async step(means: Means, ...words: string[]): Promise<void> {
    await this.#run(means, words);
  }

  async #run(
    means: Means,
    words: readonly string[],
    o: {
      readonly env?: Readonly<Record<string, string>>;
      readonly network?: string;
      readonly input?: Readable;
    } = {},
  ): Promise<unknown> {
    const env = Object.entries(o.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const run = ["run", "--rm", "--name", this.#name, ...(o.input === undefined ? [] : ["-i"])];
    const own = [...this.#words, "--network", o.network ?? "none", ...env];
    const all = [...run, ...own, this.#image, `/usr/local/bin/${means}`, ...words];
    const ended = await this.#o.docker(all, o.input === undefined ? {} : { input: o.input });
    if (ended.code === 0) return ended.stdout.trim() === "" ? undefined : answerIn(ended);
    throw new Failure(`Nothing was changed: ${problemIn(ended)}.`);
  }
}

function answerIn(ended: Ended): unknown {
  return JSON.parse(ended.stdout) as unknown;
}

function problemIn(ended: Ended): string {
  try {
    return (JSON.parse(ended.stdout) as { readonly error: string }).error;
  } catch {
    return tail(ended);
  }
}

function only(all: readonly OurContainer[], workload: string): OurContainer | undefined {
  return all.find((each) => each.workload === workload);
}

async function inspected(
  docker: Docker,
  stack: string,
  container: OurContainer | undefined,
  what: string,
): Promise<Inspected> {
  if (container === undefined) {
    throw new Failure(`The stack ${stack} has no ${what} container; run keelson up.`);
  }
  const [found] = JSON.parse(await ask(docker, ["inspect", container.id])) as Inspected[];
  if (found === undefined) throw new Failure(`${container.name} is gone; run keelson up.`);
  return found;
}

/** Words of `docker run`, up to what differs from step to step. */
function runWords({ settings, stack }: Stack, server: Inspected, backup: Inspected): string[] {
  const volume = (of: Inspected, path: string, access = "") => {
    const mount = of.Mounts.find((each) => each.Destination === path);
    if (mount?.Name === undefined) {
      throw new Failure(`The stack ${stack} keeps nothing at ${path}; run keelson up.`);
    }
    return ["--volume", `${mount.Name}:${path}${access}`];
  };
  const env = backup.Config.Env.filter((each) => /^(PGDATABASE|PGBACKREST_\w+)=/.test(each));
  return [
    ...["--init", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--tmpfs", "/tmp", "--pids-limit", "256", "--user", postgresUser],
    ...["--memory", `${String(mebibytes(settings.backup.drill.memory))}m`, "--no-healthcheck"],
    ...labelWords(...hostNames(settings, stack), "restore"),
    ...["--label", `${byLabel}=${process.pid}@${hostname()}`],
    ...volume(server, "/var/lib/postgresql/data"),
    ...volume(server, "/var/run/postgresql"),
    ...volume(server, "/run/secrets", ":ro"),
    ...volume(server, "/repository", ":ro"),
    ...volume(backup, "/backups"),
    ...volume(backup, "/proofs"),
    ...env.flatMap((each) => ["--env", each]),
    ...["--env", `DRILL_CHECKS=${JSON.stringify(settings.backup.drill.checks)}`],
    ...["--env", `RESTORE_EXTENSIONS=${settings.database.extensions.join(" ")}`],
  ];
}
