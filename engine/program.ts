import type { Deployment } from "./deployment.js";
import { EngineError, NotStarted } from "./errors.js";
import { startProgram } from "./langhost.js";
import { startMonitor } from "./monitor.js";
import type { Handlers, Severity } from "./monitor.js";
import { defaultParallel, environmentOf } from "./session.js";
import type { Session } from "./session.js";

/** The program has printed what went wrong itself. */
const saidSo = 32;

/**
 * Runs the program to its end, its registrations going to `deployment`. Throws the first failure,
 * after the steps that were under way have ended.
 */
export async function runProgram(
  session: Session,
  deployment: Deployment,
  preview: boolean,
  stop: AbortController,
): Promise<void> {
  const calls = new Calls(session, deployment, stop);
  const { project, configuration, options } = session;
  const parallel = options.parallel ?? defaultParallel;
  const about = { project: project.name, stack: options.stack, configuration, preview, parallel };
  const monitor = await startMonitor(about, calls);
  try {
    const program = startProgram({
      project,
      configuration,
      preview,
      parallel,
      projectDirectory: options.projectDirectory,
      stack: options.stack,
      address: monitor.address,
      environment: environmentOf(options),
      output: (line) => {
        session.display.print(line);
      },
    });
    stop.signal.addEventListener("abort", () => {
      program.stop();
    });
    const code = await program.ended;
    await calls.settled();
    calls.conclude(code);
  } finally {
    monitor.close();
  }
}

class Calls implements Handlers {
  readonly #session: Session;
  readonly #deployment: Deployment;
  readonly #stop: AbortController;
  readonly #running = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];
  readonly #complaints: string[] = [];

  constructor(session: Session, deployment: Deployment, stop: AbortController) {
    this.#session = session;
    this.#deployment = deployment;
    this.#stop = stop;
  }

  register: Handlers["register"] = (goal) => this.#track(this.#deployment.register(goal));

  registerOutputs: Handlers["registerOutputs"] = (urn, outputs) =>
    this.#track(this.#deployment.registerOutputs(urn, outputs));

  log(severity: Severity, message: string): void {
    if (severity === "debug") return;
    const text = message.trimEnd();
    if (severity === "error") this.#complaints.push(text);
    this.#session.display.print(severity === "info" ? text : `${severity}: ${text}`);
  }

  fail(error: unknown): void {
    if (!(error instanceof NotStarted)) this.#failures.push(error);
    this.#stop.abort();
  }

  /** Waits for the steps that were under way when the program ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Throws what went wrong, if something did. */
  conclude(code: number): void {
    const [first] = this.#failures;
    if (first !== undefined) throw first instanceof Error ? first : new Error("unknown failure");
    if (this.#stop.signal.aborted) throw new EngineError("The run was interrupted.");
    if (code === 0) return;
    const said = this.#complaints.join("\n");
    const reason = code === saidSo && said !== "" ? `\n${said}` : ` (exit code ${code})`;
    throw new EngineError(this.#session.display.mask(`The program failed.${reason}`));
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#running.add(promise);
    const done = (): void => {
      this.#running.delete(promise);
    };
    promise.then(done, done);
    return promise;
  }
}
