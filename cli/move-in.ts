import { platformImage } from "../components/images.js";
import { nameOfDatabase, secretSource, type Settings } from "../config.js";
import { secretsDirectory, uids } from "../lib/platform.js";
import { mebibytes } from "../lib/size.js";
import { secretLines } from "../workload/secret-files.js";
import { ask, type Docker } from "./docker.js";
import { Failure } from "./failure.js";
import { ensureBase } from "./images.js";
import { offsiteFiles } from "./offsite.js";
import { withProgress, type Say } from "./progress.js";
import { run, tail } from "./shell.js";
import type { Target } from "./target.js";

/** What would be restored, by the script `move-in` of the backup image. */
export interface Found {
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly target: string;
  /** The newest commit in the archive, and its age in seconds. */
  readonly newest: string;
  readonly age: number;
  readonly backup: string;
  /** Size of the server's files. */
  readonly bytes: number;
}

/** What was restored, and what came of its checks. */
export interface MovedIn extends Found {
  readonly rows: Readonly<Record<string, number>>;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

/** The stack that comes to a new host. */
export interface Newcomer {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly target: Target;
}

const mount = "/var/lib/postgresql/data";
const owner = `${String(uids.postgres)}:${String(uids.postgres)}`;

/** Containers of the backup image that read a repository away from the host, and write to the data volume alone. */
export class MoveIn {
  readonly #o: Newcomer;
  readonly #images: Readonly<Record<"backup" | "jobs", string>>;
  readonly #volume: string;

  private constructor(o: Newcomer, images: Readonly<Record<"backup" | "jobs", string>>) {
    this.#o = o;
    this.#images = images;
    this.#volume = `${nameOf(o)}-postgres-data`;
  }

  /** Builds what images are missing on the host. @throws Failure */
  public static async on(o: Newcomer, say: Say): Promise<MoveIn> {
    const { settings, target } = o;
    const { host } = settings.docker;
    const base = { projectDirectory: target.projectDirectory, base: settings.images.base };
    await ensureBase(host === undefined ? base : { ...base, host }, say);
    return new MoveIn(o, {
      backup: await builtImage(o, "backup", say),
      jobs: await builtImage(o, "jobs", say),
    });
  }

  /** @param target `latest`, or a time with its zone. @throws Failure */
  public async look(repository: number, target: string): Promise<Found> {
    return (await this.#run(["look", String(repository), target], [])) as Found;
  }

  /** @param ignoreChecks what fails a check goes into its place all the same. @throws Failure */
  public async restore(
    repository: number,
    target: string,
    ignoreChecks: boolean,
  ): Promise<MovedIn> {
    await this.#makeVolume();
    const words = ["--volume", `${this.#volume}:${mount}`];
    const env = ["--env", `RESTORE_IGNORE_CHECKS=${ignoreChecks ? "1" : ""}`];
    return (await this.#run(
      ["restore", String(repository), target],
      [...words, ...env],
    )) as MovedIn;
  }

  /** As the program makes it: it finds it there. */
  async #makeVolume(): Promise<void> {
    const { docker } = this.#o;
    await ask(docker, ["volume", "create", ...labels(this.#o, "postgres"), this.#volume]);
    await ask(docker, [
      ...["run", "--rm", ...hardening, "--network", "none", "--user", "0:0"],
      ...["--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE"],
      ...["--volume", `${this.#volume}:/volume`, this.#images.jobs],
      ...["/usr/local/bin/own-volume", ...owner.split(":"), "/volume"],
    ]);
  }

  async #run(words: readonly string[], more: readonly string[]): Promise<unknown> {
    const { docker, settings, target } = this.#o;
    const source = secretSource(settings, process.env, target.projectDirectory);
    const ended = await docker(
      [
        // By its name, so that no second one begins beside it.
        ...["run", "--rm", "-i", "--name", `${nameOf(this.#o)}-move-in`],
        ...labels(this.#o, "move-in"),
        ...[...hardening, "--user", owner, "--no-healthcheck"],
        ...["--tmpfs", `${secretsDirectory}:mode=0700,uid=${String(uids.postgres)}`],
        ...["--memory", `${String(mebibytes(settings.backup.drill.memory))}m`],
        ...["--env", `PGDATABASE=${nameOfDatabase(settings)}`],
        ...["--env", `PGBACKREST_CONFIG=${secretsDirectory}/pgbackrest.conf`],
        ...["--env", "PGBACKREST_STANZA=main"],
        ...["--env", `DRILL_CHECKS=${JSON.stringify(settings.backup.drill.checks)}`],
        ...[...more, this.#images.backup, "/usr/local/bin/move-in", ...words],
      ],
      { input: secretLines(offsiteFiles(settings, target.stack, source)) },
    );
    if (ended.code === 0) return JSON.parse(ended.stdout) as unknown;
    throw new Failure(`Nothing was restored: ${problemIn(ended.stdout) ?? tail(ended)}`);
  }
}

const hardening = [
  ...["--init", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
  ...["--tmpfs", "/tmp", "--pids-limit", "256"],
];

function nameOf({ settings, target }: Newcomer): string {
  return `${settings.app.name}-${target.stack}`;
}

function labels({ settings, target }: Newcomer, workload: string): string[] {
  const all = {
    "dev.keelson.managed-by": "keelson",
    "dev.keelson.project": settings.app.name,
    "dev.keelson.stack": target.stack,
    "dev.keelson.workload": workload,
  };
  return Object.entries(all).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
}

async function builtImage(o: Newcomer, which: "backup" | "jobs", say: Say): Promise<string> {
  const { settings, target } = o;
  const given = settings.images[which];
  if (given !== undefined) return given;
  const { tag, build } = platformImage(which, settings.images, target.projectDirectory);
  const { host } = settings.docker;
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  const [command = "", ...words] = build;
  const work = run(command, words, { env, cwd: target.projectDirectory });
  const ended = await withProgress(say, `the image ${tag}`, work);
  if (ended.code === 0) return tag;
  throw new Failure(`The image ${tag} could not be built: ${tail(ended)}`);
}

function problemIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly error: string }).error;
  } catch {
    return undefined;
  }
}
