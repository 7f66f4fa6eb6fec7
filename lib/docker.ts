import { LineProcess } from "./line-process.js";
import { run, type CommandResult, type Run, type RunOptions } from "./run-process.js";

/** The `docker` command, bound to an engine. */
export interface Docker {
  (args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Environment by which a process of its own finds that engine; by default this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Starts a command that is spoken with; by default by the `docker` command, in that environment. */
  readonly open?: (args: readonly string[]) => Spoken;
}

/** A command that is spoken with while it runs. */
export type Spoken = Pick<LineProcess, "write" | "line" | "text" | "close">;

/** Starts a `docker` command that is spoken with. */
export function openDocker(docker: Docker, args: readonly string[]): Spoken {
  return docker.open?.(args) ?? new LineProcess("docker", args, docker.environment);
}

/** `docker` as the user has it, or at the host that the settings name. */
export function dockerAt(host?: string, runner: Run = run): Docker {
  const environment = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  const docker = (args: readonly string[], options: RunOptions = {}) =>
    runner("docker", args, { env: environment, ...options });
  return Object.assign(docker, { environment });
}
