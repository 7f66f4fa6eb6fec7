import { existsSync, rmSync } from "node:fs";
import { confirm } from "./ask.js";
import { dockerAt, ourContainers, type Docker, type OurContainer } from "./docker.js";
import { Failure } from "./failure.js";
import { withProgress, type Say } from "./progress.js";
import { openSession, type EngineOptions } from "./session.js";
import { tail } from "./shell.js";
import { checkedSettings, targetOf } from "./target.js";
import { ourVolumes, removeVolumes } from "./volumes.js";

/** `npm stop`: stops the containers and keeps everything else; with `purge`, removes all of it. */
export async function stop(
  options: EngineOptions & { readonly purge?: boolean; readonly yes?: boolean },
  say: Say,
): Promise<void> {
  if (options.purge === true) return purge(options, say);
  const target = targetOf(options);
  const settings = checkedSettings(target);
  const docker = dockerAt(settings.docker.host);
  await requireDocker(docker);
  const running = (await ourContainers(docker, settings.app.name, target.stack)).filter(
    (each) => each.running,
  );
  for (const container of stopOrder(running)) await stopOne(docker, container, say);
  say(
    `${running.length} stopped. Data, volumes and state are kept; \`npm start\` brings the stack back.`,
  );
}

/** The edge first, the database last: nothing loses what it still speaks to. */
export function stopOrder(containers: readonly OurContainer[]): OurContainer[] {
  const rank = ({ workload }: OurContainer) => {
    const place = ["proxy", "app", "", "postgres"].indexOf(workload);
    return place < 0 ? 2 : place;
  };
  return [...containers].sort((a, b) => rank(a) - rank(b));
}

async function stopOne(docker: Docker, container: OurContainer, say: Say): Promise<void> {
  const work = docker(["stop", container.id]);
  const ended = await withProgress(say, `stopping ${container.name}`, work);
  if (ended.code !== 0) throw new Failure(`${container.name} does not stop: ${tail(ended)}`);
  say(`Stopped ${container.name}.`);
}

async function purge(options: EngineOptions & { readonly yes?: boolean }, say: Say): Promise<void> {
  const target = targetOf(options);
  if (!target.ownState) {
    throw new Failure(`Only the checkout's own stacks are purged; use keelson destroy.`);
  }
  await confirm(
    `This removes the stack ${target.stack} with its database, its backups and its state, for good.`,
    target.stack,
    options,
  );
  const { runner, docker, settings } = await openSession(options, say);
  await requireDocker(docker);
  await runner.destroy({ protectedToo: true });
  const volumes = await ourVolumes(docker, settings.app.name, target.stack);
  await removeVolumes(docker, volumes);
  const kept = ownFiles(target.home.directory, target.stack);
  for (const path of kept) rmSync(path, { recursive: true, force: true });
  say(`Removed the stack ${target.stack}, ${volumes.length} volumes and its state.`);
  if (existsSync(`${target.home.directory}/dockerd.pid`)) {
    say("The Docker engine that `npm start` started is left running.");
  }
}

/** What the checkout keeps of a stack; the passphrase stays, for the other stacks. */
function ownFiles(directory: string, stack: string): string[] {
  return stack === "local"
    ? [`${directory}/state`, `${directory}/config`, `${directory}/passphrase`]
    : [`${directory}/config/${stack}`];
}

async function requireDocker(docker: Docker): Promise<void> {
  const asked = await docker(["version", "--format", "{{.Server.Version}}"]);
  if (asked.code === 0) return;
  throw new Failure(`The Docker engine does not answer (${tail(asked, 1)}); see keelson doctor.`);
}
