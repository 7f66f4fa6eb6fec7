import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostNames } from "#config";
import { takeLock } from "#engine/lock";
import { confirm } from "../../io/confirm.js";
import { dockerAt } from "#lib/docker";
import { ask, ourContainers, ourNetworks } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import type { StackOptions } from "../../registrations/command.js";
import { protectedBy } from "../../stack/protection.js";
import { projectName } from "../../project/config.js";
import { settingsOf, targetOf, type Target } from "../../project/target.js";
import { ourVolumes, removeVolumes } from "../../stack/volumes.js";

/**
 * `npm stop -- --purge`: removes everything that carries the stack's labels, and its state. It goes by the
 * labels, not by the engine, so that it works whatever the state has come to.
 */
export async function purge(
  options: StackOptions & { readonly yes?: boolean },
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  if (!target.ownState) {
    throw new Failure("Only the checkout's own stacks can be purged; use keelson destroy.");
  }
  const settings = settingsOf(target);
  const guard = protectedBy(settings);
  if (guard !== undefined) {
    throw new Failure(
      `The data of ${target.stack} is protected by ${guard}; to lose it for good use keelson destroy --destroy-data.`,
    );
  }
  const docker = dockerAt(settings.docker.host);
  const what = `This removes the stack ${target.stack} with its database, its backups and its state, for good.`;
  await confirm(what, target.stack, options);
  const project = projectName(target.projectDirectory);
  const release = await takeLock(target.home.state, project, target.stack, say);
  await release();
  const containers = await ourContainers(docker, ...hostNames(settings, target.stack));
  for (const { id } of containers) await ask(docker, ["rm", "--force", "--volumes", id]);
  const networks = await ourNetworks(docker, ...hostNames(settings, target.stack));
  for (const { id } of networks) await ask(docker, ["network", "rm", id]);
  const volumes = await ourVolumes(docker, ...hostNames(settings, target.stack));
  await removeVolumes(docker, volumes);
  for (const path of stateFiles(target, project)) rmSync(path, { recursive: true, force: true });
  say(`Removed ${containers.length} containers, ${volumes.length} volumes and the state.`);
  if (existsSync(join(target.home.directory, "dockerd.pid"))) {
    say("The Docker engine that `npm start` started is left running.");
  }
}

/** What the checkout keeps of one stack; the passphrase stays, for others. */
export function stateFiles(target: Target, project: string): string[] {
  const { home, stack } = target;
  const state = join(home.state, ".pulumi");
  const file = join(state, "stacks", project, `${stack}.json`);
  const folders = ["history", "backups", "locks/organization"];
  return [
    ...[file, `${file}.bak`, `${file}.attrs`, `${file}.bak.attrs`],
    ...folders.map((each) => join(state, each, project, stack)),
    join(home.directory, "config", stack),
  ];
}
