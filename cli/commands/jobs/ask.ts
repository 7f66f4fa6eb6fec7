import { jobsPaths } from "#components/jobs/list";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import type { Process } from "../../stack/processes.js";
import { listedJobs, type ListedJob } from "./list.js";

/** The jobs that containers start, by their names. @throws Failure where one can't be asked */
export async function askJobs(
  docker: Docker,
  containers: readonly Pick<Process, "id">[],
): Promise<ListedJob[]> {
  const lists = await Promise.all(containers.map(({ id }) => listOf(docker, id)));
  return lists.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** True for a container that starts the jobs of the live release; one of an earlier release that is ending does not. */
export function startsJobs({ workload, running, wanted }: Process): boolean {
  return workload === "jobs" && running && wanted;
}

async function listOf(docker: Docker, id: string): Promise<ListedJob[]> {
  const { runner, list, ledger } = jobsPaths;
  const asked = await docker(["exec", id, runner, "list", list, ledger]);
  if (asked.code !== 0) throw new Failure(`The jobs can't be listed: ${tail(asked)}`);
  return listedJobs.parse(JSON.parse(asked.stdout));
}
