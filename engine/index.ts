import { deleteAll } from "./deletions.js";
import { Deployment } from "./deployment.js";
import { summary } from "./display.js";
import type { Changes } from "./display.js";
import { EngineError, messageOf } from "./errors.js";
import type { Foreseen } from "./foreseen.js";
import { takeLock } from "./lock.js";
import { openProviders, recoverPending, refreshResources } from "./recovery.js";
import { defaultParallel, openSession, openSnapshot, refuseForeignStack } from "./session.js";
import type { EngineOptions, Session } from "./session.js";
import type { Snapshot } from "./snapshot.js";
import { decodeCheckpoint, encodeDeployment } from "./state.js";
import { Steps } from "./steps.js";
import { hasSecret, hasUnknown, reveal } from "./values.js";

export type { Changes } from "./display.js";
export { EngineError } from "./errors.js";
export { renameStack } from "./rename.js";
export type { EngineOptions } from "./session.js";

/** The result of a run. */
export interface Result {
  changes: Changes;
  seconds: number;
  outputs: Record<string, { value: unknown; secret: boolean }>;
}

interface Run extends Session {
  snapshot: Snapshot;
  steps: Steps;
  stop: AbortController;
}

/** Brings the stack to what the program describes. Throws an EngineError when it cannot. */
export async function up(options: EngineOptions): Promise<Result> {
  refuseForeignStack(options);
  return change(options, "up", async (run) => {
    openProviders(run);
    await recoverPending(run);
    if (options.refresh === true) await refreshResources(run);
    await deploy(run, false);
    // Whatever was interrupted before has been settled by a run that came to its end.
    run.snapshot.pending = [];
    await run.snapshot.save();
  });
}

/** Says what `up` would do, and does nothing. */
export async function preview(options: EngineOptions): Promise<Result & { steps: Foreseen[] }> {
  const started = performance.now();
  const session = await openSession(options);
  try {
    const run = await prepare(session, "preview");
    openProviders(run);
    if (options.refresh === true) await refreshResources(run);
    await interruptible(run, () => deploy(run, true));
    return { ...conclude(run, started, true), steps: run.steps.taken };
  } catch (error) {
    throw masked(session, error);
  }
}

/** Deletes everything of the stack that is not kept. Throws when something is protected, unless told to delete it too. */
export async function destroy(options: EngineOptions): Promise<Result> {
  refuseForeignStack(options);
  return change(options, "destroy", async (run) => {
    openProviders(run);
    await recoverPending(run);
    const { base } = run.snapshot;
    await deleteAll(base, run.snapshot, run.steps, run.registry, options.protectedToo);
    run.snapshot.pending = [];
    await run.snapshot.save();
  });
}

/** The outputs of the stack, or of its resource of another type and name, secret ones opened and marked. */
export async function outputs(
  options: EngineOptions,
  type = "pulumi:pulumi:Stack",
  name?: string,
): Promise<Result["outputs"]> {
  return outputsOf(await openSnapshot(await openSession(options), true), type, name);
}

/** The stack as `pulumi stack import` takes it, secrets sealed. */
export async function exportStack(options: EngineOptions): Promise<object> {
  const { checkpoint, crypter } = await openSession(options);
  return {
    version: 3,
    deployment: encodeDeployment(decodeCheckpoint(checkpoint, crypter), crypter),
  };
}

async function change(
  options: EngineOptions,
  name: string,
  act: (run: Run) => Promise<void>,
): Promise<Result> {
  const started = performance.now();
  const session = await openSession(options);
  const notice = (line: string): void => {
    session.display.print(line);
  };
  const release = await takeLock(
    options.stateDirectory,
    session.project.name,
    options.stack,
    notice,
  );
  try {
    const run = await prepare(session, name);
    await interruptible(run, () => act(run));
    return conclude(run, started, false);
  } catch (error) {
    throw masked(session, error);
  } finally {
    await release();
  }
}

async function prepare(session: Session, name: string): Promise<Run> {
  const { options, project, display } = session;
  display.print(
    `embedded engine (Keelson's own, not Pulumi's): ${name} ${project.name}/${options.stack}`,
  );
  const preview = name === "preview";
  const snapshot = await openSnapshot(session, preview);
  const stop = new AbortController();
  const parallel = options.parallel ?? defaultParallel;
  const steps = new Steps(snapshot, display, { preview, parallel, signal: stop.signal });
  return { ...session, snapshot, steps, stop };
}

async function deploy(run: Run, preview: boolean): Promise<void> {
  const { options, project, configuration } = run;
  const about = {
    stack: options.stack,
    project: project.name,
    configuration: configuration.values,
  };
  const deployment = new Deployment({ ...run, ...about });
  // Only what runs the program speaks gRPC, which takes longer to load than to read a stack's outputs.
  const { runProgram } = await import("./program.js");
  await runProgram(run, deployment, preview, run.stop);
  await deployment.finish();
}

/** Ends the run after the steps under way when a signal comes, and keeps what was reached. */
async function interruptible(run: Run, act: () => Promise<void>): Promise<void> {
  const stop = (): void => {
    // A signal of the system and the caller's own may both come.
    if (run.stop.signal.aborted) return;
    run.display.print("interrupted: waiting for the steps that are under way");
    run.stop.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  run.options.signal?.addEventListener("abort", stop);
  if (run.options.signal?.aborted === true) run.stop.abort();
  try {
    await act();
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    run.options.signal?.removeEventListener("abort", stop);
    await run.snapshot.flush();
  }
}

function conclude(run: Run, started: number, preview: boolean): Result {
  const seconds = (performance.now() - started) / 1000;
  run.display.print(summary(run.steps.changes, seconds, preview));
  return { changes: run.steps.changes, seconds, outputs: outputsOf(run.snapshot) };
}

function outputsOf(
  snapshot: Snapshot,
  type = "pulumi:pulumi:Stack",
  name?: string,
): Result["outputs"] {
  const { resources } = snapshot.deployment();
  const isNamed = (urn: string) => name === undefined || urn.endsWith(`::${name}`);
  const found = resources.find((each) => each.type === type && isNamed(each.urn));
  return Object.fromEntries(
    Object.entries(found?.outputs ?? {}).map(([key, value]) => [
      key,
      // A preview may not know it yet.
      { value: hasUnknown(value) ? undefined : reveal(value), secret: hasSecret(value) },
    ]),
  );
}

function masked(session: Session, error: unknown): EngineError {
  const urn = error instanceof EngineError ? error.urn : undefined;
  const message = session.display.mask(messageOf(error));
  return new EngineError(message, { cause: error, ...(urn === undefined ? {} : { urn }) });
}
