import { inspect, startIfStopped } from "./container.js";
import { drain, retire } from "./drain.js";
import { giveUp } from "./give-up.js";
import { goBack } from "./go-back.js";
import { endInterrupted } from "./haproxy/interrupted.js";
import { putIntoService } from "./haproxy/put-into-service.js";
import { appItself, hostsIn, usedHosts } from "./haproxy/servers.js";
import { leaveNames } from "./names.js";
import { numberOf, parameter, wordsOf } from "./parameters.js";
import { StackProxy } from "./proxy.js";
import { forgetPrevious, keepPrevious, noteTakeover, previousAnswers } from "./previous.js";
import { proxyFiles, type Converse } from "./proxy-session.js";
import { pruneImages } from "./prune.js";
import { routedServices, type RoutedServices } from "./services/routed.js";
import { newServices, servicesLive } from "./services/release.js";
import { smokeTestOf } from "./smoke-test.js";
import { containerProblem, startsOf, whyDown, type Start } from "./stays-up.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";
import { throughProblems } from "./through.js";
import { watchLimitsOf } from "./watch/limits.js";
import { Watch } from "./watch/watch.js";

const switchSeconds = 60;
/** So long is looked at least, without a watch, whether a container stays up under what clients ask of it. */
const leastSeconds = 2;

/**
 * Points the proxy at a release's containers, looks at what clients get from them, rolls back if it is bad, and lets
 * what the old containers still do come to its end.
 */
export async function switchOver(context: StepContext, converse?: Converse): Promise<void> {
  const template = await context.input();
  const proxy = new StackProxy(context, parameter(context, "PROXY"), converse);
  try {
    await new Switch(context, proxy, template).run();
  } finally {
    await proxy.close();
  }
}

class Switch {
  readonly #context: StepContext;
  readonly #proxy: StackProxy;
  readonly #template: string;
  readonly #containers: readonly string[];
  /** Containers of services that the release puts into service. */
  #services: readonly string[] = [];
  /** All containers that the proxy is to lead to, those of services with routes among them. */
  #all: readonly string[] = [];
  /** They are those that served before. */
  #keepsAll = false;
  /** The app's are. */
  #keepsApp = false;

  constructor(context: StepContext, proxy: StackProxy, template: string) {
    this.#context = context;
    this.#proxy = proxy;
    this.#template = template;
    this.#containers = wordsOf(context, "CONTAINERS");
  }

