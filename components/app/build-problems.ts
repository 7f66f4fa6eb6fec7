import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { requireReadable } from "#lib/build-context";
import { problem, SettingsError } from "#lib/settings";

/** An image that may be built, and sources that may be mounted over it. */
interface Buildable {
  readonly image?: string | undefined;
  readonly build?: { readonly context: string; readonly dockerfile: string } | undefined;
  readonly dev?: { readonly mounts: readonly { readonly source: string }[] } | undefined;
}

/**
 * Returns the inputs of the builds of app and services that are missing or can't be read, and sources that are missing, a
 * line each.
 * @param root folder of the project
 */
export function buildProblems(
  {
    app,
    services = {},
  }: { readonly app: Buildable; readonly services?: Readonly<Record<string, Buildable>> },
  root: string,
): readonly string[] {
  const named = Object.entries(services).map(([name, each]) => [`services.${name}`, each] as const);
  return [
    ...[["app", app] as const, ...named].flatMap(([path, each]) => missing(path, each, root)),
    ...sourceProblems(app, root),
  ];
}

function missing(path: string, { image, build }: Buildable, root: string): readonly string[] {
  if (image !== undefined || build === undefined) return [];
  const { context, dockerfile } = build;
  const inside = `${context}/${dockerfile}`;
  if (kindOf(join(root, context)) !== "folder") {
    return [
      problem(
        `${path}.build.context`,
        `there is no folder ${context} in the project's folder`,
        `name the folder that the image is built from, or set ${path}.image`,
      ),
    ];
  }
  if (kindOf(join(root, context, dockerfile)) === "file") {
    return unreadable(join(root, context), dockerfile, `${path}.build.context`);
  }
  return [
    problem(
      `${path}.build.dockerfile`,
      `there is no file ${inside} in the project's folder`,
      `name the Dockerfile by its path in ${path}.build.context, or set ${path}.image`,
    ),
  ];
}

/** Docker would make a folder that is missing, as root. */
function sourceProblems({ dev }: Buildable, root: string): string[] {
  const all = (dev?.mounts ?? []).map(({ source }, index) => [index, source] as const);
  return all
    .filter(([, source]) => kindOf(resolve(root, source)) !== "folder")
    .map(([index, source]) =>
      problem(
        `app.dev.mounts[${String(index)}].source`,
        `there is no folder ${source} in the project's folder`,
        "name the folder of the sources",
      ),
    );
}

function unreadable(context: string, dockerfile: string, setting: string): readonly string[] {
  try {
    requireReadable(context, dockerfile, setting);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

function kindOf(path: string): "file" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isDirectory() ? "folder" : "file";
}
