// Where the files of this package are: TypeScript in a checkout, compiled where npm has installed it.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether this is the package as npm installs it: a checkout sees to its own packages, and has the sources. */
export const isInstalled = !existsSync(join(root, "cli", "main.ts"));

/** A file of the program by its path in a checkout, as it is to be loaded. */
export function sourceFile(path) {
  return isInstalled ? join(root, "dist", path.replace(/ts$/, "js")) : join(root, path);
}

/** Where compiled code is kept: with the packages, whose owner can write there. */
export const compileCache = isInstalled
  ? join(dirname(root), ".cache", "keelson")
  : join(root, "node_modules", ".cache", "node");

/** The Node among the packages of a folder, and its version; undefined where there is none for this machine. */
export function packagedNode(directory, arch = process.arch) {
  try {
    const name = `node-linux-${arch}/package.json`;
    const file = createRequire(join(directory, "package.json")).resolve(name);
    const { version } = JSON.parse(readFileSync(file, "utf8"));
    return { binary: join(dirname(file), "bin", "node"), version };
  } catch {
    // Another system, or packages without optional ones.
    return undefined;
  }
}
