import type * as command from "@pulumi/command";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerArgs } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import { proxyEnvironment, releaseStep } from "#workload/step";
import { jobsPaths, longestRun } from "./list.js";
import type { JobsOfProcess } from "./process.js";

/** Jobs of a process whose container is created. */
export interface StartedJobs {
  readonly of: JobsOfProcess;
  readonly container: docker.Container;
}

/** Looks whether the runner starts in the release's image, and prints the image's ENTRYPOINT. */
export function checkStep(
  name: string,
  { image, settings, environment, process }: JobsOfProcess,
  mounted: { readonly runner: pulumi.Input<string>; readonly files: pulumi.Input<string> },
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const path = environment["PATH"];
  const shot = {
    image,
    command: ["check", jobsPaths.list],
    user: settings.user,
    ...(path === undefined ? {} : { env: { PATH: path } }),
    volumes: [
      { name: mounted.runner, path: jobsPaths.bin, readOnly: true },
      { name: mounted.files, path: jobsPaths.files, readOnly: true },
    ],
  };
  const known = pulumi.output(containerArgs(shot, platform));
  const parameters = {
    ...proxyEnvironment(platform),
    IMAGE: image,
    PROCESS: process,
    RUNNER: jobsPaths.runner,
    ONE_SHOT: name,
    ONE_SHOT_RUN: known.apply((args) => JSON.stringify(args)),
  };
  return releaseStep(
    name,
    "jobs-check",
    { environment: parameters, records: true },
    platform,
    opts,
  );
}

/** Returns the step that removes the rest of a stack's jobs with the stack or the last job, also where none was ever started. */
export function guardStep(
  name: string,
  jobs: readonly JobsOfProcess[],
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const environment = { ...proxyEnvironment(platform), LONGEST: longestOf(jobs) };
  return releaseStep(name, "jobs-guard", { environment, undo: "jobs-remove" }, platform, opts);
}

/**
 * Starts the jobs of a release that is live, and lets those of before come to their end. Where it is no more, all of them
 * do; their volumes, which the state still has then, are the guard's.
 */
export function liveStep(
  name: string,
  started: readonly StartedJobs[],
  record: pulumi.Input<string>,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const ids = pulumi.all(started.map(({ container }) => container.id));
  const description = ids.apply((known) =>
    JSON.stringify(
      started.map(({ of }, index) => ({
        process: of.process,
        container: known[index],
        pids: of.settings.pids,
      })),
    ),
  );
  const parameters = {
    ...proxyEnvironment(platform),
    JOBS: description,
    RUNNER: jobsPaths.runner,
    LEDGER: jobsPaths.ledger,
    LONGEST: longestOf(started.map(({ of }) => of)),
    RELEASE: record,
  };
  return releaseStep(
    name,
    "jobs-live",
    { environment: parameters, undo: "jobs-end" },
    platform,
    opts,
  );
}

function longestOf(jobs: readonly JobsOfProcess[]): string {
  return String(Math.max(...jobs.map((each) => longestRun(each.jobs))));
}
