// The jobs of an example: what starts them, and what is known of their runs.
import { listedJobs, type ListedJob } from "#cli/commands/jobs/list";
import { docker } from "./docker.js";
import type { Example } from "./example.js";

/** What `keelson jobs` knows of each job, by its name. */
export async function jobsOf(example: Example): Promise<Record<string, ListedJob>> {
  const all = listedJobs.parse(JSON.parse(await example.must("jobs list", "--json")));
  return Object.fromEntries(all.map((job) => [job.name, job]));
}

/** The id of the container that starts the app's jobs. */
export async function runningJobs({ stack }: Example): Promise<string> {
  const filters = ["--filter", "label=dev.keelson.workload=jobs", ...stack.filter];
  const id = await docker(["ps", "--quiet", "--no-trunc", ...filters]);
  if (!/^[0-9a-f]+$/.test(id)) throw new Error(`not one container of jobs runs: ${id}`);
  return id;
}
