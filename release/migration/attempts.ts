import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tail, type CommandResult } from "#lib/run-process";
import { lastLines, tryInspect } from "../container.js";
import { causeIn } from "../start-hint.js";
import { poll, secondsSince, stillWanted, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { failedBy, givenUp, notRun, type Failed, type Run } from "./attempt-failure.js";
import type { LockHolder } from "./lock-holder.js";
import type { MigrationParameters } from "./parameters.js";

const mostPauseSeconds = 60;
/** Time that a migration has to end by itself when its time is over. */
const graceSeconds = 10;
/** Time that Docker may take to remove a container. */
const goneSeconds = 30;
/** Timers of Node are no longer. */
const longestMs = 2 ** 31 - 1;
const lockTimeout = /55P03|due to lock timeout|lock_not_available|could not obtain lock on/i;

/** Runs the migration in its container, which stays when it has ended. */
export class Attempts {
  readonly #context: StepContext;
  readonly #parameters: MigrationParameters;
  readonly #holder: LockHolder;
  readonly #folder: string;
  #count = 0;
  #isRunning = false;

  /** @param folder for files of its own */
  constructor(
    context: StepContext,
    parameters: MigrationParameters,
    holder: LockHolder,
    folder: string,
  ) {
    this.#context = context;
    this.#parameters = parameters;
    this.#holder = holder;
    this.#folder = folder;
  }

  /** Migrates, again and again where it waits too long for a lock. @returns undefined where it has passed */
  async migrate(): Promise<Failed | undefined> {
    const { lockRetries, lockPauseSeconds } = this.#parameters;
    let pause = lockPauseSeconds;
    for (let attempt = 1; ; attempt++) {
      const run = await this.#run();
      const { blocked } = await this.#holder.tell("report");
      if (run.code === 0) {
        const left = await this.#left();
        if (left !== undefined) return { kind: "left", reason: `it ended with 0, but ${left}` };
        this.#say(`passed in ${String(run.seconds)} s`);
        return undefined;
      }
      const failed = await this.#judge(run);
      if (failed.kind !== "lock") return failed;
      const waited = `it waited too long for a lock: ${blocked ?? "on what was not seen"}`;
      const left = await this.#left();
      // The next try could take an index that is of no use for the one that it is to make.
      if (left !== undefined) {
        return { kind: "left", reason: `${waited}; it is not tried again, since ${left}` };
      }
      if (attempt > lockRetries) return { kind: "lock", reason: givenUp(waited, attempt) };
      const retry = `retry ${String(attempt)} of ${String(lockRetries)} in ${String(pause)} s`;
      this.#say(`${waited}; ${retry}`);
      await this.#context.wait(pause * 1000);
      stillWanted(this.#context);
      pause = Math.min(pause * 2, mostPauseSeconds);
    }
  }

  /** Says why it has not passed, and the end of its log. */
  async log(reason: string): Promise<void> {
    const { container } = this.#parameters;
    this.#say(`${reason}; the last 50 log lines of ${container}:`);
    for (const line of await lastLines(this.#context, await this.#own())) this.#context.say(line);
  }

  /** Removes its container: without the lock only the very one, which no other run has made since. */
  async remove(): Promise<void> {
    const { container } = this.#parameters;
    this.#isRunning = false;
    const removed = this.#holder.isLost ? await this.#id() : container;
    if (removed !== undefined) await this.#context.docker(["rm", "--force", removed]);
  }

  async #run(): Promise<Run> {
    const { container, timeoutSeconds } = this.#parameters;
    const { docker, say, now } = this.#context;
    await removeContainer(this.#context, container);
    this.#count += 1;
    const began = now();
    this.#isRunning = true;
    void this.#holder.lost.then(() => this.#kill());
    const timeoutMs = Math.min(timeoutSeconds * 1000, longestMs);
    let result: CommandResult;
    try {
      const id = await this.#create();
      result = await docker(["start", "--attach", id], { line: say, timeoutMs });
    } finally {
      this.#isRunning = false;
    }
    const seconds = secondsSince(this.#context, began);
    // Its own exit code may be that of a time limit.
    return { ...result, seconds, late: result.code === 124 && seconds * 1000 >= timeoutMs - 1000 };
  }

  /** Docker takes one network when it creates a container. @returns its id @throws StepFailure */
  async #create(): Promise<string> {
    const { container, run, networks } = this.#parameters;
    const { docker } = this.#context;
    const created = await docker([
      "create",
      "--name",
      container,
      "--cidfile",
      this.#idFile(),
      ...run,
    ]);
    const id = await this.#id();
    if (created.code !== 0 || id === undefined) throw notRun(created);
    for (const network of networks) {
      const connected = await docker(["network", "connect", network, id]);
      if (connected.code !== 0) throw notRun(connected);
    }
    return id;
  }

  /** Returns the objects that are not valid by now, and were when the last migration passed; undefined: none. */
  async #left(): Promise<string | undefined> {
    const { index, constraint } = await this.#holder.tell("left");
    const { allowsNotValid } = this.#parameters;
    if (constraint !== undefined && allowsNotValid) this.#say(`${constraint} (allowed)`);
    const advice = "(or set app.migrate.allowNotValid)";
    const found = [
      ...(index === undefined ? [] : [index]),
      ...(constraint === undefined || allowsNotValid ? [] : [`${constraint} ${advice}`]),
    ];
    return found.length === 0 ? undefined : `${found.join("; ")}. Do that, then run it again`;
  }

  async #judge(run: Run): Promise<Failed> {
    const { timeoutSeconds, memory } = this.#parameters;
    const { code, late } = run;
    // Not by its name, which another one may still have where Docker has not made this one.
    const id = await this.#id();
    const found = id === undefined ? undefined : await tryInspect(this.#context, id);
    if (id === undefined || found === undefined) throw notRun(run);
    const { Running, OOMKilled, Error } = found.State;
    if (late || Running) await this.#stop(id);
    if (Running && !late) {
      const reason = `the connection to Docker ended with ${String(code)} while it ran: ${tail(run)}`;
      return { kind: "cut", reason };
    }
    if (!late && Error !== "")
      return { kind: "start", reason: `its command can't be run: ${Error}` };
    const log = await lastLines(this.#context, id);
    if (log.some((line) => lockTimeout.test(line))) return { kind: "lock", reason: "" };
    const failed = failedBy(run, { timeoutSeconds, memory, isOutOfMemory: OOMKilled });
    const cause = causeIn(log)?.replace("app.memory", "app.migrate.memory");
    return cause === undefined ? failed : { ...failed, reason: `${failed.reason}. ${cause}` };
  }

  async #stop(id: string): Promise<void> {
    // Its long name is another one from Docker 28 on.
    const args = ["stop", "-t", String(graceSeconds), id];
    const { code, stderr } = await this.#context.docker(args);
    if (code !== 0) this.#say(`its container could not be stopped: ${stderr.trim()}`);
  }

  /** Without the lock it must not go on. It may not have its id yet. */
  async #kill(): Promise<void> {
    while (this.#isRunning) {
      const id = await this.#id();
      if (id !== undefined && (await this.#context.docker(["kill", id])).code === 0) return;
      await this.#context.wait(200);
    }
  }

  /** Id of its container; undefined where Docker has not made it. */
  async #id(): Promise<string | undefined> {
    try {
      return (await readFile(this.#idFile(), "utf8")).trim() || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async #own(): Promise<string> {
    return (await this.#id()) ?? this.#parameters.container;
  }

  /** Each run has a file of its own: Docker refuses one that there is. */
  #idFile(): string {
    return join(this.#folder, `running-${String(this.#count)}`);
  }

  #say(text: string): void {
    this.#context.say(`migration: ${text}`);
  }
}

/** Removes a container of an earlier run, if there is one. @throws StepFailure where it does not go */
export async function removeContainer(context: StepContext, container: string): Promise<void> {
  const { code, stderr } = await context.docker(["rm", "--force", container]);
  if (code === 0 || /no such container/i.test(stderr)) return;
  // Docker may still be at the removal that an earlier run began.
  const isGone = await poll(context, goneSeconds, async () =>
    (await tryInspect(context, container)) === undefined ? true : undefined,
  );
  if (isGone === true) return;
  throw new StepFailure(`${container} of an earlier run can't be removed: ${stderr.trim()}`);
}
