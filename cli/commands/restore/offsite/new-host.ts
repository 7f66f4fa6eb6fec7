import { errorIn } from "../../../documents/read.js";
import { platformImage } from "#components/images/recipes";
import { packageRoot } from "#lib/package-root";
import { hostNames, prefixOf, type Settings } from "#config";
import { secretsDirectory } from "#lib/platform";
import { secretLines } from "#workload/secret-files";
import { buildImage } from "../../../host/build-image.js";
import type { Docker } from "#lib/docker";
import { ask, hardened, labelArgs } from "../../../io/docker.js";
import { Failure } from "../../../io/failure.js";
import { ensureBase } from "../../../host/base-image.js";
import type { Say } from "../../../io/progress.js";
import { tail } from "#lib/run-process";
import type { Target } from "../../../project/target.js";

/** The stack that comes to a new host. */
export interface NewHostContext {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly target: Target;
}

/** One container of the backup image that reads off-site repositories. */
export interface OffsiteTask {
  /** Last part of its name, so that no second one begins alongside it. */
  readonly role: string;
  /** `uid:gid` */
  readonly user: string;
  /** Secrets, which stay in memory. */
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Volumes that it may write to, as docker mounts them. */
  readonly volumes?: readonly string[];
  readonly memoryMiB: number;
  readonly command: readonly string[];
}

/** A host that has nothing of a stack yet but images, which it builds, and volumes, which it makes as the program does. */
export class NewHost {
  readonly context: NewHostContext;
  readonly #images: Readonly<Record<"backup" | "jobs", string>>;

  private constructor(o: NewHostContext, images: Readonly<Record<"backup" | "jobs", string>>) {
    this.context = o;
    this.#images = images;
  }

  /** Builds what images are missing. @throws Failure */
  public static async of(o: NewHostContext, say: Say): Promise<NewHost> {
    const { settings } = o;
    const { host } = settings.docker;
    const { base } = settings.images;
    await ensureBase(host === undefined ? { base } : { base, host }, say);
    return new NewHost(o, {
      backup: await builtImage(o, "backup", say),
      jobs: await builtImage(o, "jobs", say),
    });
  }

  /** Name on the host of a volume. */
  public volume(role: string): string {
    return `${nameOf(this.context)}-${role}`;
  }

  /** The program finds it there. @param owner `uid:gid` */
  public async makeVolume(role: string, workload: string, owner: string): Promise<void> {
    const { docker } = this.context;
    const name = this.volume(role);
    await ask(docker, ["volume", "create", ...labels(this.context, workload), name]);
    await ask(docker, [
      "run",
      "--rm",
      ...hardened,
      "--network",
      "none",
      "--user",
      "0:0",
      "--cap-add",
      "CHOWN",
      "--cap-add",
      "DAC_OVERRIDE",
      "--volume",
      `${name}:/volume`,
      this.#images.jobs,
      "/usr/local/bin/own-volume",
      ...owner.split(":"),
      "/volume",
    ]);
  }

  /** Runs a task, and returns its output. @throws Failure */
  public async run(errand: OffsiteTask): Promise<string> {
    const { role, user, files, env, volumes = [], memoryMiB, command } = errand;
    const [uid = ""] = user.split(":");
    const result = await this.context.docker(
      [
        "run",
        "--rm",
        "-i",
        "--name",
        `${nameOf(this.context)}-${role}`,
        ...labels(this.context, role),
        ...hardened,
        "--user",
        user,
        "--no-healthcheck",
        "--tmpfs",
        `${secretsDirectory}:mode=0700,uid=${uid}`,
        "--memory",
        `${String(memoryMiB)}m`,
        ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
        ...volumes.flatMap((each) => ["--volume", each]),
        this.#images.backup,
        ...command,
      ],
      { input: secretLines(files) },
    );
    if (result.code === 0) return result.stdout;
    throw new Failure(`Nothing was restored: ${errorIn(result.stdout) ?? tail(result)}`);
  }
}

function nameOf({ settings, target }: NewHostContext): string {
  return prefixOf(settings, target.stack);
}

function labels({ settings, target }: NewHostContext, workload: string): string[] {
  return labelArgs(...hostNames(settings, target.stack), workload);
}

async function builtImage(o: NewHostContext, which: "backup" | "jobs", say: Say): Promise<string> {
  const { settings, target } = o;
  const given = settings.images[which];
  if (given !== undefined) return given;
  const { projectDirectory } = target;
  const recipe = platformImage(
    which,
    settings.images,
    packageRoot,
    settings.postgres.version,
    settings.postgres.packages,
  );
  return buildImage(recipe, { projectDirectory, host: settings.docker.host }, say);
}
