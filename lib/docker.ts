import { run, type Ended, type Run, type RunOptions } from "./run-process.js";

/** The `docker` command, bound to an engine. */
export type Docker = (args: readonly string[], options?: RunOptions) => Promise<Ended>;

/** `docker` as the user has it, or at the host that the settings name. */
export function dockerAt(host?: string, runner: Run = run): Docker {
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  return (args, options = {}) => runner("docker", args, { env, ...options });
}
