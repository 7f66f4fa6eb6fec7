import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { until } from "#lib/until";
import { Failure } from "./failure.js";

/** As long as the engine's provider and the real one wait. */
const endpointsSeconds = 30;

/**
 * Removes networks whose containers were removed. Docker takes a container off its list before it has let go of the
 * container's end of a network, and now and then it never does (moby/moby#23302, #42119): the first is waited for, the
 * second is disconnected.
 * @throws Failure with Docker's words when one stays
 */
export async function removeNetworks(
  docker: Docker,
  networks: readonly string[],
  seconds = endpointsSeconds,
): Promise<void> {
  for (const network of networks) {
    await until(seconds, async () => {
      const result = await docker(["network", "rm", network]);
      if (result.code === 0 || /no such network|not found/i.test(result.stderr)) return true;
      const failure = new Failure(`docker network rm ${network} failed: ${tail(result)}`);
      if (!result.stderr.includes("has active endpoints")) throw failure;
      await disconnectLeft(docker, network);
      return failure;
    });
  }
}

/** Docker lists the end of a container that is gone under `ep-` and its own id, in place of the container's. */
async function disconnectLeft(docker: Docker, network: string): Promise<void> {
  const result = await docker(["network", "inspect", "--format", "{{json .Containers}}", network]);
  if (result.code !== 0) return;
  const ends = JSON.parse(result.stdout) as Record<string, { readonly Name: string }>;
  for (const [id, { Name }] of Object.entries(ends)) {
    if (id.startsWith("ep-")) await docker(["network", "disconnect", "--force", network, Name]);
  }
}
