import { run, type Ended, type Run, type RunOptions } from "./run-process.js";

/** The `docker` command, bound to an engine. */
export interface Docker {
  (args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Environment by which a process of its own finds that engine; by default this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** `docker` as the user has it, or at the host that the settings name. */
export function dockerAt(host?: string, runner: Run = run): Docker {
  const environment = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  const docker = (args: readonly string[], options: RunOptions = {}) =>
    runner("docker", args, { env: environment, ...options });
  return Object.assign(docker, { environment });
}
