import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostNames } from "#config";
import { takeLock } from "#engine/lock";
import { confirm } from "../../io/confirm.js";
import { dockerAt, type Docker } from "#lib/docker";
import { ask, ourContainers, ourNetworks, type OurNetwork } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { removeContainers, removeNetworks, removeVolumes } from "../../io/removal.js";
import type { Say } from "../../io/progress.js";
import type { StackOptions } from "../../registrations/command.js";
import { protectedBy } from "../../stack/protection.js";
import { projectName } from "../../project/config.js";
import { settingsOf, targetOf, type Target } from "../../project/target.js";
import { ourVolumes } from "../../stack/volumes.js";

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
  const { containers, volumes } = await removeLabelled(docker, hostNames(settings, target.stack));
  for (const path of stateFiles(target, project)) rmSync(path, { recursive: true, force: true });
  say(`Removed ${containers.length} containers, ${volumes.length} volumes and the state.`);
  if (existsSync(join(target.home.directory, "dockerd.pid"))) {
    say("The Docker engine that `npm start` started is left running.");
  }
}

/**
 * Removes the containers, networks and volumes of a stack.
 * @throws Failure that names the containers of others that hold a network or a volume, before anything is removed
 */
export async function removeLabelled(docker: Docker, names: [app: string, stack: string]) {
  const containers = await ourContainers(docker, ...names);
  const networks = await ourNetworks(docker, ...names);
  const volumes = await ourVolumes(docker, ...names);
  await requireFree(docker, { networks, volumes, own: containers.map(({ id }) => id) });
  await removeContainers(
    docker,
    containers.map(({ id }) => id),
  );
  await removeNetworks(
    docker,
    networks.map(({ id }) => id),
  );
  await removeVolumes(docker, volumes);
  return { containers, volumes };
}

async function requireFree(
  docker: Docker,
  stack: { networks: readonly OurNetwork[]; volumes: readonly string[]; own: readonly string[] },
): Promise<void> {
  const held: string[] = [];
  const look = async (what: string, all: boolean, filter: string) => {
    const format = ["--no-trunc", "--format", "{{.ID}} {{.Names}}"];
    const list = await ask(docker, [
      "ps",
      ...(all ? ["--all"] : []),
      ...format,
      "--filter",
      filter,
    ]);
    const others = list.split("\n").filter((line) => line !== "" && !isOf(stack.own, line));
    const holders = others.map((line) => line.split(" ")[1] ?? "");
    if (holders.length > 0) held.push(`the ${what} is used by ${holders.join(", ")}`);
  };
  // A stopped container holds its volumes, but no network.
  for (const { id, name } of stack.networks) await look(`network ${name}`, false, `network=${id}`);
  for (const name of stack.volumes) await look(`volume ${name}`, true, `volume=${name}`);
  if (held.length === 0) return;
  throw new Failure(
    `Nothing was removed: ${held.join("; ")}. Remove that container (docker rm --force), or disconnect it ` +
      "(docker network disconnect), and run this again.",
  );
}

function isOf(own: readonly string[], line: string): boolean {
  return own.includes(line.split(" ")[0] ?? "");
}

/** Returns the files that the checkout keeps of one stack; the passphrase stays, for others. */
export function stateFiles(target: Target, project: string): string[] {
  const { home, stack } = target;
  const state = join(home.state, ".pulumi");
  const file = join(state, "stacks", project, `${stack}.json`);
  const folders = ["history", "backups", "locks/organization"];
  return [
    file,
    `${file}.bak`,
    `${file}.attrs`,
    `${file}.bak.attrs`,
    ...folders.map((each) => join(state, each, project, stack)),
    join(home.directory, "config", stack),
  ];
}
