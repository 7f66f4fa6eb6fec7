import { hostNames } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import { ourContainers, type OurContainer } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { purge } from "./stop/purge.js";
import { tail } from "#lib/run-process";
import { settingsOf, targetOf } from "../project/target.js";
import type { StopOptions } from "../registrations/stop.js";
import { inStopOrder } from "#workload/roles";

/** `npm stop`: stops the containers and keeps everything else; with `purge`, removes all of it. */
export async function stop(options: StopOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  await requireDocker(docker);
  if (options.purge === true) return purge(options, say);
  const running = (await ourContainers(docker, ...hostNames(settings, target.stack))).filter(
    (each) => each.running,
  );
  for (const container of inStopOrder(running)) await stopOne(docker, container, say);
  const again = target.stack === "local" ? "npm start" : `keelson up --stack ${target.stack}`;
  say(
    `${running.length} stopped. Data, volumes and state are kept; \`${again}\` brings the stack back.`,
  );
}

async function stopOne(docker: Docker, container: OurContainer, say: Say): Promise<void> {
  const work = docker(["stop", container.id]);
  const result = await withProgress(say, `stopping ${container.name}`, work);
  if (result.code !== 0) throw new Failure(`${container.name} does not stop: ${tail(result)}`);
  say(`Stopped ${container.name}.`);
}

async function requireDocker(docker: Docker): Promise<void> {
  const asked = await docker(["version", "--format", "{{.Server.Version}}"]);
  if (asked.code === 0) return;
  throw new Failure(`The Docker engine does not answer (${tail(asked, 1)}); see keelson doctor.`);
}
