import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { spaced } from "#workload/spaced";
import type { Platform } from "#workload/platform";
import {
  servicesEnvironment,
  siteEnvironment,
  smokeEnvironment,
  type Release,
} from "#workload/release";
import { proxyEnvironment, releaseStep } from "#workload/step";

/** Looks whether the image is there and for this host, before anything of a release has happened. */
export function imageStep(
  name: string,
  args: {
    readonly image: pulumi.Input<string>;
    /** The tag that it was resolved from, which then stands for it on the Docker host as well. */
    readonly tag?: pulumi.Input<string | undefined> | undefined;
    readonly built: boolean;
    /** Setting that names it; default `app.image`. */
    readonly setting?: string;
    /** `uid` as whom it is run: the step then says what the image has for it. */
    readonly user?: string;
  },
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const environment = {
    ...proxyEnvironment(platform),
    IMAGE: args.image,
    ...(args.tag === undefined
      ? {}
      : { IMAGE_TAG: pulumi.output(args.tag).apply((tag) => tag ?? "") }),
    // What Keelson has built it may remove again.
    BUILT: args.built ? "yes" : "no",
    ...(args.setting === undefined ? {} : { IMAGE_SETTING: args.setting }),
    ...(args.user === undefined ? {} : { IMAGE_USER: args.user }),
  };
  const records = args.user !== undefined;
  return releaseStep(name, "image", { environment, records }, platform, opts);
}

/**
 * Asks each new container the smoke test's questions; undefined where the settings have none.
 * @param services description of the services that are released with them
 */
export function smokeStep(
  name: string,
  containers: pulumi.Input<string[]>,
  release: Release,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
  services?: pulumi.Input<string>,
): command.local.Command | undefined {
  if (release.smoke === undefined) return undefined;
  const environment = {
    ...proxyEnvironment(platform),
    ...siteEnvironment(release.site),
    ...smokeEnvironment(release),
    CONTAINERS: spaced(containers),
    ...servicesEnvironment(services),
  };
  return releaseStep(name, "smoke", { environment }, platform, opts);
}
