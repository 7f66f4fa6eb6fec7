import { execFile } from "node:child_process";
import { join } from "node:path";
import { platformImage } from "#components/images/recipes";
import { imagesSettings } from "#components/images/settings";
import { removeContainers, removeNetworks, removeVolumes } from "#cli/io/removal";
import { contentHash } from "#lib/content-hash";
import { dockerAt } from "#lib/docker";
import { defaultPostgresMajor } from "#lib/platform";
import { claimName } from "./claims.js";
import { root } from "./root.js";
import { noted } from "./waits.js";

export { root };

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  /** Text for the command's stdin. */
  readonly input?: string | undefined;
  /** Hand the outcome back even when the command failed. */
  readonly mayFail?: boolean;
}

/** Runs a command of this machine. @throws Error with its output when it fails and may not. */
export function run(
  file: string,
  args: readonly string[],
  options: Options = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const limits = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, args, limits, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      if (code === 0 || (options.mayFail === true && code > 0)) resolve({ code, stdout, stderr });
      else reject(new Error(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`));
    });
    // A command that ends without reading its input is judged by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs the docker command and hands back what it printed, trimmed. */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  return (await run("docker", args, { input })).stdout.trim();
}

/** Runs the docker command, whatever comes of it. */
export function tryDocker(args: readonly string[], input?: string): Promise<Outcome> {
  return run("docker", args, { input, mayFail: true });
}

/** Builds an image of images/ if it is missing, and hands back its tag, which a stack without image settings uses too. */
export async function buildImage(
  name:
    | "postgres"
    | "proxy"
    | "jobs"
    | "acme"
    | "backup"
    | "redis"
    | "monitoring"
    | "page"
    | "logs"
    | "runner"
    | "sample-app",
): Promise<string> {
  const tag =
    name === "sample-app"
      ? `keelson/${name}:${contentHash(join(root, "images", name))}`
      : platformImage(name, imagesSettings.parse({}), root, defaultPostgresMajor).tag;
  await run("images/build", [name, tag]);
  return tag;
}

/** What every container of ours is run with: no capability, nothing to gain, nothing to write. */
export const hardened = [
  "--read-only",
  "--cap-drop",
  "ALL",
  "--security-opt",
  "no-new-privileges",
  "--tmpfs",
  "/tmp",
  "--init",
];

/** Waits until `condition` gives something, and hands that back. @throws Error naming `what` when it takes too long. */
export function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  seconds = 60,
  everyMilliseconds = 100,
): Promise<T> {
  return noted("until", what, () => poll(what, condition, seconds, everyMilliseconds));
}

async function poll<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  seconds: number,
  everyMilliseconds: number,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
  }
}

/** Waits until a container's health check is content. */
export async function untilHealthy(name: string, seconds = 60): Promise<void> {
  const format = "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}";
  await until(
    `${name} healthy`,
    async () => {
      const state = await docker(["inspect", "--format", format, name]);
      if (state.startsWith("exited")) {
        const logs = await tryDocker(["logs", "--tail", "20", name]);
        throw new Error(`${name} ended:\n${logs.stdout}${logs.stderr}`);
      }
      return state === "running healthy";
    },
    seconds,
  );
}

/** `http://127.0.0.1:<port>` of a container's port that was published on a free one (`-p 127.0.0.1::3000`). */
export async function publishedPort(name: string, port: number): Promise<number> {
  const address = await docker(["port", name, `${port}/tcp`]);
  return Number(address.split("\n")[0]?.split(":").at(-1));
}

/** Exit code of a container that has ended. */
export async function exitCode(name: string): Promise<number> {
  return Number(await docker(["wait", name]));
}

/** Both streams of a container's log. */
export async function logs(name: string): Promise<string> {
  const { stdout, stderr } = await tryDocker(["logs", name]);
  return stdout + stderr;
}

async function names(kind: readonly string[], prefix: string): Promise<string[]> {
  const listed = await docker([...kind, "--filter", `name=${prefix}`]);
  return listed.split("\n").filter((name) => name.startsWith(prefix));
}

/**
 * Removes the containers, volumes and networks whose names begin with `prefix`, and nothing else; the prefix is this
 * process's from then on.
 */
export async function cleanUp(prefix: string): Promise<void> {
  if (prefix.length < 4) throw new Error(`'${prefix}' would match too much`);
  await claimName(prefix);
  const containers = await names(["ps", "--all", "--format", "{{.Names}}"], prefix);
  await removeContainers(dockerAt(), containers);
  const volumes = await names(["volume", "ls", "--format", "{{.Name}}"], prefix);
  await removeVolumes(dockerAt(), volumes);
  const networks = await names(["network", "ls", "--format", "{{.Name}}"], prefix);
  await removeNetworks(dockerAt(), networks);
}
