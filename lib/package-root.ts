import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { projectAbove } from "./project-root.js";

const code = dirname(dirname(fileURLToPath(import.meta.url)));

/** Keelson's own folder, with its images and scripts; not the user's project. */
export const packageRoot = basename(code) === "dist" ? dirname(code) : code;

/** A file of Keelson's own, by its path in the package. */
export function ofPackage(...path: readonly string[]): string {
  return join(packageRoot, ...path);
}

/** A file of the program by its path in a checkout, compiled where that is what runs. */
export function ofCode(...path: readonly string[]): string {
  return join(code, ...path);
}

/** Keelson's own version, as npm knows it. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(ofPackage("package.json"), "utf8")) as { version: string })
    .version;
}

/**
 * The user's project: the nearest folder from here upwards with a Pulumi.yaml. Whoever is elsewhere means the project that
 * has this package; a checkout of Keelson is one of its own. Undefined where there is neither.
 */
export function projectRoot(): string | undefined {
  return projectAbove(process.cwd()) ?? projectAbove(packageRoot);
}

/**
 * A file of Keelson's own, by its path from the project's folder. Inputs of resources name it so: the state of a stack
 * has no path of a machine in it, and a laptop and a CI with the same packages give the same inputs.
 */
export function fromProject(path: string, project = projectRoot() ?? process.cwd()): string {
  return join(relative(project, linkedPackage(project) ?? packageRoot), path);
}

/**
 * The package under the name that the project finds it by: a package manager may keep it in a folder that is named after
 * its version, and a workspace above the project.
 */
function linkedPackage(directory: string): string | undefined {
  const link = join(directory, "node_modules", "keelson");
  if (existsSync(link) && realpathSync(link) === realpathSync(packageRoot)) return link;
  const above = dirname(directory);
  return above === directory ? undefined : linkedPackage(above);
}
