import { statSync } from "node:fs";
import { join } from "node:path";
import { requireReadable } from "#lib/build-context";
import { problem, SettingsError } from "#lib/settings";
import type { AppSettings } from "./settings.js";

/** What is missing, or can't be read, of that which the app's image is built from, a line each. @param root folder of the project */
export function buildProblems(
  { app }: { readonly app: AppSettings },
  root: string,
): readonly string[] {
  const { build, image } = app;
  if (image !== undefined || build === undefined) return [];
  const { context, dockerfile } = build;
  const inside = `${context}/${dockerfile}`;
  if (kindOf(join(root, context)) !== "folder") {
    return [
      problem(
        "app.build.context",
        `there is no folder ${context} in the project's folder`,
        "name the folder that the image is built from, or set app.image",
      ),
    ];
  }
  if (kindOf(join(root, context, dockerfile)) === "file") {
    return unreadable(join(root, context), dockerfile);
  }
  return [
    problem(
      "app.build.dockerfile",
      `there is no file ${inside} in the project's folder`,
      "name the Dockerfile by its path in app.build.context, or set app.image",
    ),
  ];
}

function unreadable(context: string, dockerfile: string): readonly string[] {
  try {
    requireReadable(context, dockerfile);
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
