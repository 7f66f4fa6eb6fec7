// Docker refuses to remove what a container has a hold on that goes at the same time; as the engine's provider and the
// real one, this waits for it.
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { until } from "#lib/until";
import { Failure } from "./failure.js";

const defaultSeconds = 30;

/** A removal, and the words in which Docker says that it is not yet, or no longer, to be done. */
interface Removal {
  readonly args: readonly string[];
  readonly later: RegExp;
  /** Done after each refusal. */
  readonly then?: () => Promise<void>;
}

/** Removes containers with their anonymous volumes; one that goes by itself meanwhile is waited for. @throws Failure */
export async function removeContainers(
  docker: Docker,
  ids: readonly string[],
  seconds = defaultSeconds,
): Promise<void> {
  for (const id of ids) {
    const args = ["rm", "--force", "--volumes", id];
    await removed(docker, { args, later: /already in progress/i }, seconds);
  }
}

/**
 * Removes networks whose containers were removed. Docker takes a container off its list before it has let go of the
 * container's end of a network, and now and then it never does (moby/moby#23302, #42119): the first is waited for, the
 * second is disconnected.
 * @throws Failure with Docker's words when one stays
 */
export async function removeNetworks(
  docker: Docker,
  networks: readonly string[],
  seconds = defaultSeconds,
): Promise<void> {
  for (const network of networks) {
    const args = ["network", "rm", network];
    const then = () => disconnectLeft(docker, network);
    await removed(docker, { args, later: /has active endpoints/, then }, seconds);
  }
}

/** Removes volumes whose containers were removed. @throws Failure when one stays in use */
export async function removeVolumes(
  docker: Docker,
  volumes: readonly string[],
  seconds = defaultSeconds,
): Promise<void> {
  for (const volume of volumes) {
    const args = ["volume", "rm", volume];
    await removed(docker, { args, later: /volume is in use/ }, seconds);
  }
}

async function removed(
  docker: Docker,
  { args, later, then }: Removal,
  seconds: number,
): Promise<void> {
  await until(seconds, async () => {
    const result = await docker(args);
    if (result.code === 0 || /no such |not found/i.test(result.stderr)) return true;
    const failure = new Failure(`docker ${args.join(" ")} failed: ${tail(result)}`);
    if (!later.test(result.stderr)) throw failure;
    await then?.();
    return failure;
  });
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
