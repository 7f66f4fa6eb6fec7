import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { judgeByLiveness } from "../liveness.js";
import type { StackProxy } from "../proxy.js";
import { releaser, secondsSince, stillWanted, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import type { Failed } from "./attempt-failure.js";
import { Attempts, removeContainer } from "./attempts.js";
import { handedOver, LockHolder, type StartLines } from "./lock-holder.js";
import { giveToOwner } from "./ownership.js";
import type { MigrationParameters } from "./parameters.js";
import { emptyDatabase } from "./reset.js";
import { whatServes } from "./serving.js";
import { makeDump, makeRestorePoint } from "./way-back.js";

/** Dependencies of a migration. */
export interface MigrationMeans {
  readonly context: StepContext;
  readonly proxy: StackProxy;
  readonly start: StartLines;
  /** For files of its own. */
  readonly folder: string;
}

/** Its engine has ended: nothing is recorded of that. */
class Abandoned extends StepFailure {}

/**
 * One run of a migration's step. It may be killed at any moment, with all its processes or alone: the lock goes with
 * its holder, which ends when nobody speaks with it any more; the next run takes the lock, then removes what is left.
 */
export class Migration {
  readonly #context: StepContext;
  readonly #proxy: StackProxy;
  readonly #means: MigrationMeans;
  readonly #parameters: MigrationParameters;
  #holder: LockHolder | undefined;
  #attempts: Attempts | undefined;
  #restorePoint: string | null = null;
  #livePath: string | undefined;
  #wasEmptied = false;
  #login = "";

  constructor(means: MigrationMeans, parameters: MigrationParameters) {
    this.#context = means.context;
    this.#proxy = means.proxy;
    this.#means = means;
    this.#parameters = parameters;
  }

  /** @throws StepFailure, which then stands in the release's record */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof StepFailure) || error instanceof Abandoned) throw error;
      const emptied = this.#wasEmptied ? ". The database was emptied before" : "";
      const reason = `migration: ${error.message}${emptied}`;
      if (!this.#context.isWanted()) this.#context.say(reason);
      stillWanted(this.#context);
      throw await this.#proxy.fail(reason);
    }
  }

  /** Removes what the step has started: neither its container nor the lock stays. */
  async leave(): Promise<void> {
    await this.#attempts?.remove();
    await this.#holder?.close();
  }

  async #run(): Promise<void> {
    await this.#proxy.record((records) => records.resume());
    const holder = await this.#takeLock();
    const attempts = new Attempts(this.#context, this.#parameters, holder, this.#means.folder);
    this.#attempts = attempts;
    this.#stillOurs();
    await this.#removeOld();
    const passed = await holder.passedBefore();
    if (passed !== undefined) {
      this.#say(`not run: this one ${passed} (same image, same command)`);
      return;
    }
    await this.#prepare();
    await holder.tell("begin");
    let failed = await attempts.migrate();
    if (failed?.kind === "own" && this.#parameters.resetOnFailure) {
      await attempts.log(failed.reason);
      const problem = await this.#reset();
      if (problem !== undefined) {
        const reason = `${failed.reason}, and ${problem}`;
        throw await this.#failure(holder, { ...failed, reason });
      }
      await holder.tell("begin");
      failed = await attempts.migrate();
    }
    if (failed !== undefined) {
      await attempts.log(failed.reason);
      throw await this.#failure(holder, failed);
    }
    await giveToOwner(this.#context, this.#parameters, this.#login);
    await holder.tell("passed");
  }

  async #takeLock(): Promise<LockHolder> {
    const { context, start } = this.#means;
    const { holder: args, container, lockWaitSeconds } = this.#parameters;
    this.#login = await context.input();
    const began = context.now();
    const identity = await this.#identity();
    this.#stillOurs();
    const flags = ["--cidfile", this.#holderFile(), "--label", `dev.keelson.step=${container}`];
    const lines = start(
      context.docker,
      ["run", "--interactive", "--rm", ...flags, "--no-healthcheck", ...handedOver, ...args],
      { PGAPPNAME: this.#whoMigrates(), MIGRATION_IDENTITY: identity },
    );
    this.#holder = new LockHolder(lines, this.#login, context.say);
    await this.#holder.locked((who) => {
      const wait = String(lockWaitSeconds);
      this.#say(`waiting up to ${wait} s for another migration: ${who}`);
    });
    this.#say(`lock taken in ${String(secondsSince(context, began))} s`);
    return this.#holder;
  }

  /** Told to others that wait. The server keeps so many bytes of it. */
  #whoMigrates(): string {
    const { who } = releaser(this.#context.environment);
    const text = `keelson: ${who} migrates to ${this.#parameters.release}`;
    // What is cut through is no character any more.
    return Buffer.from(text)
      .subarray(0, 63)
      .toString("utf8")
      .replace(/\uFFFD$/, "");
  }

  /** The same image under another name has the same migration, and a tag may be moved to another image. */
  async #identity(): Promise<string> {
    const { image, command } = this.#parameters;
    const args = ["image", "inspect", "--format", "{{.Id}}", image];
    const { code, stdout, stderr } = await this.#context.docker(args);
    if (code !== 0) throw new StepFailure(`${image} can't be looked at: ${stderr.trim()}`);
    return `command ${JSON.stringify(command)} ${stdout.trim()}`;
  }

  /** Of runs that were killed: with the lock they have no right to anything any more. */
  async #removeOld(): Promise<void> {
    const { docker } = this.#context;
    const { container } = this.#parameters;
    const own = (await readFile(this.#holderFile(), "utf8")).trim();
    const filters = [
      `label=dev.keelson.step=${container}`,
      `before=${own}`,
      "status=created",
      "status=exited",
    ].flatMap((each) => ["--filter", each]);
    const { code, stdout, stderr } = await docker(["ps", "--all", "--quiet", ...filters]);
    if (code !== 0) {
      throw new StepFailure(`what earlier runs have left can't be found: ${stderr.trim()}`);
    }
    const old = stdout.split("\n").filter((id) => id !== "");
    if (old.length > 0) await docker(["rm", ...old]);
    await removeContainer(this.#context, container);
  }

  /** Makes a way back, and sees that what serves goes on serving. */
  async #prepare(): Promise<void> {
    const { backwardCompatible, livePath } = this.#parameters;
    this.#restorePoint = await makeRestorePoint(this.#context, this.#parameters);
    const dump = await makeDump(this.#context, this.#parameters);
    if (livePath !== undefined && this.#proxy.container !== undefined) {
      this.#livePath = (await this.#judgeByLiveness(livePath)) ? livePath : undefined;
    }
    const restorePoint = this.#restorePoint;
    const migration = { ran: true, backwardCompatible, restorePoint, dump };
    // Before it begins: what is broken off half-way has run too. Not where it is not run, as after a kill.
    await this.#proxy.record((records) => records.note({ migration }));
    // It may take its time, in which nothing is said to the proxy.
    await this.#proxy.close();
  }

  /** @returns false where it can't be judged so: what serves has no such path */
  async #judgeByLiveness(path: string): Promise<boolean> {
    const { site } = this.#parameters;
    try {
      const problem = await this.#proxy.run((session) => judgeByLiveness(session, path, site));
      if (problem === undefined) return true;
      this.#say(
        `what serves is judged by its ready path as before, since app.health.path is no good for it: ${problem}`,
      );
      return false;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      throw new StepFailure(
        `it was not begun, since what serves can't be judged by its liveness: ${error.message}`,
      );
    }
  }

  /** @returns what went wrong; undefined where the database is empty */
  async #reset(): Promise<string | undefined> {
    const { context } = this.#means;
    const { server = "", database } = this.#parameters;
    this.#say(
      `!!! app.migrate.resetOnFailure is set: EMPTYING THE DATABASE ${database}, ALL ITS DATA IS LOST`,
    );
    const began = context.now();
    const { isEmpty, problem } = await emptyDatabase(context, { server, database });
    if (isEmpty !== true) return problem;
    this.#wasEmptied = true;
    const seconds = String(secondsSince(context, began));
    this.#say(`!!! the database is empty after ${seconds} s; migrating afresh`);
    return undefined;
  }

  /** Its first line says why, and so does its last: who reads a log reads its end. */
  async #failure(holder: LockHolder, { reason, kind }: Failed): Promise<StepFailure> {
    // What was left is named already, with another remedy where the migration has ended well.
    const changes = kind === "left" ? [] : [await holder.changes()];
    const restorePoint = this.#restorePoint;
    const judged = { livePath: this.#livePath, restorePoint };
    return new StepFailure(
      [reason, ...changes, await whatServes(this.#context, this.#proxy, judged)].join(". "),
    );
  }

  /** @throws Abandoned where the engine has ended */
  #stillOurs(): void {
    try {
      stillWanted(this.#context);
    } catch (error) {
      throw error instanceof StepFailure ? new Abandoned(error.message) : error;
    }
  }

  #holderFile(): string {
    return join(this.#means.folder, "holder");
  }

  #say(text: string): void {
    this.#context.say(`migration: ${text}`);
  }
}
