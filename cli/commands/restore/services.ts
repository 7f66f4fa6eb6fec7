import { dumpIn } from "#release/dump-line";
import { hostNames, namesOf, type Settings } from "#config";
import { seconds } from "#lib/duration";
import { ask, ourContainers, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { maintenanceState, turnMaintenance } from "../maintenance.js";
import { poll, withProgress, type Say } from "../../io/progress.js";
import { missingServers } from "#release/drain";
import { processContext } from "#release/step-context";
import { withProxySession } from "../../stack/proxy.js";
import { whyUnhealthy } from "../../stack/health.js";
import type { Stack } from "../../stack/stack.js";
import { tail } from "#lib/run-process";
import { inStartOrder, inStopOrder, traitsOf, writersOf } from "#workload/roles";

/** Further acts of a stack while its data is exchanged. */
export interface ServicesHooks {
  /** Done each time that the server runs again, which may be on other data. */
  readonly serverStarted?: () => Promise<void>;
  /** Asks the app the smoke test; the number of its checks. @throws Failure with what is wrong */
  readonly smokeTest?: () => Promise<number>;
}

/** The containers of a stack while its data is exchanged. */
export class Services {
  readonly #o: Stack;
  readonly #say: Say;
  readonly #hooks: ServicesHooks;

  public constructor(o: Stack, say: Say, hooks: ServicesHooks = {}) {
    this.#o = o;
    this.#say = say;
    this.#hooks = hooks;
  }

  /** Returns true where maintenance mode is on. */
  public async inMaintenance(): Promise<boolean> {
    return (await maintenanceState(this.#context())).on;
  }

  /** Turns maintenance mode on or off; a stack without a running proxy has no clients to answer. */
  public async maintenance(action: "on" | "off"): Promise<void> {
    const { settings } = this.#o;
    await turnMaintenance(this.#context(), action, settings.proxy.maintenance.retryAfter);
  }

  /** Returns true where the server answers; one that is broken may run, or start again and again. */
  public async serverAnswers(): Promise<boolean> {
    const server = (await this.#all("postgres")).find(({ running }) => running);
    return (
      server !== undefined && (await whyUnhealthy(this.#o.docker, server.id, "10s")) === undefined
    );
  }

  /** Stops the containers that write to the data by themselves, or the server. */
  public async stop(which: "writers" | "server"): Promise<void> {
    for (const { id, name, running } of inStopOrder(await this.#those(which))) {
      if (!running) continue;
      const work = this.#o.docker(["stop", id]);
      const result = await withProgress(this.#say, `stopping ${name}`, work);
      if (result.code !== 0) throw new Failure(`${name} does not stop: ${tail(result)}`);
    }
  }

  /** Starts them, and waits until they are healthy. @throws Failure naming one that is not */
  public async start(which: "writers" | "server"): Promise<void> {
    const { docker, settings } = this.#o;
    const most = which === "writers" ? longestStart(settings) : settings.postgres.startTimeout;
    for (const { id, name, running } of inStartOrder(await this.#those(which))) {
      if (!running) await ask(docker, ["start", id]);
      const why = await withProgress(this.#say, `starting ${name}`, whyUnhealthy(docker, id, most));
      if (why === undefined) continue;
      const logs = await docker(["logs", "--tail", "5", id]);
      throw new Failure(`${name} is not healthy (${why}): ${tail(logs, 3)}`);
    }
    if (which === "writers") await this.#served(most);
    else await this.#hooks.serverStarted?.();
  }

  /** Asks the app, which runs on new data, the smoke test. @throws Failure with what is wrong */
  public async passSmokeTest(): Promise<void> {
    const asked = this.#hooks.smokeTest?.() ?? Promise.resolve(0);
    const checks = await withProgress(this.#say, "asking the smoke test", asked);
    if (checks > 0) this.#say(`smoke test: ${String(checks)} checks passed`);
  }

  /**
   * A full backup in the background: what is restored from then on need not reach back further.
   * @returns false where the stack has no container of backups
   */
  public async backUp(): Promise<boolean> {
    const [backup] = await this.#all("backup");
    if (backup === undefined) return false;
    await ask(this.#o.docker, [
      "exec",
      "--detach",
      backup.id,
      "/usr/local/bin/physical-backup",
      "full",
    ]);
    return true;
  }

  /** Takes a dump of what is live; returns its name. Another one that runs is waited for. @throws Failure */
  public async dump(): Promise<string> {
    const [backup] = await this.#all("backup");
    if (backup === undefined) throw new Failure("The stack has no backup container.");
    const ended = await poll(async () => {
      const each = await this.#o.docker(["exec", backup.id, "/usr/local/bin/dump"]);
      return each.code === 75 ? undefined : each;
    }, 600_000);
    const name = dumpIn(ended?.stdout ?? "");
    if (ended?.code === 0 && name !== undefined) {
      // No rule deletes it: what is in it is nowhere else once the old data is discarded.
      await ask(this.#o.docker, ["exec", backup.id, "touch", `/backups/${name}.keep`]);
      return name;
    }
    const why = ended === undefined ? "another backup has been running for 10 min" : tail(ended, 1);
    throw new Failure(`What was written since can't be saved as a dump: ${why}`);
  }

  /** Lets the rules of retention have the dumps that were taken here. */
  public async letDumpsGo(): Promise<void> {
    const [backup] = await this.#all("backup");
    if (backup === undefined) return;
    await ask(this.#o.docker, [
      "exec",
      backup.id,
      "find",
      "/backups",
      "-name",
      "*.keep",
      "-delete",
    ]);
  }

  /** The proxy finds out by itself that the app is there; who is let in before that gets an error. */
  async #served(most: string): Promise<void> {
    const complaint = "The app does not serve";
    const look = withProxySession(this.#context(), complaint, (session) =>
      missingServers(processContext(this.#o.docker), session, seconds(most)),
    );
    const missing = await withProgress(this.#say, "waiting until the proxy finds it ready", look);
    if (missing === undefined || missing.length === 0) return;
    const names = missing.join(", ");
    throw new Failure(
      `${complaint}: ${names} does not answer the proxy's checks after ${most}; its log says why, and a version that is ready on its own schema alone has to be the one that had the restored data`,
    );
  }

  async #those(which: "writers" | "server"): Promise<OurContainer[]> {
    const all = await this.#everything();
    // A container of a service that a release has stopped, or not started, is none of those to be started.
    return which === "writers"
      ? writersOf(all).filter(
          (each) => traitsOf(each.workload).startedByRelease !== true || each.wanted,
        )
      : all.filter(({ workload }) => workload === "postgres");
  }

  async #all(workload: string): Promise<OurContainer[]> {
    return (await this.#everything()).filter((each) => each.workload === workload);
  }

  #everything(): Promise<OurContainer[]> {
    const { docker, settings, stack } = this.#o;
    return ourContainers(docker, ...hostNames(settings, stack));
  }

  #context() {
    const { docker, settings, stack } = this.#o;
    return { docker, ...namesOf(settings, stack) };
  }
}

/** The longest that a start of the app or of a service may take. */
function longestStart({ app, services }: Settings): string {
  const limits = [app, ...Object.values(services)].map(({ health }) => health.startTimeout);
  return limits.reduce((a, b) => (seconds(a) >= seconds(b) ? a : b));
}
