import type { Docker } from "#lib/docker";
import { startIfStopped } from "./container.js";
import { lookedHealthy } from "./health.js";
import { Records, type ReleaseEnd, type Releaser } from "./history/records.js";
import { parameter } from "./parameters.js";
import {
  converse,
  ProxyGone,
  ProxySession,
  type Conversation,
  type Converse,
} from "./proxy-session.js";
import { releaser, stillWanted, type StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

const attempts = 5;
const backSeconds = 30;

/**
 * The proxy of a stack, for a step of a release. It may have crashed or been stopped a moment ago: what was interrupted by
 * that is done once more when it is back, so all that is done in it may be done twice.
 */
export class StackProxy {
  /** Its container; undefined where there is none yet. */
  readonly container: string | undefined;
  readonly #context: StepContext;
  readonly #converse: Converse;
  readonly #releaser: Releaser;
  #open: Conversation | undefined;

  constructor(context: StepContext, container: string | undefined, speak: Converse = converse) {
    this.container = container;
    this.#context = context;
    this.#converse = speak;
    this.#releaser = releaser(context.environment);
  }

  /** Does something in the proxy. @throws StepFailure where it fails, or the proxy does not come back */
  async run<T>(work: (session: ProxySession) => Promise<T>): Promise<T> {
    const { container } = this;
    if (container === undefined) throw new StepFailure("proxy: its container is missing");
    for (let attempt = 1; ; attempt++) {
      stillWanted(this.#context);
      this.#open ??= this.#converse(this.#context.docker, container);
      try {
        return await work(new ProxySession(this.#open));
      } catch (error) {
        if (!(error instanceof ProxyGone)) throw error;
        this.#open = undefined;
        if (attempt === attempts) throw new StepFailure(`proxy: ${error.message}`);
        this.#context.say("proxy: it ended in the middle of this; once more when it is back");
        await this.#comesBack(container, error);
      }
    }
  }

  /**
   * Writes the record of the release that runs. A release is not given up because its history can't be written.
   * Nothing where there is no proxy yet.
   */
  async record(work: (records: Records) => Promise<unknown>): Promise<void> {
    if (this.container === undefined) return;
    try {
      await this.run((session) => work(this.records(session)));
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.#context.say(`the history of releases could not be written: ${error.message}`);
    }
  }

  /** Another proxy, spoken with in the same way. */
  like(container: string): StackProxy {
    return new StackProxy(this.#context, container, this.#converse);
  }

  /** Ends the release's record as one that failed. @returns the error to throw */
  async fail(reason: string, result: ReleaseEnd["result"] = "failed"): Promise<StepFailure> {
    await this.record((records) => records.end({ result, reason }));
    return new StepFailure(reason);
  }

  records(session: ProxySession): Records {
    return new Records(session, this.#releaser);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }

  async #comesBack(container: string, cause: ProxyGone): Promise<void> {
    await startIfStopped(this.#context, container);
    const { healthy, health } = await lookedHealthy(this.#context, container, backSeconds);
    if (!healthy) throw new StepFailure(`proxy: it is ${health}: ${cause.message}`);
  }
}

/** Does something with the proxy of the step's stack, which may not be there yet. */
export async function withProxy(
  context: StepContext,
  speak: Converse | undefined,
  work: (proxy: StackProxy) => Promise<void>,
): Promise<void> {
  const container = await findProxy(context.docker, parameter(context, "PROXY_FILTERS"));
  const proxy = new StackProxy(context, container, speak);
  try {
    await work(proxy);
  } finally {
    await proxy.close();
  }
}

/** The proxy's container, running or not. @param filters options that narrow docker's lists down to it */
export async function findProxy(docker: Docker, filters: string): Promise<string | undefined> {
  const args = filters.split(" ").filter((each) => each !== "");
  const { code, stdout, stderr } = await docker(["ps", "--all", "--quiet", ...args]);
  if (code !== 0) throw new StepFailure(`proxy: Docker does not say where it is: ${stderr.trim()}`);
  const [found = ""] = stdout.trim().split("\n");
  return found === "" ? undefined : found;
}
