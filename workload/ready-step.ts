import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import type { Platform } from "./platform.js";
import { siteEnvironment, type Site } from "./release.js";
import { spaced } from "./spaced.js";
import { proxyEnvironment, releaseStep } from "./step.js";
import type { Workload } from "./workload.js";

/** Containers of which each is to work, all of them or none. */
export interface ReadyArgs {
  /** Names or ids. */
  readonly containers: pulumi.Input<pulumi.Input<string>[]>;
  readonly workload: Pick<Workload, "pids" | "health">;
  readonly site: Site;
  /** True where the ready path is asked by another step, once what it needs runs. */
  readonly asksLater: boolean;
}

/** The step that waits until a release's containers are healthy, and answer at their ready path. */
export function readyStep(
  name: string,
  { containers, workload, site, asksLater }: ReadyArgs,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const environment = {
    ...proxyEnvironment(platform),
    ...siteEnvironment(site),
    CONTAINERS: spaced(containers),
    PIDS: String(workload.pids),
    TIMEOUT: String(seconds(workload.health.startTimeout)),
    ...(asksLater ? { ASKS_LATER: "yes" } : {}),
  };
  return releaseStep(name, "ready", { environment }, platform, opts);
}
