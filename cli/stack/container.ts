import { dockerAt, type Docker } from "#lib/docker";
import { ourContainers } from "../io/docker.js";
import { hostNames, type Settings } from "#config";
import { Failure } from "../io/failure.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";

/** The running container of a workload, found by its labels: neither engine nor state is needed. @throws Failure */
export async function workloadOf(
  options: StackOptions,
  workload: "backup" | "drill" | "drill-offsite",
): Promise<{ readonly docker: Docker; readonly id: string; readonly settings: Settings }> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const { backup, docker: host } = settings;
  const off = !backup.enabled
    ? "backup.enabled"
    : workload !== "backup" && !backup.drill.enabled
      ? "backup.drill.enabled"
      : undefined;
  if (off !== undefined) {
    throw new Failure(`${off}: is false for ${target.stack}; set it to true and run keelson up.`);
  }
  if (workload === "drill-offsite" && backup.repositories.length === 0) {
    throw new Failure(
      `backup.repositories: is empty for ${target.stack}; add an off-site repository and run keelson up.`,
    );
  }
  const docker = dockerAt(host.host);
  const all = await ourContainers(docker, ...hostNames(settings, target.stack));
  const found = all.find((each) => each.workload === workload && each.running);
  if (found !== undefined) return { docker, id: found.id, settings };
  throw new Failure(
    `The stack ${target.stack} has no ${workload} container that runs; run keelson up.`,
  );
}
