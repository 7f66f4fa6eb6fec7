import type { Docker } from "#lib/docker";
import { LineProcess } from "#lib/line-process";
import { StepFailure } from "../step-failure.js";

/** A program that is spoken with in lines. */
export type Lines = Pick<LineProcess, "write" | "line" | "close" | "ended">;

/** Starts a `docker` command as such a program. @param more variables on top of the environment */
export type StartLines = (
  docker: Docker,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
) => Lines;

export const startLines: StartLines = ({ environment = process.env }, args, more) =>
  new LineProcess("docker", args, { ...environment, ...more });

/** The holder's answer to a command. */
export interface HolderAnswer {
  /** Locks and sessions that the migration has waited for. */
  readonly blocked?: string;
  /** Changes of the schema. */
  readonly changes?: string;
  /** Indexes that are not valid and were not there when the last migration passed, with the remedy. */
  readonly index?: string;
  /** Constraints that are not validated, in the same way. */
  readonly constraint?: string;
}

/** Variables of its container, as arguments of `docker run`. */
export const handedOver = [
  "PGAPPNAME",
  "MIGRATION_STACK",
  "MIGRATION_IDENTITY",
  "MIGRATION_RELEASE",
  "MIGRATION_COMPATIBLE",
  "MIGRATION_LOCK_WAIT",
].flatMap((name) => ["--env", name]);

const answered = ["blocked", "changes", "index", "constraint"] as const;

/**
 * The conversation with the script `migration-lock` of the jobs image, which holds the lock under which a database is
 * migrated for as long as somebody speaks with it.
 */
export class LockHolder {
  readonly #lines: Lines;
  readonly #say: (line: string) => void;
  #isLost = false;

  /** @param login how to connect to the database: a libpq service file */
  constructor(lines: Lines, login: string, say: (line: string) => void) {
    this.#lines = lines;
    this.#say = say;
    void this.lost.then(() => {
      this.#isLost = true;
    });
    // An empty line ends it, so it has none at its own end.
    lines.write(`${login.replace(/\n+$/, "")}\n\n`);
  }

  /** Settled when it has ended, and the lock with it. */
  get lost(): Promise<unknown> {
    return this.#lines.ended;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Waits for the lock. @param wait called with who has it now @throws StepFailure */
  async locked(wait: (who: string) => void): Promise<void> {
    for (;;) {
      const { word, rest } = await this.#next();
      if (word === "locked") return;
      if (word === "wait") wait(rest);
    }
  }

  /** Returns the time when the same migration passed on these data; undefined where it has not. @throws StepFailure */
  async passedBefore(): Promise<string | undefined> {
    const { word, rest } = await this.#next();
    return word === "unchanged" ? rest : undefined;
  }

  /** Gives it a command, and reads its answer. @throws StepFailure */
  async tell(command: "begin" | "report" | "left" | "changes" | "passed"): Promise<HolderAnswer> {
    this.#lines.write(`${command}\n`);
    let answer: HolderAnswer = {};
    for (;;) {
      const { word, rest } = await this.#next();
      if (word === "ok") return answer;
      if (word === "note") this.#say(`migration: ${rest}`);
      if (answered.some((each) => each === word)) answer = { ...answer, [word]: rest };
    }
  }

  /** Returns the changes of the schema, in sentences. */
  async changes(): Promise<string> {
    const { changes = "Whether it changed the schema is not known" } = await this.tell("changes");
    return changes;
  }

  /** Frees the lock. */
  async close(): Promise<void> {
    await this.#lines.close();
  }

  async #next(): Promise<{ readonly word: string; readonly rest: string }> {
    const line = await this.#lines.line();
    if (line === undefined) throw await this.#ended();
    const [word = ""] = line.split(" ", 1);
    const rest = line.slice(word.length + 1);
    if (word === "refused") throw new StepFailure(rest);
    return { word, rest };
  }

  async #ended(): Promise<StepFailure> {
    const { stderr } = await this.#lines.close();
    for (const line of stderr.split("\n")) if (line !== "") this.#say(`migration: ${line}`);
    return new StepFailure(
      "the session that holds the lock ended; look after the database, then run again",
    );
  }
}
