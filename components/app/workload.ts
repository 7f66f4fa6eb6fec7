import * as pulumi from "@pulumi/pulumi";
import { homeOf, type ImageFacts } from "#lib/image-facts";
import { httpTest } from "#workload/http-test";
import { processWorkload } from "#workload/process";
import type { Site } from "#workload/release";
import type { Workload } from "#workload/workload";
import { healthPath } from "./health-settings.js";
import type { AppSettings } from "./settings.js";

/** The part of the app's workload that follows from settings alone. @param site how the public asks for it */
export function appWorkload(settings: AppSettings, site: Pick<Site, "host" | "scheme">) {
  const command = settings.dev?.command ?? settings.command;
  return {
    role: "app",
    ...(command === undefined ? {} : { command }),
    ...processWorkload(settings, healthTest(settings, site)),
  };
}

/** As Docker takes it; undefined: the image's own. */
function healthTest(
  { health, port }: AppSettings,
  site: Pick<Site, "host" | "scheme">,
): readonly string[] | undefined {
  if (health.command !== undefined) return ["CMD", ...health.command];
  if (health.test === "image") return undefined;
  if (health.test === "outside") return ["NONE"];
  return httpTest(port, healthPath(health), site);
}

/** The workload with what follows from its image, where the settings do not say it: its health test and its home. */
export function onImage(
  workload: Workload,
  { health, env, secrets }: AppSettings,
  facts: pulumi.Output<ImageFacts>,
): Workload {
  const named = [health.test, health.path, health.command].some((each) => each !== undefined);
  const own = pulumi
    .all([facts, workload.health.test])
    .apply(([{ healthcheck }, test]) => (healthcheck ? undefined : test));
  const hasHome = "HOME" in env || secrets.includes("HOME");
  return {
    ...workload,
    ...(hasHome ? {} : { env: { ...workload.env, HOME: facts.apply(homeOf) } }),
    health: named ? workload.health : { ...workload.health, test: own },
  };
}

/** The variable for the migration, which has the rest of its environment from elsewhere. */
export function homeIn({ env }: Workload): Readonly<Record<string, pulumi.Input<string>>> {
  return env?.["HOME"] === undefined ? {} : { HOME: env["HOME"] };
}
