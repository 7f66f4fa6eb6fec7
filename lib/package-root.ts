import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Keelson's own folder, with its images and scripts; not the user's project. */
export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** A file of Keelson's own, by its path in the package. */
export function ofPackage(...path: readonly string[]): string {
  return join(packageRoot, ...path);
}
