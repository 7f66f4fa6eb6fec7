import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { contentHash } from "#lib/content-hash";
import type { PostgresMajor } from "#lib/platform";
import { shellCommand } from "#lib/shell";
import { dockerCommand } from "#workload/one-shot";
import type { Platform } from "#workload/platform";

const reference = z.string().min(1).optional();

/** Where the platform's own images come from. */
export const imagesSettings = z.strictObject({
  base: z
    .string()
    .min(1)
    .default("debian:trixie-slim")
    .describe(
      "Debian trixie base of every platform image: a registry reference with tag or digest. Where no registry answers, it is made from Debian's packages.",
    ),
  revision: z
    .string()
    .default("1")
    .describe(
      "Any text; changing it builds the platform images afresh, with the security updates of the day.",
    ),
  postgres: reference.describe(
    "Image to use for Postgres instead of the built one; same environment contract as the official image.",
  ),
  proxy: reference.describe("Image to use for the proxy instead of the built one."),
  jobs: reference.describe(
    "Image to use for cron and volume preparation instead of the built one.",
  ),
  acme: reference.describe("Image to use for certbot instead of the built one."),
  backup: reference.describe("Image to use for backups and drills instead of the built one."),
});
export type ImagesSettings = z.output<typeof imagesSettings>;

/** What an app's image is built from. */
export interface BuildContext {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
}

export type PlatformImage = "postgres" | "proxy" | "jobs" | "acme" | "backup";

/** A platform image, or an app's, built where it is missing; its tag follows from its content. */
export class Image extends pulumi.ComponentResource {
  /** The image reference; known before it is built, so that a preview tells what is replaced. */
  readonly reference: pulumi.Output<string>;

  /** @param build words of the command that builds `tag`, which must do nothing where it is already there */
  constructor(
    name: string,
    args: { readonly tag: string; readonly build: readonly string[] },
    platform: Pick<Platform, "dockerEnvironment">,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Image", name, {}, opts);
    const built = dockerCommand(name, { create: shellCommand(args.build) }, platform, {
      parent: this,
    });
    this.reference = built.id.apply(() => args.tag);
    this.registerOutputs({ reference: this.reference });
  }
}

/** What the images of a stack follow from. */
export interface ImagesArgs {
  readonly images: ImagesSettings;
  readonly postgres: { readonly version: PostgresMajor };
  readonly app: {
    readonly name: string;
    readonly image?: string | undefined;
    readonly build?: BuildContext | undefined;
  };
  /** Folder of the project. */
  readonly root: string;
}

/** The images of a stack, each built or referred to when it is first asked for. */
export function imageBuilder(
  name: string,
  { images, postgres, app, root }: ImagesArgs,
  platform: Pick<Platform, "dockerEnvironment">,
  opts: pulumi.ComponentResourceOptions,
) {
  const made = new Map<string, pulumi.Input<string>>();
  const make = (which: PlatformImage | "app"): pulumi.Input<string> => {
    const given = which === "app" ? app.image : images[which];
    if (given !== undefined) return given;
    const recipe =
      which === "app" && app.build !== undefined
        ? appImage(app.name, app.build, images, root)
        : platformImage(which as PlatformImage, images, root, postgres.version);
    return new Image(`${name}-${which}-image`, recipe, platform, opts).reference;
  };
  return (which: PlatformImage | "app"): pulumi.Input<string> => {
    const image = made.get(which) ?? make(which);
    made.set(which, image);
    return image;
  };
}

/** What images/build puts into an image from another one's folder. */
const sharedScripts: Partial<Record<PlatformImage, readonly string[]>> = {
  acme: ["jobs/cron", "jobs/heartbeat"],
  backup: ["jobs/cron", "jobs/heartbeat", "jobs/healthcheck", "postgres/add-postgres"],
  jobs: [
    ...["restore-dump", "common.bash", "drill.bash", "timeline.bash", "restore-dump.bash"],
    ...["restore-problem.awk", "rows.sql", "dump-check.sql"],
  ].map((name) => `backup/${name}`),
};

/** The images with a PostgreSQL server in them. */
const withServer: readonly PlatformImage[] = ["postgres", "backup"];

/** Tag and build command of a platform image. */
export function platformImage(
  image: PlatformImage,
  settings: ImagesSettings,
  root: string,
  major: PostgresMajor,
) {
  const text = (path: string) => readFileSync(join(root, "images", path), "utf8");
  // These hold a binary whose version stands in the build script, and the others files of the first.
  const script = ["jobs", "acme", "backup"].includes(image) ? text("build") : "";
  const shared = (sharedScripts[image] ?? []).map(text);
  const majors = withServer.includes(image) ? [String(major)] : [];
  const extra = [settings.base, settings.revision, script, ...shared, ...majors];
  const tag = `keelson/${image}:${contentHash(join(root, "images", image), extra)}`;
  return { tag, build: ["bash", "images/build", image, tag, settings.base, ...majors] };
}

/** Tag and build command of the image that upgrades from one major to another: it has the servers of both. */
export function upgradeImage(
  majors: { readonly from: PostgresMajor; readonly to: PostgresMajor },
  settings: ImagesSettings,
  root: string,
) {
  const base = platformImage("backup", settings, root, majors.to);
  const words = [base.tag, String(majors.to), String(majors.from)];
  const tag = `keelson/upgrade:${contentHash(join(root, "images", "upgrade"), words)}`;
  return { tag, base, build: ["bash", "images/build", "upgrade", tag, ...words] };
}

/** Tag and build command of an app's image. */
export function appImage(app: string, build: BuildContext, settings: ImagesSettings, root: string) {
  const context = join(root, build.context);
  const dockerfile = join(context, build.dockerfile);
  // An app built on the platform's base says so by declaring the build argument.
  const onBase = existsSync(dockerfile) && /^ARG BASE\b/m.test(readFileSync(dockerfile, "utf8"));
  const args = Object.entries(build.args).map(([key, value]) => `${key}=${value}`);
  const extra = [build.dockerfile, build.target ?? "", ...args, ...(onBase ? [settings.base] : [])];
  const tag = `${app}/app:${contentHash(context, extra)}`;
  return {
    tag,
    build: [
      ...["bash", "images/build-app", tag, build.context, build.dockerfile],
      ...[build.target ?? "", onBase ? settings.base : "", ...args],
    ],
  };
}
