import { volumeVariables } from "#components/backup/volumes";
import { redisHealth } from "#components/redis";
import { prefixOf } from "#config";
import { larger, queueMemory, queueOf, queuesIn, type StackVolume } from "#config/backed-volumes";
import { tail } from "#lib/run-process";
import { mebibytes } from "#lib/size";
import { inStartOrder, inStopOrder, writersOf } from "#workload/roles";
import { ask, hardened, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { withProgress, type Say } from "../../io/progress.js";
import { whyUnhealthy } from "../../stack/health.js";
import type { VolumesContext } from "../../stack/volume-backups.js";

/** The volume that is restored, and the container that backs it up. */
export interface RestoreContext extends VolumesContext {
  readonly volume: StackVolume;
}

/** Path in the backup image of the script that restores volumes. */
export const script = "/usr/local/bin/restore-volume";

/** Stops what writes to the volume, swaps old and new content by renames, and starts all again. */
export async function exchange(context: RestoreContext, say: Say): Promise<void> {
  const { docker, containers, volume } = context;
  const servers = await serversOf(context);
  // One that an exchange before has left stopped is to run as well.
  const writers = inStopOrder([...writersOf(containers), ...servers]).filter(
    ({ wanted }) => wanted,
  );
  const began = Date.now();
  for (const { id, name, running } of writers) {
    if (running) await withProgress(say, `stopping ${name}`, ask(docker, ["stop", id]));
  }
  await work(context, ["swap"], say);
  const refusal = await startServers(context, servers, say);
  const clients = inStartOrder(writers).filter((each) => !servers.includes(each));
  for (const { id } of clients) await ask(docker, ["start", id]);
  await healthy(context, clients, say);
  if (refusal !== undefined) {
    throw new Failure(
      `${volume.name} holds what it held before, and all runs again: what was restored does not start: ${refusal}.`,
    );
  }
  const took = ((Date.now() - began) / 1000).toFixed(1);
  say(`${volume.name} is restored; the app was away for ${took} s.`);
}

/** The Redis server of a queue's volume, which clients ask; none of another volume. */
async function serversOf(context: RestoreContext): Promise<OurContainer[]> {
  const { docker, containers, volume } = context;
  if (volume.workload !== "redis") return [];
  const filter = `volume=${nameOnHost(context)}`;
  const list = await ask(docker, ["ps", "-aq", "--no-trunc", "--filter", filter]);
  const ids = list.split("\n");
  return containers.filter(({ id, workload }) => workload === volume.workload && ids.includes(id));
}

/** Starts the servers, which have to answer before who asks them starts. One that does not gets its old data back. @returns why it did not start */
async function startServers(
  context: RestoreContext,
  servers: readonly OurContainer[],
  say: Say,
): Promise<string | undefined> {
  const refusal = await whyNotStarted(context, servers, say);
  if (refusal === undefined) return undefined;
  say(`What was restored does not start (${refusal}); the old data is put back.`);
  for (const { id } of servers) await ask(context.docker, ["stop", id]);
  await work(context, ["back"], say);
  await work(context, ["swap"], say);
  const again = await whyNotStarted(context, servers, say);
  if (again === undefined) return refusal;
  throw new Failure(
    `${context.volume.name} holds what it held before, and its server does not start with it either: ${again}; see its log, then run keelson up.`,
  );
}

async function whyNotStarted(
  { docker, settings, volume }: RestoreContext,
  servers: readonly OurContainer[],
  say: Say,
): Promise<string | undefined> {
  const server = queueOf(settings, volume);
  if (server === undefined) return undefined;
  for (const { id, name } of servers) {
    await ask(docker, ["start", id]);
    const most = redisHealth(server).startTimeout;
    const why = await withProgress(say, `${name} starts`, whyUnhealthy(docker, id, most));
    if (why !== undefined) return `${name}: ${why}`;
  }
  return undefined;
}

function nameOnHost({ settings, stack, volume }: RestoreContext): string {
  return `${prefixOf(settings, stack)}-${volume.role}`;
}

/** Runs the script where it may write to the volume, as the owner of its files, with what the container of backups has besides. */
export async function work(
  context: RestoreContext,
  args: readonly string[],
  say: Say,
): Promise<void> {
  const { docker, settings, stack, container, group, volume } = context;
  const names = group.volumes.map(({ name }) => name);
  const variables = Object.entries(volumeVariables(names, queuesIn(group)));
  const run = docker([
    "run",
    "--rm",
    "--name",
    `${prefixOf(settings, stack)}-restore-volume`,
    "--user",
    group.owner,
    ...hardened,
    ...variables.flatMap((each) => ["--env", each.join("=")]),
    "--memory",
    `${String(mebibytes(larger(queueMemory(group, settings), "512MiB")))}m`,
    "--network",
    `container:${container.id}`,
    "--volumes-from",
    `${container.id}:ro`,
    "--volume",
    `${nameOnHost(context)}:/volume`,
    container.image,
    script,
    ...args,
  ]);
  const result = await withProgress(say, `${args[0] ?? ""} ${volume.name}`, run);
  if (result.code === 0) return;
  throw new Failure(
    `${args[0] === "swap" ? "The volume could not be swapped, and the app is stopped" : "Nothing was changed"}: ${tail(result, 1)}` +
      (args[0] === "swap" ? "; run the command again, which goes on where it was." : ""),
  );
}

async function healthy(
  { docker, settings }: RestoreContext,
  apps: readonly OurContainer[],
  say: Say,
): Promise<void> {
  const limit = settings.app.health.startTimeout;
  for (const { id, name } of apps) {
    const why = await withProgress(say, `${name} starts`, whyUnhealthy(docker, id, limit));
    if (why !== undefined) {
      throw new Failure(`${name} is not healthy after ${limit}: ${why}; see its log.`);
    }
  }
}