  async run(): Promise<void> {
    const [context, proxy] = [this.#context, this.#proxy];
    await proxy.record((records) => records.resume());
    const prepared = wordsOf(context, "TLS_PREPARE");
    if (prepared.length > 0) await proxy.run((session) => session.prepare(prepared));
    for (const each of this.#containers) await startIfStopped(context, each);
    const services = (this.#services = await newServices(context, proxy));
    const routed = await routedServices(context);
    const starts = await startsOf(context, [...this.#containers, ...services]);
    await this.#switch(routed);
    const began = context.now();
    const old = await proxy.run((session) => session.read(proxyFiles.previous));
    await this.#smoke(starts, began);
    // The first release has nothing to roll back to, and nothing to drain.
    const isFirst = usedHosts(old).length === 0;
    if (!isFirst) {
      await this.#watch(starts);
      await this.#drain(usedHosts(old));
    }
    const looked = { starts, began, seconds: isFirst ? this.#alone(services) : leastSeconds };
    const down = await proxy.run((session) => whyDown(context, session, looked));
    if (down !== undefined) throw await this.#goBack(`after the switch: ${down}`);
    await this.#accept(usedHosts(old));
    await this.#live();
  }

  /** Seconds that new services are watched where the app's containers are the same as before, or the first. */
  #alone(services: readonly string[]): number {
    return services.length === 0 ? 0 : (watchLimitsOf(this.#context)?.seconds ?? leastSeconds);
  }

  async #switch(routed: RoutedServices): Promise<void> {
    const hosts = { ...routed.hosts, [appItself]: this.#containers };
    const all = (this.#all = Object.values(hosts).flat());
    try {
      await this.#proxy.run(async (session) => {
        await endInterrupted(session, all);
        this.#keepsAll = await keepPrevious(session, all);
        const { app = [] } = hostsIn(await session.read(proxyFiles.previous));
        this.#keepsApp = this.#containers.every((each) => app.includes(each));
        await this.#proxy.record((records) => records.count());
        const how = await putIntoService(
          this.#context,
          session,
          {
            template: this.#template,
            hosts,
            readyPath: (host) =>
              this.#containers.includes(host)
                ? parameter(this.#context, "READY_PATH")
                : routed.readyPath(host),
            keepsOthers: true,
          },
          switchSeconds,
        );
        await noteTakeover(this.#context, session);
        this.#context.say(`switched to ${all.join(" ")} (${how})`);
      });
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      await this.#proxy.run(forgetPrevious);
      throw await this.#giveUp(error.message);
    }
    await this.#proxy.record((records) => records.switched());
  }

  async #drain(hosts: readonly string[]): Promise<void> {
    const seconds = numberOf(this.#context, "DRAIN");
    await this.#proxy.run((session) => drain(this.#context, session, hosts, seconds));
  }

  /** Until now what served before has had the requests that the new containers did not answer: some may be in progress. */
  async #accept(old: readonly string[]): Promise<void> {
    await leaveNames(
      this.#context,
      old.filter((host) => !this.#all.includes(host)),
    );
    const seconds = numberOf(this.#context, "DRAIN");
    await this.#proxy.run((session) => retire(this.#context, session, seconds));
  }

  async #smoke(starts: readonly Start[], began: number): Promise<void> {
    const test = smokeTestOf(this.#context);
    if (test === undefined) return;
    const asked = {
      base: parameter(this.#context, "PUBLIC_URL"),
      through: parameter(this.#context, "THROUGH"),
    };
    const problems = await this.#proxy.run((session) =>
      throughProblems(this.#context, session, test, asked),
    );
    if (problems.length > 0) {
      // What a container that has ended did not answer says less than its end.
      const down = await containerProblem(this.#context, starts, began);
      if (down !== undefined) throw await this.#goBack(`after the switch: ${down}`);
      throw await this.#goBack(`smoke test through the proxy: ${problems.join("; ")}`);
    }
    const { base, through } = asked;
    this.#context.say(
      `smoke: ${base} passed ${String(test.checks.length)} checks through ${through}`,
    );
  }

  async #watch(starts: readonly Start[]): Promise<void> {
    const limits = watchLimitsOf(this.#context);
    if (limits === undefined) return;
    const before = await this.#proxy.run(previousAnswers);
    const watched = { ...limits, starts, before };
    const watch = new Watch(this.#context, watched);
    const { note, problem } = await this.#proxy.run((session) => watch.run(session));
    await this.#proxy.record((records) => records.note({ watch: note }));
    if (problem !== undefined) throw await this.#goBack(`watch: ${problem}`);
    const { seconds, requests, errors } = note;
    this.#context.say(
      `watched for ${String(seconds)} s: ${String(errors)} of ${String(requests)} answers were errors (5xx)`,
    );
  }

  /** @returns the error to throw */
  async #goBack(reason: string): Promise<StepFailure> {
    const back = await goBack(this.#context, this.#proxy);
    // What clients have begun on the new containers ends there.
    if (back) await this.#drain(this.#all);
    const isOfServices = back ? this.#keepsApp : await this.#isOfServicesAlone();
    if (isOfServices) return this.#giveUpServices(reason);
    return this.#giveUp(reason, back ? "rolled-back" : "failed");
  }

  /** Returns true where what serves was live before the release: not so in the first one, taken up again after a kill. */
  async #isOfServicesAlone(): Promise<boolean> {
    if (!this.#keepsAll) return false;
    const told = await this.#proxy.run((session) => this.#proxy.records(session).all());
    return told.some(({ wasLive }) => wasLive);
  }

  #giveUpServices(reason: string): Promise<StepFailure> {
    const ended = {
      containers: [],
      failed: this.#services,
      reason,
      result: "rolled-back",
    } as const;
    return giveUp(this.#context, this.#proxy, ended);
  }

  #giveUp(reason: string, result: "failed" | "rolled-back" = "failed"): Promise<StepFailure> {
    const containers = this.#containers;
    return giveUp(this.#context, this.#proxy, { containers, failed: containers, reason, result });
  }

  async #live(): Promise<void> {
    await this.#proxy.run(forgetPrevious);
    await servicesLive(this.#context, this.#proxy);
    const [first = ""] = this.#containers;
    const { Image } = await inspect(this.#context, first);
    await this.#proxy.record((records) => records.end({ result: "live", imageId: Image }));
    await pruneImages(this.#context, this.#proxy, numberOf(this.#context, "KEEP_IMAGES"));
  }
}
