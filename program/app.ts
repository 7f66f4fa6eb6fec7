import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { App, type AppArgs } from "#components/app";
import type { Jobs } from "#components/jobs";
import { instancesAlias } from "#workload/networks";
import type { Proxy } from "#components/proxy";
import { networksOf, secretsOf } from "./access.js";
import type { FoundImage } from "./app-image.js";
import type { DataPart } from "./database.js";
import type { redisOf } from "./redis.js";
import type { ServicesPart } from "./services.js";
import { environmentWith } from "./environment.js";
import type { Part, Shared } from "./shared.js";

/** Inputs of the app. */
interface AppNeeds {
  readonly data: DataPart;
  readonly proxy: Proxy;
  readonly redis: ReturnType<typeof redisOf>;
  readonly services: ServicesPart;
  readonly jobs: Jobs | undefined;
}

/** The app, migrated and seen to work; nothing leads to it yet. */
export function appOf(
  shared: Shared,
  { data, proxy, redis, services, jobs }: AppNeeds,
): Part & { readonly app: App } {
  const { name, settings, context, platform, image, opts, release, deployed } = shared;
  const args: AppArgs = {
    settings: settings.app,
    image: image("app"),
    built: settings.app.image === undefined,
    imageTag: context.appImage && tagIn(context.appImage),
    environment: environmentWith(shared, settings.app, data.place),
    ...secretsOf(shared, data, redis.urls),
    migration: { ...data.migration, version: deployed.version },
    networks: networksOf(shared, data, redis),
    ...sourcesOf(shared),
    alias: Object.keys(settings.services).length === 0 ? undefined : instancesAlias("app"),
    release,
    deployed,
    migrates: context.goesBack !== true,
    recordedBy: proxy.running,
    companions: services.companions,
    jobs: jobs && { settings: settings.jobs, check: (after) => jobs.check(after) },
  };
  const app = new App(`${name}-app`, args, platform, {
    ...opts,
    dependsOn: [...data.ready, ...redis.resources],
  });
  return {
    app,
    resources: [app],
    containers: {
      app: app.containerNames.apply(([first]) => first),
      apps: app.containerNames,
    },
    outputs: { version: deployed.version, image: image("app") },
  };
}

/** Folders of this machine that are mounted while somebody works on the app. */
function sourcesOf({ settings, context }: Shared): Pick<AppArgs, "sources"> {
  const { dev } = settings.app;
  if (dev === undefined) return {};
  return {
    sources: dev.mounts.map(({ source, path }) => ({
      source: resolve(context.root, source),
      path,
    })),
  };
}

/** The tag that its image was resolved from; undefined once that is the image's name as well. */
function tagIn(found: Promise<FoundImage>): pulumi.Output<string | undefined> {
  return pulumi.output(found.then(({ tag }) => tag));
}
