import { cpSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Release } from "../../cli/history.js";
import { root } from "./docker.js";
import type { Stack } from "./stack.js";

/** A release of a history, live and unremarkable but for what is said of it. */
export function release(id: string, more: Partial<Release> = {}): Release {
  return {
    ...{ id, result: "superseded", reason: null, who: "eve", by: "1@host", backTo: null },
    ...{ begin: "2026-11-21T09:10:11.500Z", switched: null, end: null, seconds: 12.34 },
    ...{ image: `shop:${id}`, imageId: null, version: id, gitSha: "abc1234def567" },
    ...{ requests: 10, failed: 0, errors: 0, migration: null, settings: { image: `shop:${id}` } },
    ...{ wasLive: true, previous: false },
    ...more,
  };
}

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
