import { cpSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./docker.js";
import type { Stack } from "./stack.js";

/** Lets the next release of a stack be built from a folder of its own, with one more migration. */
export function buildRelease(
  stack: Stack,
  contexts: string,
  version: string,
  migration = "",
): void {
  const context = join(contexts, version);
  cpSync(join(root, "images/sample-app"), context, { recursive: true });
  // No other stack has the very same image, which would keep it from being pruned.
  writeFileSync(join(context, "release.txt"), `${stack.name} ${version}`);
  if (migration !== "") writeFileSync(join(context, "migrations/0009_more.sql"), migration);
  stack.configure({ app: { version, build: { context: relative(root, context) } } });
}
