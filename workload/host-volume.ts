import { execFile } from "node:child_process";

/**
 * Returns true where a volume is on the Docker host; undefined where the Docker engine can't be asked.
 * @param environment `DOCKER_HOST` where the settings name a host
 */
export function isOnHost(
  volume: string,
  environment: Readonly<Record<string, string>>,
): Promise<boolean | undefined> {
  const options = { env: { ...process.env, ...environment }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile("docker", ["volume", "inspect", volume], options, (error, _, stderr) => {
      if (error === null) resolve(true);
      else resolve(/no such volume/i.test(stderr) ? false : undefined);
    });
  });
}
