import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contextHash } from "#lib/build-context";
import { contentHash } from "#lib/content-hash";
import { fromProject, ofCode } from "#lib/package-root";
import type { PostgresMajor } from "#lib/platform";
import type { ImagesSettings } from "./settings.js";

/** Inputs of the build of an app's image. */
export interface BuildContext {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Names of the secrets that its build may mount. */
  readonly secrets: readonly string[];
}

export type PlatformImage =
  | "postgres"
  | "proxy"
  | "jobs"
  | "acme"
  | "backup"
  | "redis"
  | "monitoring"
  | "page"
  | "logs"
  | "runner";

/** Files that images/build copies into an image from another one's folder. */
const sharedScripts: Partial<Record<PlatformImage, readonly string[]>> = {
  acme: ["jobs/cron", "jobs/ping-heartbeat"],
  backup: [
    "jobs/cron",
    "jobs/ping-heartbeat",
    "jobs/healthcheck",
    "postgres/add-postgres",
    "redis/log.bash",
  ],
  jobs: [
    "restore-dump",
    "common.bash",
    "drill.bash",
    "timeline.bash",
    "restore-dump.bash",
    "restore-problem.awk",
    "rows.sql",
    "large-objects.sql",
    "dump-check.sql",
  ].map((name) => `backup/${name}`),
};

/** The images with a PostgreSQL server in them. */
const withServer: readonly PlatformImage[] = ["postgres", "backup"];

/**
 * Tag and build command of a platform image.
 * @param root folder of the package
 * @param packages Debian packages with extensions, for the images with a server in them
 */
export function platformImage(
  image: PlatformImage,
  settings: ImagesSettings,
  root: string,
  major: PostgresMajor,
  packages: readonly string[] = [],
) {
  const plain = plainImage(image, settings, root, major);
  if (!withServer.includes(image) || packages.length === 0) return plain;
  const names = [...new Set(packages)].sort();
  const tag = `keelson/${image}:${contentHash(join(root, "images", "packages"), [plain.tag, ...names])}`;
  const args = [image, plain.tag, settings.base, String(major), ...names];
  return { tag, build: ["bash", fromProject("images/build-packages"), tag, ...args] };
}

function plainImage(
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
  if (image === "page") extra.push(...pageProgram(root));
  const tag = `keelson/${image}:${contentHash(join(root, "images", image), extra)}`;
  return {
    tag,
    build: ["bash", fromProject("images/build"), image, tag, settings.base, ...majors],
  };
}

/** Sources of the program of the status page; a test sees to it that there are no others. */
function pageProgram(root: string): string[] {
  const bundler = readFileSync(join(root, "bin", "bundle-page.mjs"), "utf8");
  const code = ofCode();
  const isCompiled = existsSync(join(code, "lib", "amounts.js"));
  const amounts = readFileSync(join(code, "lib", isCompiled ? "amounts.js" : "amounts.ts"), "utf8");
  return [bundler, amounts, contentHash(join(code, "page"))];
}

/** Tag and build command of the image that upgrades from one major to another: it has the servers of both. */
export function upgradeImage(
  majors: { readonly from: PostgresMajor; readonly to: PostgresMajor },
  settings: ImagesSettings,
  root: string,
  packages: readonly string[] = [],
) {
  const base = platformImage("backup", settings, root, majors.to, packages);
  const args = [base.tag, String(majors.to), String(majors.from)];
  const tag = `keelson/upgrade:${contentHash(join(root, "images", "upgrade"), args)}`;
  return { tag, base, build: ["bash", fromProject("images/build"), "upgrade", tag, ...args] };
}

/** Tag and build command of an app's image, or of one of its services. @param root folder of the project */
export function appImage(
  app: string,
  build: BuildContext,
  settings: ImagesSettings,
  root: string,
  part = "app",
) {
  const context = join(root, build.context);
  const dockerfile = join(context, build.dockerfile);
  const onBase = build.args["BASE"] === undefined && wantsBase(dockerfile);
  const args = Object.entries(build.args).map(([key, value]) => `${key}=${value}`);
  const extra = [
    build.dockerfile,
    build.target ?? "",
    ...args,
    ...(onBase ? [settings.base] : []),
    // Not their values: a token that is renewed makes no other image.
    ...build.secrets.map((secret) => `secret ${secret}`),
  ];
  const tag = `${app}/${part}:${contextHash(context, build.dockerfile, extra)}`;
  return {
    tag,
    build: [
      "bash",
      fromProject("images/build-app"),
      tag,
      build.context,
      build.dockerfile,
      build.target ?? "",
      onBase ? settings.base : "",
      ...args,
    ],
  };
}

/**
 * True for an app on the platform's base, which its Dockerfile requests by an `ARG BASE` that names no other. Only
 * those before the first stage count: within one it repeats what the Dockerfile itself or its user has named.
 */
function wantsBase(dockerfile: string): boolean {
  if (!existsSync(dockerfile)) return false;
  const [global = ""] = readFileSync(dockerfile, "utf8").split(/^[ \t]*FROM\s/im, 1);
  const names = [...global.matchAll(/^[ \t]*ARG[ \t]+(.*)$/gim)].flatMap(([, text = ""]) =>
    text.trim().split(/\s+/),
  );
  return names.includes("BASE") && !names.some((name) => name.startsWith("BASE="));
}
