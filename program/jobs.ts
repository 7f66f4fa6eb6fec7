import * as pulumi from "@pulumi/pulumi";
import type { App } from "#components/app";
import { Jobs } from "#components/jobs";
import { jobsByProcess } from "#components/jobs/list";
import type { JobsOfProcess } from "#components/jobs/process";
import type { JobsSettings } from "#components/jobs/settings";
import { networksOf, secretsOf } from "./access.js";
import type { DataPart } from "./database.js";
import type { redisOf } from "./redis.js";
import { argsOf } from "./services.js";
import { environmentWith } from "./environment.js";
import type { Part, Shared } from "./shared.js";

interface Needs {
  readonly data: DataPart;
  readonly redis: ReturnType<typeof redisOf>;
}

/** Returns the part that starts the jobs of a stack, before the app that it is released with; undefined where the settings have none. */
export function jobsOf(shared: Shared, needs: Needs): Jobs | undefined {
  const { name, settings, platform, image, opts, secrets, release } = shared;
  const processes = [...jobsByProcess(settings.jobs)];
  if (processes.length === 0) return undefined;
  const args = {
    processes: processes.map(([process, jobs]) => processOf(shared, needs, process, jobs)),
    runner: image("runner"),
    secrets: secrets.values,
    site: release.site,
  };
  return new Jobs(`${name}-jobs`, args, platform, {
    ...opts,
    dependsOn: [...needs.data.ready, ...needs.redis.resources],
  });
}

/** Returns the jobs' part of the whole: they are started once the proxy leads to the release, and it has been accepted. */
export function jobsPart(jobs: Jobs | undefined, app: App, route: Part): Part {
  if (jobs === undefined) return { resources: [] };
  const live = jobs.start(app.containerNames, route.resources, app.record);
  const containers = Object.entries(jobs.containerNames).map(([process, name]) => [
    process === "app" ? "jobs" : `jobs-${process}`,
    name,
  ]);
  return {
    resources: [jobs, live],
    containers: Object.fromEntries(containers) as Record<string, pulumi.Output<string>>,
  };
}

function processOf(
  shared: Shared,
  needs: Needs,
  process: string,
  jobs: JobsSettings,
): JobsOfProcess {
  const { settings } = shared;
  const service = settings.services[process];
  if (process === "app" || service === undefined) return ofApp(shared, needs, jobs);
  const args = argsOf(shared, needs, process, service);
  const { image, environment, secrets, networks } = args;
  return {
    process,
    jobs,
    settings: args.settings,
    image,
    environment,
    secrets,
    networks,
    volumes: volumesOf(shared, `service-${process}`, service.volumes),
    port: service.port,
  };
}

function ofApp(shared: Shared, { data, redis }: Needs, jobs: JobsSettings): JobsOfProcess {
  const { settings, image } = shared;
  const { app } = settings;
  const networks = networksOf(shared, data, redis);
  return {
    process: "app",
    jobs,
    settings: app,
    image: image("app"),
    environment: environmentWith(shared, app, data.place),
    secrets: secretsOf(shared, data, redis.urls).secrets,
    networks,
    volumes: volumesOf(shared, "app", app.volumes),
    port: undefined,
  };
}

/** Their names on the host follow from the settings; whoever starts a job waits for the process that has them. */
function volumesOf(
  { platform }: Shared,
  role: string,
  volumes: readonly { readonly name: string; readonly path: string }[],
) {
  return volumes.map(({ name, path }) => ({ name: `${platform.name}-${role}-${name}`, path }));
}
