import { parameter } from "./parameters.js";
import {
  describeEnd,
  healthOf,
  lastLines,
  limitProcesses,
  tryInspect,
  type Inspected,
} from "./container.js";
import { runHealthTest, type HealthTest } from "./health.js";
import { startHint } from "./start-hint.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Settings that a container follows from. */
export interface Section {
  /** Path of them: `app`, or that of a service. */
  readonly path: string;
  /** Most processes and threads. */
  readonly pids: string;
}

/** As often a container may end while its start is waited for: then it ends in a loop. */
const mostEnds = 3;

/** The start of one container, which is looked at again and again. */
export class Start {
  #state = "created";
  /** Output of its last health test, for a sentence. */
  #why = "";
  #end: string | undefined;
  #ends = 0;
  #hasPassed = false;
  #isLimited = false;
  readonly #context: StepContext;
  readonly #container: string;
  readonly #restarts: number;
  readonly #of: Section;

  /** @param restarts how often Docker had started it again before this start */
  constructor(context: StepContext, container: string, restarts: number, of?: Section) {
    this.#context = context;
    this.#container = container;
    this.#restarts = restarts;
    this.#of = of ?? { path: "app", pids: parameter(context, "PIDS") };
  }

  /** Returns the number of times that it has ended since. */
  get ends(): number {
    return this.#ends;
  }

  /**
   * Limits its processes, unless it is just not running, as in a crash loop: then the next look at it does.
   * @throws StepFailure
   */
  async limit(): Promise<void> {
    try {
      await limitProcesses(this.#context, this.#container, this.#of.pids);
      this.#isLimited = true;
    } catch (error) {
      if (!(error instanceof StepFailure) || !isDown.test(error.message)) throw error;
    }
  }

  /** Returns true where its own health test passes; a reason where it never will; undefined while that is not known. */
  async look(): Promise<"healthy" | { readonly reason: string } | undefined> {
    const found = await tryInspect(this.#context, this.#container);
    if (found === undefined) return { reason: "health: the container is gone" };
    const reason = this.#note(found);
    if (reason !== undefined) return { reason };
    if (!found.State.Running) return undefined;
    if (!this.#isLimited) await this.limit();
    if (!this.#isLimited) return undefined;
    const passes = this.#state === "running/healthy" || (await this.#passes(found));
    if (!passes) return undefined;
    this.#hasPassed = true;
    return "healthy";
  }

  /** Returns the reason why it has ended for good while something else of it is waited for; undefined where it has not. */
  async lost(): Promise<string | undefined> {
    const found = await tryInspect(this.#context, this.#container);
    return found === undefined ? "health: the container is gone" : this.#note(found);
  }

  /** Returns the problem after so many seconds. */
  late(seconds: number): string {
    const ended = this.#end === undefined ? "" : `; it ended with ${this.#end}`;
    const restarts = this.#ends === 0 ? "" : ` (restarts: ${String(this.#ends)})`;
    return `health: the container is ${this.#state} after ${String(seconds)} s, not healthy${ended}${restarts}${this.#why}`;
  }

  /** A reason, and the setting that helps where its log points at one. @param refuses its port, asked from outside */
  async explained(reason: string, refuses: boolean): Promise<string> {
    const log = await lastLines(this.#context, this.#container);
    const isLoopback = refuses && this.#hasPassed;
    const hint = startHint({ log, end: this.#end, isLoopback });
    return hint === undefined ? reason : `${reason}. ${inSection(hint, this.#of.path)}`;
  }

  /** @returns why it is not waited for any longer */
  #note(found: Inspected): string | undefined {
    this.#state = healthOf(found).replace(/\/$/, "");
    this.#end = describeEnd(found, this.#of.path) ?? this.#end;
    this.#ends = found.RestartCount - this.#restarts;
    if (this.#ends < mostEnds) return undefined;
    const last = this.#end === undefined ? "" : `, the last time with ${this.#end}`;
    return `health: the container has ended ${String(this.#ends)} times while it starts${last}`;
  }

  /** Its own health test. One without passes. */
  async #passes(found: Inspected): Promise<boolean> {
    const test = await runHealthTest(this.#context, this.#container, found.Config.Healthcheck);
    if (test === undefined || test.passes) return true;
    this.#why = `; ${test.why}${advice(test, this.#of.path)}`;
    return false;
  }
}

/** Docker's message where a container can't be limited since it does not run now. */
const isDown = /stopped container|not running|is restarting/i;

function advice({ code, said }: HealthTest, path: string): string {
  const isMissing =
    code === 126 || code === 127 || /executable file not found|no such file/i.test(said);
  if (!isMissing) return "";
  const way = `; where the image has no such program, name one in ${path}.health.command`;
  return path === "app" ? `${way}, or set app.health.test to image or outside` : way;
}

/** A hint that names the app's settings, with those of the container's own section. */
function inSection(hint: string, path: string): string {
  return hint.replaceAll(/\bapp\.(?=[a-z])/g, `${path}.`);
}
