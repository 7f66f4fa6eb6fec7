import { nameOfDatabase, namesOf } from "#config";
import { seconds } from "#lib/duration";
import { Failure } from "../../io/failure.js";
import { processesOf } from "../../stack/processes.js";
import { proxyRoutes } from "../../stack/proxy.js";
import type { Release } from "../../stack/releases.js";
import type { Stack } from "../../stack/stack.js";
import { chooseModel, inspectModel } from "../run/model.js";

/** The live app, as far as its migration needs it. */
export interface LiveApp {
  readonly version: string;
  readonly image: string;
  readonly imageId: string;
  /** A network on which the app reaches its database. */
  readonly network: string;
  /** Container of the server; undefined where the database is external. */
  readonly server: string | undefined;
  readonly database: string;
  /** Container of the backups. */
  readonly backup: string | undefined;
  readonly lockWaitSeconds: number;
  /** The history of releases, newest first. */
  readonly releases: readonly Release[];
}

/** @throws Failure where nothing is live */
export async function liveApp(of: Stack, releases: readonly Release[]): Promise<LiveApp> {
  const { docker, settings, stack } = of;
  const all = await processesOf(docker, settings, stack);
  const routes = await proxyRoutes({ docker, ...namesOf(settings, stack) });
  const model = await inspectModel(docker, chooseModel(all, undefined, routes ?? []).id);
  const [network] = Object.keys(model.NetworkSettings.Networks);
  const live = releases.find(({ result }) => result === "live");
  const named = (workload: string) =>
    all.find((each) => each.workload === workload && each.running)?.name;
  const isExternal = settings.database.externalUrlSecret !== undefined;
  const server = named("postgres");
  if (!isExternal && server === undefined) {
    throw new Failure(`The database server of ${stack} does not run; run keelson up.`);
  }
  return {
    version: live?.version ?? "0.0.0",
    image: model.Config.Image,
    imageId: model.Image,
    network: network ?? "none",
    server: isExternal ? undefined : server,
    database: nameOfDatabase(settings),
    backup: named("backup"),
    lockWaitSeconds: seconds(settings.app.migrate?.lockWait ?? "60s"),
    releases,
  };
}
