import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLines, type StartLines } from "./migration/lock-holder.js";
import { Migration } from "./migration/migration.js";
import { migrationParameters } from "./migration/parameters.js";
import { withProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

/** Calls a function with an exit code when the process is to end. @returns what takes that back */
export type OnSignal = (act: (code: number) => void) => () => void;

/** Dependencies of a migration that tests replace. */
export interface MigrateMeans {
  readonly converse?: Converse;
  readonly start?: StartLines;
  readonly onSignal?: OnSignal;
  readonly exit?: (code: number) => void;
}

class Interrupted extends Error {
  readonly code: number;

  constructor(code: number) {
    super("the step was interrupted");
    this.code = code;
  }
}

/**
 * Migrates the database in the image that is to go live, one migration at a time; not again where this image's command
 * has passed on these data. How to connect comes on standard input: a libpq service file. Nothing of it stays at its
 * end, signals included.
 */
export async function migrate(context: StepContext, means: MigrateMeans = {}): Promise<void> {
  const { onSignal = onProcessSignal, exit = exitProcess } = means;
  const folder = await mkdtemp(join(tmpdir(), "keelson-migration-"));
  let goesOn = true;
  const { interrupted, forget } = interruption(onSignal, () => {
    if (goesOn) context.say("migration: it is interrupted; its container and its lock go");
    goesOn = false;
  });
  const wanted: StepContext = {
    ...context,
    isWanted: () => goesOn && context.isWanted(),
    // What is given up would call that failures.
    say: (line) => {
      if (goesOn) context.say(line);
    },
  };
  let code: number | undefined;
  try {
    await run(wanted, means, folder, interrupted);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    code = error.code;
  } finally {
    await rm(folder, { recursive: true, force: true });
    forget();
  }
  if (code !== undefined) exit(code);
}

function run(
  context: StepContext,
  { converse, start = startLines }: MigrateMeans,
  folder: string,
  interrupted: Promise<never>,
): Promise<void> {
  const parameters = migrationParameters(context);
  return withProxy(context, converse, async (proxy) => {
    const migration = new Migration({ context, proxy, start, folder }, parameters);
    try {
      await Promise.race([interrupted, migration.run()]);
    } finally {
      await migration.leave();
    }
  });
}

function interruption(onSignal: OnSignal, act: () => void) {
  let reject: (reason: Interrupted) => void = () => undefined;
  const interrupted = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  // It may come when nobody waits for it any more.
  interrupted.catch(() => undefined);
  const forget = onSignal((code) => {
    act();
    reject(new Interrupted(code));
  });
  return { interrupted, forget };
}

/** Every time: a second signal does not interrupt what is done at the end. */
const onProcessSignal: OnSignal = (act) => {
  const interrupt = () => {
    act(130);
  };
  const terminate = () => {
    act(143);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", terminate);
  };
};

function exitProcess(code: number): void {
  process.exit(code);
}
