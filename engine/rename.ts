import { rm } from "node:fs/promises";
import { readProject } from "./config.js";
import { takeLock } from "./lock.js";
import { readCheckpoint, statePath, writeAtomically, type Checkpoint } from "./state.js";
import { urnOf } from "./urn.js";
import type { Json } from "./wire.js";

/** A stack whose state is to have another name. */
export interface RenameOptions {
  /** Folder of Pulumi.yaml. */
  readonly projectDirectory: string;
  /** Folder of `.pulumi/stacks/…`. */
  readonly stateDirectory: string;
  readonly stack: string;
  /** Gets what is said of locks. */
  readonly output: (line: string) => void;
}

/**
 * Gives the state of a stack another name. The old one stays until the new one is complete and `between` has ended,
 * so that a kill leaves the old or both, and another run finishes. A state that has that name already is overwritten.
 * @param between what else is called by the stack's name, such as its settings file
 */
export async function renameStack(
  { projectDirectory, stateDirectory, stack, output }: RenameOptions,
  to: string,
  between: () => void,
): Promise<void> {
  const { name: project } = await readProject(projectDirectory);
  const release = await takeLock(stateDirectory, project, stack, output);
  try {
    const releaseNew = await takeLock(stateDirectory, project, to, output);
    try {
      const old = statePath(stateDirectory, project, stack);
      const checkpoint = await readCheckpoint(old);
      if (checkpoint !== undefined) {
        const content = renamedCheckpoint(checkpoint, project, stack, to);
        await writeAtomically(statePath(stateDirectory, project, to), JSON.stringify(content));
      }
      between();
      for (const end of ["", ".bak", ".attrs", ".bak.attrs"]) {
        await rm(`${old}${end}`, { force: true });
      }
    } finally {
      await releaseNew();
    }
  } finally {
    await release();
  }
}

/** A state under another stack's name: every URN in it has that name, and the stack's own resource is called by it. */
export function renamedCheckpoint(
  checkpoint: Checkpoint,
  project: string,
  from: string,
  to: string,
): Checkpoint {
  const rewrite = urnRewriter(project, from, to);
  const resource = (each: Record<string, Json>) => renamedResource(each, rewrite);
  const { stack, latest } = checkpoint.checkpoint;
  const renamed: typeof latest = latest && { ...latest };
  if (renamed?.resources !== undefined) renamed.resources = renamed.resources.map(resource);
  if (renamed?.pending_operations !== undefined) {
    renamed.pending_operations = renamed.pending_operations.map((each) => ({
      ...each,
      resource: resource(each.resource),
    }));
  }
  const named = { ...checkpoint.checkpoint, stack: stack.replace(/[^/]*$/, to) };
  return {
    ...checkpoint,
    checkpoint: renamed === undefined ? named : { ...named, latest: renamed },
  };
}

/** Renames each reference to a resource, known to this engine or not; providers' inputs and outputs stay as they are. */
function renamedResource(
  resource: Record<string, Json>,
  rewrite: (text: string) => string,
): Record<string, Json> {
  const kept = ["inputs", "outputs", "id"];
  return Object.fromEntries(
    Object.entries(resource).map(([key, value]) => [
      key,
      kept.includes(key) ? value : rewritten(value, rewrite),
    ]),
  );
}

function rewritten(value: Json, rewrite: (text: string) => string): Json {
  if (typeof value === "string") return rewrite(value);
  if (Array.isArray(value)) return value.map((each) => rewritten(each, rewrite));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, rewritten(inner, rewrite)]),
  );
}

/** A reference to a provider is a URN and an id, so beginnings count. */
function urnRewriter(project: string, from: string, to: string): (text: string) => string {
  const stackUrn = (stack: string) =>
    urnOf(stack, project, "", "pulumi:pulumi:Stack", `${project}-${stack}`);
  const beginning = `urn:pulumi:${from}::${project}::`;
  return (text) => {
    if (text === stackUrn(from)) return stackUrn(to);
    return text.startsWith(beginning)
      ? `urn:pulumi:${to}::${project}::${text.slice(beginning.length)}`
      : text;
  };
}
