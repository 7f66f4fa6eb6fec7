import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { takeLock } from "#engine/lock";
import type { Say } from "../io/progress.js";
import type { RecordedResource, StateEdit } from "./runner.js";
import { checkpointFile } from "../project/config.js";
import type { Target } from "../project/target.js";

interface Checkpoint {
  readonly checkpoint: { readonly latest: { readonly resources?: readonly RecordedResource[] } };
}

/**
 * Changes the state of a stack whose state is the checkout's, under its lock.
 * @returns whether it was changed; false where there is none yet @throws EngineError that names who holds the lock
 */
export async function editOwnState(
  target: Target,
  project: string,
  edit: StateEdit,
  say: Say,
): Promise<boolean> {
  const file = checkpointFile(target, project);
  const release = await takeLock(target.home.state, project, target.stack, say);
  try {
    if (!existsSync(file)) return false;
    const content = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
    const { latest } = content.checkpoint;
    const resources = await edit(latest.resources ?? [], true);
    if (resources === undefined) return false;
    const checkpoint = { ...content.checkpoint, latest: { ...latest, resources } };
    await replaceFile(file, JSON.stringify({ ...content, checkpoint }));
    return true;
  } finally {
    await release();
  }
}

/**
 * Changes a deployment as `pulumi stack export` gives it, for `pulumi stack import`.
 * @param put takes the file with the changed one, which is removed afterwards
 * @returns whether it was changed
 */
export async function editExport(
  exported: object,
  edit: StateEdit,
  put: (file: string) => Promise<void>,
): Promise<boolean> {
  const { deployment, ...rest } = exported as {
    readonly deployment: { readonly resources?: readonly RecordedResource[] };
  };
  const resources = await edit(deployment.resources ?? [], false);
  if (resources === undefined) return false;
  const folder = mkdtempSync(join(tmpdir(), "keelson-state-"));
  try {
    const file = join(folder, "stack.json");
    const text = JSON.stringify({ ...rest, deployment: { ...deployment, resources } });
    writeFileSync(file, text, { mode: 0o600 });
    await put(file);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A reader, or a kill, sees the old content or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  writeFileSync(part, text, { mode: 0o600 });
  await sync(part);
  renameSync(part, path);
  await sync(dirname(path));
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
